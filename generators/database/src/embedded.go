//go:build !noembedded

package database

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src/sqlite"
)

// embedded returns the engine to develop with, which needs no server.
func embedded(a *app.App) ([]Engine, error) {
	lite, err := sqlite.New(a)
	return []Engine{lite}, err
}
