// Package schedulersql keeps the jobs of the scheduler in the database, and
// copies the database every day.
//
// Start reading at Component; store.go is the scheduler's store.
package schedulersql

import (
	"context"
	"embed"
	"io/fs"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
)

// Config is what the component reads from the environment.
type Config struct {
	Backup string `env:"BACKUP_SCHEDULE" envDefault:"0 2 * * *" doc:"When the database is copied: a cron expression in UTC, or @every with a duration"`
}

// backupTimeout is how long a copy of the database may take.
const backupTimeout = time.Hour

//go:embed migrations
var files embed.FS

// Component gives the scheduler its store, and has the job that copies the
// database.
type Component struct {
	db     *database.Component
	config Config
}

var (
	_ app.Component     = (*Component)(nil)
	_ schedule.Provider = (*Component)(nil)
)

// New makes s keep its jobs in d. SQLite is always there to develop with; others
// are the clocks of the engines besides it.
func New(a *app.App, d *database.Component, s *scheduler.Component, others ...Clock) (*Component, error) {
	c := &Component{db: d}
	a.Config(&c.config)
	if err := scheduler.CheckSchedule(c.config.Backup, ""); err != nil {
		a.Problem("BACKUP_SCHEDULE", err.Error())
	}
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	d.Migrate("scheduler", migrations)
	store, err := NewStore(d, others...)
	if err != nil {
		return nil, err
	}
	s.SetStore(store)
	return c, nil
}

// Name is "schedulersql".
func (c *Component) Name() string { return "schedulersql" }

// Jobs returns the one that copies the database.
func (c *Component) Jobs() []schedule.Job {
	return []schedule.Job{{
		Name:     "backup",
		Doc:      "Copies the database",
		Schedule: c.config.Backup,
		Timeout:  backupTimeout,
		Run:      c.backup,
	}}
}

func (c *Component) backup(ctx context.Context) error {
	_, err := c.db.Backup(ctx)
	return err
}
