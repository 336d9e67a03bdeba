// Package sqliteengine has the data kept in a SQLite file everywhere, not only
// where the application is developed.
package sqliteengine

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/sqlite"
)

// New returns the engine for a.
func New(a *app.App) (database.Engine, error) { return sqlite.New(a) }
