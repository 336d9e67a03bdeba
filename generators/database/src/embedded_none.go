//go:build noembedded

package database

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// embedded returns nothing in programs that are built without SQLite, as those
// in images are whose data is on a server. They know its variables all the same.
func embedded(a *app.App) ([]Engine, error) {
	a.Config(new(engine.FileConfig))
	return nil, nil
}
