package scheduler

import (
	"bytes"
	"embed"
	"fmt"
	"go/format"
	"path"
	"slices"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/jobs"
)

const (
	standIn = "internal/scheduler/jobs" // where the variant lies that has no jobs
	target  = "internal/jobs"
)

//go:embed jobs.tmpl
var texts embed.FS

var templates = template.Must(template.ParseFS(texts, "jobs.tmpl"))

// declare replaces the variant that stands in for the declared jobs by files
// that are a list of them, and by a function for each that is its owner's.
func declare(request generators.Request, response *generators.Response) error {
	response.Files = slices.DeleteFunc(response.Files, func(f generators.File) bool { return path.Dir(f.Path) == standIn })
	own, err := jobs.Declared(request.Project)
	if err != nil {
		return err
	}
	own = slices.DeleteFunc(own, func(j jobs.Job) bool { return j.Task != "" })
	if len(own) == 0 {
		return nil
	}
	for _, f := range response.Fragments {
		if f.Document != generators.Wiring {
			continue
		}
		if node, ok := f.Data["scheduler/jobs"].(map[string]any); ok {
			node["folder"] = target
		}
	}
	list := struct{ Jobs []jobs.Job }{own}
	if err := add(response, "jobs_gen.go", "list", list, generators.Regenerate); err != nil {
		return err
	}
	if err := add(response, "jobs.go", "base", list, generators.CreateOnce); err != nil {
		return err
	}
	for _, j := range own {
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
