package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// writeGitHub writes workflow commands, which the CI service turns into
// annotations of the changed lines.
func writeGitHub(w io.Writer, diags []*schema.Diagnostic) error {
	property := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
	data := strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	var out bytes.Buffer
	for _, d := range diags {
		fmt.Fprintf(&out, "::%s file=%s,line=%d,col=%d,title=%s::%s\n", d.Severity,
			property.Replace(d.File), d.Line, d.Column, property.Replace(string(d.Code)), data.Replace(sentence(d)))
	}
	_, err := w.Write(out.Bytes())
	return err
}

// sentence returns all that a diagnostic says besides its position.
func sentence(d *schema.Diagnostic) string {
	s := d.Message
	if d.Path != "" {
		s = d.Path + ": " + s
	}
	if d.Hint != "" {
		s += "\nhint: " + d.Hint
	}
	return s
}
