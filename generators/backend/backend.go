// Package backend brings the HTTP API into the generated application.
package backend

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue compose.jsonnet modules.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.FromFS("backend", folder)
