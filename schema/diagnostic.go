package schema

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
)

// Diagnostic is one mistake in a manifest, in words for whoever wrote it.
type Diagnostic struct { //nolint:errname // it is one, and that is not what it is for
	File         string // as the user would name it: "aegis.cue", "shop/aegis.cue"
	Line, Column int    // from 1; columns count bytes
	Path         string // of the value in the manifest: "components.backend.port"; may be empty
	Code         Code
	Severity     Severity
	Message      string // what is wrong
	Hint         string // the way out; may be empty
	Related      []Related
	Text         string // the line it is about; empty if there is nothing to show

	about [][]string // the paths of the values that a rule looked at
}

// Severity says how bad a diagnostic is. There is one so far: a manifest with
// a mistake generates nothing.
type Severity string

// Error is the severity of what has to be mended first.
const Error Severity = "error"

// Related is another place that a mistake has to do with.
type Related struct {
	File         string
	Line, Column int
	Message      string
	Text         string
}

// Error returns the diagnostic as text: position, path and message on one
// line, then related places and the hint on lines of their own.
func (d *Diagnostic) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:%d:%d: ", d.File, d.Line, d.Column)
	if d.Path != "" {
		b.WriteString(d.Path + ": ")
	}
	b.WriteString(d.Message)
	for _, r := range d.Related {
		fmt.Fprintf(&b, "\n  %s:%d:%d: %s", r.File, r.Line, r.Column, r.Message)
	}
	if d.Hint != "" {
		b.WriteString("\n  hint: " + d.Hint)
	}
	return b.String()
}

// Diagnostics returns the diagnostics in err, sorted by position; none if err
// is another kind of failure.
func Diagnostics(err error) []*Diagnostic {
	many, ok := errors.AsType[*multierror.Error](err)
	if !ok {
		if one, ok := errors.AsType[*Diagnostic](err); ok {
			return []*Diagnostic{one}
		}
		return nil
	}
	var out []*Diagnostic
	for _, e := range many.Errors {
		out = append(out, Diagnostics(e)...)
	}
	return out
}

// gather makes one error of diagnostics: sorted by position, each once, nil if
// there are none.
func gather(diags []*Diagnostic) error {
	slices.SortStableFunc(diags, func(a, b *Diagnostic) int {
		return cmp.Or(
			cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Message, b.Message),
		)
	})
	diags = slices.CompactFunc(diags, func(a, b *Diagnostic) bool { return a.Error() == b.Error() })
	if len(diags) == 0 {
		return nil
	}
	merr := &multierror.Error{ErrorFormat: formatErrors}
	for _, d := range diags {
		merr.Errors = append(merr.Errors, d)
	}
	return merr
}

func formatErrors(errs []error) string {
	lines := make([]string, len(errs))
	for i, err := range errs {
		lines[i] = err.Error()
	}
	return strings.Join(lines, "\n")
}

// quote adds the lines that the diagnostics are about.
func quote(diags []*Diagnostic, files []file) []*Diagnostic {
	lines := map[string][]string{}
	for _, f := range files {
		lines[f.name] = strings.Split(string(f.text), "\n")
	}
	line := func(name string, number int) string {
		if l := lines[name]; number <= len(l) {
			return strings.TrimSuffix(l[number-1], "\r")
		}
		return ""
	}
	for _, d := range diags {
		d.Text = line(d.File, d.Line)
		for i := range d.Related {
			d.Related[i].Text = line(d.Related[i].File, d.Related[i].Line)
		}
	}
	return diags
}
