// Package database brings the database into the generated application.
package database

import (
	"embed"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:src component.cue compose.jsonnet modules.json modules.postgres.json README.md
var folder embed.FS

// Generator emits the component.
var Generator = generators.FromFS("database", folder, "postgres", "sqliteengine")
