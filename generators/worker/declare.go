package worker

import (
	"embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/goname"
	"github.com/aegis-stack/aegis/schema"
)

//go:embed tasks.tmpl
var texts embed.FS

// own is the package of the declared tasks.
var own = declared.Package{
	Path:    "internal/tasks",
	Variant: "worker/tasks",
	Templates: template.Must(template.New("").Funcs(template.FuncMap{
		"base": func(pointer string) string { return strings.TrimPrefix(pointer, "*") },
	}).ParseFS(texts, "tasks.tmpl")),
	Hint: "change components.worker in aegis.cue, or the function of the task in internal/tasks",
}

// declaration is what the manifest says of tasks and queues, as Go writes it.
type declaration struct {
	Queues []queue
	Tasks  []task

	Imports  []string // of the standard library
	Patterns []pattern
	Duration string // the name of the type of durations, empty if there are none
}

type queue struct {
	Name                  string
	Concurrency, Priority int
}

type task struct {
	Name, Doc, Queue string
	Retries          int

	Timeout, Retention, Unique string // expressions; empty for none

	Function, Enqueue string
	Payload           *object  // nil if there is none
	Objects           []object // the payload and what is in it
}

// declare replaces the variant that stands in for the declared tasks by files
// that are a list of them, and by a function for each that is its owner's.
func declare(request generators.Request, response *generators.Response) error {
	own.Replace(response)
	d, err := declarationOf(request.Component)
	if err != nil {
		return err
	}
	if err := own.Add(response, "tasks_gen.go", "list", d, generators.Regenerate); err != nil {
		return err
	}
	if err := own.Add(response, "tasks.go", "base", d, generators.CreateOnce); err != nil {
		return err
	}
	for i := range d.Tasks {
		if err := own.Add(response, d.Tasks[i].Name+".go", "stub", &d.Tasks[i], generators.CreateOnce); err != nil {
			return err
		}
	}
	return nil
}

// declarationOf returns the queues and tasks of the manifest, sorted by name.
func declarationOf(component *schema.Component) (*declaration, error) {
	d := &declaration{}
	queues, _ := component.Options["queues"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(queues)) {
		o, _ := queues[name].(map[string]any)
		d.Queues = append(d.Queues, queue{Name: name, Concurrency: number(o["concurrency"]), Priority: number(o["priority"])})
	}
	tasks, _ := component.Options["tasks"].(map[string]any)
	w := newWriter(slices.Sorted(maps.Keys(tasks)))
	for _, name := range slices.Sorted(maps.Keys(tasks)) {
		o, _ := tasks[name].(map[string]any)
		t, err := read(name, o)
		if err != nil {
			return nil, fmt.Errorf("components.worker.tasks.%s: %w", name, err)
		}
		if slices.ContainsFunc(d.Tasks, func(other task) bool { return other.Function == t.Function }) {
			return nil, fmt.Errorf("components.worker.tasks.%s: another task has the function %s as well", name, t.Function)
		}
		if payload := component.Payloads["tasks."+name+".payload"]; len(payload.Fields) > 0 {
			t.Objects = w.payload(goname.Exported(name), payload)
			t.Payload = &t.Objects[0]
		} else {
			w.use("encoding/json")
		}
		d.Tasks = append(d.Tasks, t)
	}
	if len(d.Tasks) > 0 {
		w.use("context", "time")
	}
	d.Imports, d.Patterns, d.Duration = w.imports(), w.patterns, w.duration
	return d, nil
}

func read(name string, options map[string]any) (task, error) {
	text := func(option string) string {
		s, _ := options[option].(string)
		return s
	}
	t := task{
		Name: name, Doc: text("doc"), Queue: text("queue"), Retries: number(options["retries"]),
		Function: goname.Exported(name), Enqueue: "Enqueue" + goname.Exported(name),
	}
	if t.Function == "Tasks" || t.Function == "Queues" { // methods that are there already
		t.Function += "Task"
	}
	for option, expression := range map[string]*string{"timeout": &t.Timeout, "retention": &t.Retention, "unique": &t.Unique} {
		var err error
		if *expression, err = declared.Duration(text(option)); err != nil {
			return task{}, fmt.Errorf("%s: %w", option, err)
		}
	}
	return t, nil
}

func number(value any) int {
	n, _ := value.(int)
	return n
}

// HasPayloads says whether a task is given anything.
func (d *declaration) HasPayloads() bool {
	return slices.ContainsFunc(d.Tasks, func(t task) bool { return t.Payload != nil })
}

// Sentence returns what the task does as the rest of a comment.
func (t *task) Sentence() string {
	if t.Doc == "" {
		return "does the task " + t.Name + "."
	}
	return "does the task " + t.Name + ": " + strings.TrimSuffix(t.Doc, ".") + "."
}
