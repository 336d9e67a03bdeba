// Package report writes diagnostics for people, for editors and for the
// services that show them beside a change. [Write] is all of it.
package report

import (
	"fmt"
	"io"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// Formats are the formats that Write knows, the default first.
var Formats = []string{"text", "json", "sarif", "github"}

// Write writes diagnostics to w in one of the [Formats].
//
// Text is for people: where, what, the line with a caret below it, and the way
// out, coloured if color is set.
//
// JSON has the shape {"diagnostics": [{"file", "line", "column", "path",
// "code", "severity", "message", "hint", "related": [{"file", "line",
// "column", "message"}]}]}, and all of these are always there; columns count
// bytes. sarif is SARIF 2.1.0. github is the workflow commands that become
// annotations.
func Write(w io.Writer, format string, diags []*schema.Diagnostic, color bool) error {
	switch format {
	case "text":
		return writeText(w, diags, color)
	case "json":
		return writeJSON(w, diags)
	case "sarif":
		return writeSARIF(w, diags)
	case "github":
		return writeGitHub(w, diags)
	default:
		return fmt.Errorf("there is no format %q; there are %s", format, strings.Join(Formats, ", "))
	}
}
