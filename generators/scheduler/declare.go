package scheduler

import (
	"embed"
	"slices"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/jobs"
)

//go:embed jobs.tmpl
var texts embed.FS

// own is the package of the declared jobs.
var own = declared.Package{
	Path:      "internal/jobs",
	Variant:   "scheduler/jobs",
	Templates: template.Must(template.ParseFS(texts, "jobs.tmpl")),
	Hint:      "change components.scheduler.jobs in aegis.cue, or the function of the job in internal/jobs",
}

// declare replaces the variant that stands in for the declared jobs by files
// that are a list of them, and by a function for each that is its owner's.
func declare(request generators.Request, response *generators.Response) error {
	own.Replace(response)
	all, err := jobs.Declared(request.Project)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(j jobs.Job) bool { return j.Task != "" })
	if len(all) == 0 {
		return nil
	}
	list := struct{ Jobs []jobs.Job }{all}
	if err := own.Add(response, "jobs_gen.go", "list", list, generators.Regenerate); err != nil {
		return err
	}
	if err := own.Add(response, "jobs.go", "base", list, generators.CreateOnce); err != nil {
		return err
	}
	for _, j := range all {
		if err := own.Add(response, j.Name+".go", "stub", j, generators.CreateOnce); err != nil {
			return err
		}
	}
	return nil
}
