package main

import (
	"bytes"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// What takes less than a second shows nothing. What takes longer shows that it
// goes on, and leaves an empty line.
func TestSpinner(t *testing.T) {
	for _, c := range []struct {
		name  string
		takes time.Duration
		plain bool
		want  []string // in this order
	}{
		{"short", 900 * time.Millisecond, false, nil},
		{"long", 2150 * time.Millisecond, false, []string{"\r| building (1s)\x1b[K", "\r/ building (1s)", "building (2s)", "\r\x1b[K"}},
		{"short and plain", 900 * time.Millisecond, true, nil},
		{"long and plain", 5 * time.Second, true, []string{"building ...\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var out bytes.Buffer
				s := startSpinner(&out, "building", c.plain)
				time.Sleep(c.takes)
				s.end()
				rest := out.String()
				for _, part := range c.want {
					_, after, ok := strings.Cut(rest, part)
					if !ok {
						t.Fatalf("%q lacks %q", out.String(), part)
					}
					rest = after
				}
				if rest != "" {
					t.Errorf("%q goes on after %q", out.String(), c.want)
				}
			})
		})
	}
}

// What is said meanwhile has a line of its own.
func TestSpinnerMakesRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		c := &console{err: &out, spinner: startSpinner(&out, "building", false)}
		time.Sleep(1050 * time.Millisecond)
		synctest.Wait()
		c.note("waiting for another run")
		c.spinner.end()
		if !strings.Contains(out.String(), "\r\x1b[Kwaiting for another run\n") {
			t.Errorf("the note is not on a line of its own: %q", out.String())
		}
	})
}
