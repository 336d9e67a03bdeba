// Package doctor looks for what keeps a project from being generated, built and
// run on this machine. Start with [Examine].
package doctor

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// Finding is what a check has found.
type Finding struct {
	Check   string `json:"check"` // what was looked at: "go", "port 8080"
	Status  Status `json:"status"`
	Message string `json:"message"`
	Hint    string `json:"hint,omitempty"` // the way out; only of what is not fine
}

// Status says how bad a finding is.
type Status string

// The statuses.
const (
	Fine    Status = "ok"
	Warning Status = "warning" // something will not work, or not as expected
	Problem Status = "problem" // it has to be mended
)

// Patient is what is examined.
type Patient struct {
	// Options say where the manifest and the project are, and which Aegis looks.
	Options assemble.Options
	// Project is the manifest; nil if it has mistakes, which Err holds.
	Project *schema.Project
	Err     error
	// Environ is the environment, as in os.Environ.
	Environ []string
	// Patience is how long a single look may take: at another program, or at a
	// server. Zero is five seconds.
	Patience time.Duration
}

func (p Patient) patience() time.Duration {
	return cmp.Or(p.Patience, 5*time.Second)
}

// Examine makes all checks at the same time, and returns what they find in a
// fixed order. Without a project it looks at the machine only.
func Examine(ctx context.Context, p Patient) []Finding {
	checks := []func(context.Context) []Finding{p.manifest, p.editors, p.toolchain, p.docker}
	if p.Project != nil {
		checks = append(checks, p.drift, p.ports, p.servers)
	}
	found := make([][]Finding, len(checks))
	var all sync.WaitGroup
	for i, check := range checks {
		all.Go(func() { found[i] = check(ctx) })
	}
	all.Wait()
	return slices.Concat(found...)
}

// manifest reports the mistakes of the manifest.
func (p Patient) manifest(context.Context) []Finding {
	if p.Err == nil {
		return []Finding{{"manifest", Fine, "it has no mistakes", ""}}
	}
	var out []Finding
	for _, d := range schema.Diagnostics(p.Err) {
		hint := d.Hint
		if hint == "" {
			hint = "\"aegis explain " + string(d.Code) + "\" tells more"
		}
		first, _, _ := strings.Cut(d.Error(), "\n")
		out = append(out, Finding{"manifest", Problem, first, hint})
	}
	if out == nil {
		out = []Finding{{"manifest", Problem, p.Err.Error(), "this is a fault of Aegis, not yours; please report it"}}
	}
	return out
}

// dir is the folder of the project.
func (p Patient) dir() string {
	if p.Options.OutputDir != "" {
		return p.Options.OutputDir
	}
	return p.Options.Dir
}
