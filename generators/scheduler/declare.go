package scheduler

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"
	"time"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/goname"
)

const (
	standIn = "internal/scheduler/jobs" // where the variant lies that has no jobs
	target  = "internal/jobs"
)

//go:embed jobs.tmpl
var texts embed.FS

var templates = template.Must(template.ParseFS(texts, "jobs.tmpl"))

// job is what the manifest says of a job, as Go writes it.
type job struct {
	Name, Doc, Function string
	Schedule, Timezone  string
	Timeout, Jitter     string // expressions; empty for none
	Overlap, Misfire    string // constants of package schedule
	RetryLost           bool
}

// declare replaces the variant that stands in for the declared jobs by files
// that are a list of them, and by a function for each that is its owner's.
func declare(request generators.Request, response *generators.Response) error {
	response.Files = slices.DeleteFunc(response.Files, func(f generators.File) bool { return path.Dir(f.Path) == standIn })
	jobs, err := declared(request)
	if err != nil || len(jobs) == 0 {
		return err
	}
	for _, f := range response.Fragments {
		if f.Document != generators.Wiring {
			continue
		}
		if node, ok := f.Data["scheduler/jobs"].(map[string]any); ok {
			node["folder"] = target
		}
	}
	list := struct{ Jobs []job }{jobs}
	if err := add(response, "jobs_gen.go", "list", list, generators.Regenerate); err != nil {
		return err
	}
	if err := add(response, "jobs.go", "base", list, generators.CreateOnce); err != nil {
		return err
	}
	for _, j := range jobs {
		if err := add(response, j.Name+".go", "stub", j, generators.CreateOnce); err != nil {
			return err
		}
	}
	return nil
}

func add(response *generators.Response, name, text string, data any, policy generators.Policy) error {
	var source bytes.Buffer
	if err := templates.ExecuteTemplate(&source, text, data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	content, err := format.Source(source.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f := generators.File{Path: path.Join(target, name), Policy: policy, Mode: 0o644, Content: content}
	if policy == generators.Regenerate {
		f.Hint = "change components.scheduler.jobs in aegis.cue, or the function of the job in " + target
	}
	response.Files = append(response.Files, f)
	return nil
}

// declared returns the jobs of the manifest that are functions of their own,
// sorted by name.
func declared(request generators.Request) ([]job, error) {
	options, _ := request.Component.Options["jobs"].(map[string]any)
	var jobs []job
	for _, name := range slices.Sorted(maps.Keys(options)) {
		o, _ := options[name].(map[string]any)
		if _, ok := o["task"]; ok {
			continue
		}
		j, err := read(name, o)
		if err != nil {
			return nil, fmt.Errorf("components.scheduler.jobs.%s: %w", name, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

func read(name string, options map[string]any) (job, error) {
	text := func(option string) string {
		s, _ := options[option].(string)
		return s
	}
	j := job{
		Name: name, Doc: text("doc"), Function: goname.Exported(name),
		Schedule: text("cron"),
		Overlap:  overlaps[text("overlap")], Misfire: misfires[text("misfire")],
	}
	j.RetryLost, _ = options["retryLost"].(bool)
	if every := text("every"); every != "" {
		j.Schedule = "@every " + every
	} else if zone := text("timezone"); zone != "UTC" {
		j.Timezone = zone
	}
	var err error
	if j.Timeout, err = duration(text("timeout")); err == nil {
		j.Jitter, err = duration(text("jitter"))
	}
	return j, err
}

var (
	overlaps = map[string]string{"skip": "schedule.Skip", "queue": "schedule.Queue", "allow": "schedule.Allow"}
	misfires = map[string]string{"skip": "schedule.Drop", "once": "schedule.Once", "all": "schedule.Each"}
)

// duration returns a duration as Go writes it: "90 * time.Second". None is
// empty.
func duration(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d == 0 {
		return "", err
	}
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{time.Hour, "time.Hour"}, {time.Minute, "time.Minute"}, {time.Second, "time.Second"}, {time.Millisecond, "time.Millisecond"}} {
		switch {
		case d == unit.d:
			return unit.name, nil
		case d%unit.d == 0:
			return fmt.Sprintf("%d * %s", d/unit.d, unit.name), nil
		}
	}
	return fmt.Sprintf("%d * time.Nanosecond", d), nil
}

// Sentence returns what the job does as the rest of a comment.
func (j job) Sentence() string {
	if j.Doc == "" {
		return "is the job " + j.Name + "."
	}
	return "is the job " + j.Name + ": " + strings.TrimSuffix(j.Doc, ".") + "."
}
