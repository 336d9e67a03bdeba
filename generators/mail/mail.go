// Package mail brings messages to people into the generated application.
package mail

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json compose.jsonnet workflow.jsonnet README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.FromFS("mail", folder)
