// Package tasks has the application's own tasks: what they do is in one file
// each, what they are given and how they are tried is in aegis.cue.
package tasks

import (
	"log/slog"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Tasks has what the tasks need. Components of the application are found with
// app.All when a task runs.
type Tasks struct {
	app *app.App
	log *slog.Logger
}

// New returns the tasks of a.
func New(a *app.App) (worker.Declared, error) {
	return &Tasks{app: a, log: a.Log.With("component", "tasks")}, nil
}
