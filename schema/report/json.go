package report

import (
	"encoding/json"
	"io"

	"github.com/aegis-stack/aegis/schema"
)

// The shape of the JSON format. It is documented at [Write]: fields may be
// added, none is renamed or left out.
type jsonReport struct {
	Diagnostics []jsonDiagnostic `json:"diagnostics"`
}

type jsonDiagnostic struct {
	File     string        `json:"file"`
	Line     int           `json:"line"`
	Column   int           `json:"column"`
	Path     string        `json:"path"`
	Code     string        `json:"code"`
	Severity string        `json:"severity"`
	Message  string        `json:"message"`
	Hint     string        `json:"hint"`
	Related  []jsonRelated `json:"related"`
}

type jsonRelated struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
	Message string `json:"message"`
}

func writeJSON(w io.Writer, diags []*schema.Diagnostic) error {
	r := jsonReport{Diagnostics: []jsonDiagnostic{}}
	for _, d := range diags {
		one := jsonDiagnostic{
			File: d.File, Line: d.Line, Column: d.Column, Path: d.Path, Code: string(d.Code),
			Severity: string(d.Severity), Message: d.Message, Hint: d.Hint, Related: []jsonRelated{},
		}
		for _, rel := range d.Related {
			one.Related = append(one.Related, jsonRelated{rel.File, rel.Line, rel.Column, rel.Message})
		}
		r.Diagnostics = append(r.Diagnostics, one)
	}
	return encode(w, r)
}

func encode(w io.Writer, v any) error {
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(v)
}
