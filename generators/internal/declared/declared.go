// Package declared makes the Go files that are a list of what a manifest
// declares. Start with [Package].
package declared

import (
	"bytes"
	"fmt"
	"go/format"
	"path"
	"slices"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
)

// Package is a Go package of the project that is made of templates. Where the
// code of Aegis lies, a variant stands in for it.
type Package struct {
	Path      string // "internal/jobs"
	Variant   string // the component and its variant, "scheduler/jobs"
	Templates *template.Template
	Hint      string // where an edit of its Regenerate files belongs instead
}

// Replace takes the files of the variant out of the response, and has it wired
// from the package's own folder.
func (p Package) Replace(response *generators.Response) {
	standIn := path.Join("internal", p.Variant)
	response.Files = slices.DeleteFunc(response.Files, func(f generators.File) bool { return path.Dir(f.Path) == standIn })
	for _, f := range response.Fragments {
		if f.Document != generators.Wiring {
			continue
		}
		if node, ok := f.Data[p.Variant].(map[string]any); ok {
			node["folder"] = p.Path
		}
	}
}

// Add adds the file name, which the template called text makes of data. It is
// formatted.
func (p Package) Add(response *generators.Response, name, text string, data any, policy generators.Policy) error {
	var source bytes.Buffer
	if err := p.Templates.ExecuteTemplate(&source, text, data); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	content, err := format.Source(source.Bytes())
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	f := generators.File{Path: path.Join(p.Path, name), Policy: policy, Mode: 0o644, Content: content}
	if policy == generators.Regenerate {
		f.Hint = p.Hint
	}
	response.Files = append(response.Files, f)
	return nil
}
