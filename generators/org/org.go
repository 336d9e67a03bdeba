// Package org brings organisations into the generated application.
package org

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.FromFS("org", folder)
