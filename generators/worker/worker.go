// Package worker brings tasks in the background into the generated application.
package worker

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json modules.redis.json modules.database.json modules.tasks.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.With(generators.FromFS("worker", folder, "redis", "database", "tasks"), declare)
