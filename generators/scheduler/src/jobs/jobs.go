// Package jobs is where the application's own jobs are. There are none here.
package jobs

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
)

// Jobs has the jobs of the application.
type Jobs struct{}

// New returns the jobs of the application.
func New(*app.App) (scheduler.Declared, error) { return &Jobs{}, nil }

// Jobs returns none.
func (*Jobs) Jobs() []schedule.Job { return nil }
