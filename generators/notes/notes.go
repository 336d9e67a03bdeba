// Package notes brings an example of a table with its API into the generated
// application.
package notes

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.FromFS("notes", folder)
