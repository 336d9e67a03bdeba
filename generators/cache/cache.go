// Package cache brings a cache, sessions and shared limits into the generated
// application.
package cache

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules*.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.FromFS("cache", folder, "memory", "redis")
