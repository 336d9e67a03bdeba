// Package schedulerworker brings jobs that are tasks of the worker into the
// generated application.
package schedulerworker

import (
	"embed"
	"slices"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/jobs"
)

//go:embed all:src component.cue modules.json modules.enqueued.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.With(generators.FromFS("schedulerworker", folder, "enqueued"), declare)

//go:embed enqueued.tmpl
var texts embed.FS

// own is the package of the jobs that the manifest declares, in the place of the
// variant that has none.
var own = declared.Package{
	Path:      "internal/schedulerworker/enqueued",
	Variant:   "schedulerworker/enqueued",
	Templates: template.Must(template.ParseFS(texts, "enqueued.tmpl")),
	Hint:      "change components.scheduler.jobs in aegis.cue",
}

// declare replaces the variant that stands in for the jobs of the manifest.
func declare(request generators.Request, response *generators.Response) error {
	own.Replace(response)
	all, err := jobs.Declared(request.Project)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(j jobs.Job) bool { return j.Task == "" })
	if len(all) == 0 {
		return nil
	}
	return own.Add(response, "enqueued_gen.go", "enqueued.tmpl", all, generators.Regenerate)
}
