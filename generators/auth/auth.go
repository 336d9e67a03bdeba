// Package auth brings users with accounts into the generated application.
package auth

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json compose.jsonnet workflow.jsonnet README.md
var folder embed.FS

// Generator emits the service.
var Generator = generators.FromFS("auth", folder)
