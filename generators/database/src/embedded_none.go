//go:build noembedded

package database

import "github.com/aegis-stack/aegis/blueprints/service/app"

// embedded returns nothing in programs that are built without SQLite, as those
// in images are whose data is on a server.
func embedded(*app.App) ([]Engine, error) { return nil, nil }
