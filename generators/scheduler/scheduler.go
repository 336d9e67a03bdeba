// Package scheduler brings jobs into the generated application.
package scheduler

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json modules.jobs.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.With(generators.FromFS("scheduler", folder, "jobs"), declare)
