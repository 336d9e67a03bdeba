// Package schedulersql brings jobs that survive restarts into the generated
// application, where it has a scheduler and a database.
package schedulersql

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json modules.postgres.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.FromFS("schedulersql", folder, "postgres")
