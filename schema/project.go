// Package schema reads a manifest, checks it against the CUE schema that all
// components contribute to, and resolves it into a [Project]. Start with [New]
// and [Schema.Load].
package schema

// Project is a manifest with everything decided: defaults filled in,
// components that others need switched on, every choice with its reason.
type Project struct {
	Name        string `json:"name"`        // lower case, the binary's name
	Module      string `json:"module"`      // Go module path
	Description string `json:"description"` // one line, may be empty
	CI          CI     `json:"ci"`
	Deploy      []Role `json:"deploy"` // of the roles that there are, sorted by name
	// Compose is what the manifest says of the services of the compose files.
	Compose []ComposeServices `json:"compose,omitempty"`
	// Env is what the kernel of the application reads from the environment,
	// whatever its components are; sorted by name.
	Env []Env `json:"env"`

	// Components holds the active components and services, sorted by name.
	Components []Component `json:"components"`

	at func(path []string, message string) *Diagnostic // set where there is Compose
}

// ComposeServices are services of the compose files, or parts of them, by name.
type ComposeServices struct {
	File     string         `json:"file"` // "dev" or "prod"; empty: those that have the service, or both if it is new
	Path     []string       `json:"path"` // where the services are in the manifest
	Services map[string]any `json:"services"`
}

// Diagnostic returns one about a value in Compose, at its place in the manifest:
// path begins with that of the services.
func (p *Project) Diagnostic(path []string, code Code, message, hint string) *Diagnostic {
	d := p.at(path, message)
	d.Code, d.Hint = code, hint
	return d
}

// CI is what the manifest says of the continuous integration workflow.
type CI struct {
	Schedule string `json:"schedule"` // cron expression of the vulnerability scan, UTC
}

// Role is what one role of the service is deployed with: "web", "scheduler" or
// "worker".
type Role struct {
	Name     string  `json:"name"`
	Replicas int     `json:"replicas"`
	CPUs     float64 `json:"cpus,omitempty"`   // the most it may use; 0: no limit
	Memory   string  `json:"memory,omitempty"` // "512MiB"; empty: no limit
}

// Component is one active component or service of a project.
type Component struct {
	Name    string         `json:"name"`
	Kind    Kind           `json:"kind"`
	Summary string         `json:"summary"`
	Options map[string]any `json:"options"` // resolved, without "enabled" and types of payloads
	Reasons []Reason       `json:"reasons"` // why it is there, never empty
	Ports   map[string]int `json:"ports"`   // purpose to TCP port
	Env     []Env          `json:"env"`     // what its code reads, sorted by name
	// Variants are the folders below the component's src that are emitted too.
	Variants []string `json:"variants"`
	// Payloads are the types that options describe, by the option's path:
	// "tasks.send_email.payload". Each is of the kind "object". Nil if there are
	// none.
	Payloads map[string]Type `json:"payloads,omitempty"`
}

// Kind tells the two namespaces of the manifest apart, and what is in neither.
type Kind string

// The kinds: the manifest's "components" and its "services", and parts, which
// come along with several components.
const (
	Infrastructure Kind = "component"
	Service        Kind = "service"
	Part           Kind = "part"
)

// Reason says why a component is active.
type Reason struct {
	By      string `json:"by"`      // "aegis", "aegis.cue" or the name of a component
	Because string `json:"because"` // "always included", "requested", "queue broker"
}

// Env is one environment variable of the generated application, without the
// application's prefix.
type Env struct {
	Name    string `json:"name"`    // "LOG_LEVEL"
	Default string `json:"default"` // what the manifest decided; empty: none
	Doc     string `json:"doc"`     // one line
	Secret  bool   `json:"secret"`
}

// Role returns what the role of that name is deployed with, or nil if the
// project has no such role.
func (p *Project) Role(name string) *Role {
	for i := range p.Deploy {
		if p.Deploy[i].Name == name {
			return &p.Deploy[i]
		}
	}
	return nil
}

// Component returns the active component of that name, or nil.
func (p *Project) Component(name string) *Component {
	for i := range p.Components {
		if p.Components[i].Name == name {
			return &p.Components[i]
		}
	}
	return nil
}
