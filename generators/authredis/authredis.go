// Package authredis brings attempts to sign in that are counted in Redis into the
// generated application.
package authredis

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue modules.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.FromFS("authredis", folder)
