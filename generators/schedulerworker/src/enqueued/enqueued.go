// Package enqueued is where the application's own jobs are that are tasks. There
// are none here.
package enqueued

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/schedulerworker/src"
)

type list struct{}

// New returns the jobs of the application.
func New(*app.App) (schedulerworker.Declared, error) { return list{}, nil }

// Jobs returns none.
func (list) Jobs() []schedulerworker.Job { return nil }
