// Package notes is an example of a component with a table of its own: notes
// that clients create, read, change and delete.
//
// Start reading at api.go.
package notes

import (
	"embed"
	"io/fs"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component has the notes.
type Component struct{ store store }

var _ app.Router = (*Component)(nil)

// New returns the notes in db.
func New(_ *app.App, db *database.Component) (*Component, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	db.Migrate("notes", files)
	return &Component{store{db}}, nil
}

// Name is "notes".
func (*Component) Name() string { return "notes" }
