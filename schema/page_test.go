package schema

import (
	"strings"
	"testing"
)

// The only code that no example causes.
func TestAFailingEvaluatorIsReported(t *testing.T) {
	_, err := bounded("aegis.cue", func() (int, error) { panic("out of luck") })
	diags := Diagnostics(err)
	if len(diags) != 1 || diags[0].Code != CodeInternal || !strings.Contains(diags[0].Message, "out of luck") || !strings.Contains(diags[0].Hint, "report it") {
		t.Errorf("got %v", err)
	}
}

func TestNoPageWithoutACode(t *testing.T) {
	for _, code := range []Code{"", "AEG999", "../codes/AEG001", "AEG003"} {
		if code.Page() != nil {
			t.Errorf("there is a page for %q", code)
		}
	}
}
