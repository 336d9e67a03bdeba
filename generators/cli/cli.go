// Package cli brings the command line into the generated application.
package cli

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.FromFS("cli", folder)
