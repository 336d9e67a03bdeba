// Package blueprints holds whole applications that compile and run where they
// lie, and become the base of a project.
package blueprints

import (
	"embed"
	"io/fs"

	"github.com/aegis-stack/aegis/generators"
)

//go:embed all:service
var files embed.FS

// Service emits the base of every project: a service without components.
var Service = generators.Blueprint("service", folder("service"))

// folder returns the embedded folder name.
func folder(name string) fs.FS {
	sub, err := fs.Sub(files, name)
	if err != nil {
		panic("blueprints: " + err.Error()) // the name is a constant
	}
	return sub
}
