// Package schedulerworker brings jobs that are tasks of the worker into the
// generated application.
package schedulerworker

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

//go:embed all:src component.cue modules.json modules.enqueued.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.With(generators.FromFS("schedulerworker", folder, "enqueued"), declare)

//go:embed enqueued.tmpl
var text string

var list = template.Must(template.New("enqueued").Parse(text))

// target is the package of the jobs that the manifest declares. Where the code
// lies, one stands in for it that has none.
const target = "internal/schedulerworker/enqueued"

// declare replaces the variant that stands in for the jobs of the manifest.
func declare(request generators.Request, response *generators.Response) error {
	response.Files = slices.DeleteFunc(response.Files, func(f generators.File) bool { return path.Dir(f.Path) == target })
	all, err := jobs.Declared(request.Project)
	if err != nil {
		return err
	}
	all = slices.DeleteFunc(all, func(j jobs.Job) bool { return j.Task == "" })
	if len(all) == 0 {
		return nil
	}
	var source bytes.Buffer
	if err := list.Execute(&source, all); err != nil {
		return fmt.Errorf("enqueued_gen.go: %w", err)
	}
	content, err := format.Source(source.Bytes())
	if err != nil {
		return fmt.Errorf("enqueued_gen.go: %w", err)
	}
	response.Files = append(response.Files, generators.File{
		Path: path.Join(target, "enqueued_gen.go"), Policy: generators.Regenerate, Mode: 0o644, Content: content,
		Hint: "change components.scheduler.jobs in aegis.cue",
	})
	return nil
}
