// Package scheduler runs jobs at the times they are due: those of the
// application itself and those of every component that is a schedule.Provider.
//
// Start reading at Component. decide.go has the rules of what begins when,
// store.go what all replicas share, and run.go what happens around one run.
package scheduler

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

// Role is that of the processes which run jobs.
const Role app.Role = "scheduler"

// Config is what the scheduler reads from the environment.
type Config struct {
	Lease   time.Duration `env:"SCHEDULER_LEASE" envDefault:"10s" min:"1s" max:"10m" doc:"How long a run is waited for whose process does not say any more that it goes on"`
	History int           `env:"SCHEDULER_HISTORY" envDefault:"100" min:"1" max:"10000" doc:"How many runs of each job are remembered"`
}

// Component is the scheduler. In processes without its role it shows and steers
// what the others do.
type Component struct {
	app      *app.App
	log      *slog.Logger
	config   Config
	declared []Declared
	store    Store
	id       string // of this instance

	collect sync.Once
	jobs    []definition // sorted by name
	wrong   error        // with the jobs

	began time.Time     // when this process started, by its own clock
	wake  chan struct{} // has something to look at
	stop  chan struct{} // closed by Drain: nothing begins any more
	idle  chan struct{} // closed by Run once nothing begins any more
	once  sync.Once     // closes stop

	mu    sync.Mutex
	going map[string]*execution // by the id of the run
	empty chan struct{}         // closed and replaced whenever nothing goes on any more
}

// Declared is what has the jobs of the application itself.
type Declared interface {
	schedule.Provider
}

var (
	_ app.Starter    = (*Component)(nil)
	_ app.Runner     = (*Component)(nil)
	_ app.Specialist = (*Component)(nil)
	_ app.Drainer    = (*Component)(nil)
	_ app.Checker    = (*Component)(nil)
	_ app.Router     = (*Component)(nil)
	_ app.Pager      = (*Component)(nil)
	_ app.Commander  = (*Component)(nil)
)

// New returns the scheduler of a, which remembers everything in memory unless
// SetStore gives it something better.
func New(a *app.App, declared ...Declared) (*Component, error) {
	c := &Component{
		app:      a,
		log:      a.Log.With("component", "scheduler"),
		declared: declared,
		store:    NewMemory(time.Now),
		id:       newInstanceID(),
		wake:     make(chan struct{}, 1),
		stop:     make(chan struct{}),
		idle:     make(chan struct{}),
		going:    map[string]*execution{},
	}
	a.Config(&c.config)
	return c, nil
}

// Name is "scheduler".
func (c *Component) Name() string { return "scheduler" }

// Role is that of the processes in which jobs run.
func (c *Component) Role() app.Role { return Role }

// SetStore replaces the store. Call it from a constructor.
func (c *Component) SetStore(s Store) { c.store = s }

// shared says whether other processes know what this one does.
func (c *Component) shared() bool {
	_, ok := c.store.(Sharer)
	return ok
}

// Start refuses jobs that nobody could run.
func (c *Component) Start(context.Context) error {
	c.began = time.Now()
	_, err := c.definitions()
	return err
}

// Drain lets no job begin any more and waits for those that run. When two
// thirds of the time are over it cancels them. Whatever has not ended by then
// is given up, so that another process need not wait for it.
func (c *Component) Drain(ctx context.Context) error {
	c.once.Do(func() { close(c.stop) })
	patience := time.Hour
	if deadline, ok := ctx.Deadline(); ok {
		patience = time.Until(deadline) * 2 / 3
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()

	select {
	case <-c.idle:
	case <-ctx.Done():
		return errors.New("the loop did not end in time")
	}
	select {
	case <-c.nothingGoes():
	case <-timer.C:
		c.cancelAll(errStopping)
		// What does not listen is given back while there is time for it.
		left := time.NewTimer(patience / 3)
		defer left.Stop()
		select {
		case <-c.nothingGoes():
		case <-left.C:
			c.giveUpAll(ctx)
		}
	}
	if err := c.store.Beat(ctx, Instance{ID: c.id, Stopped: true}); err != nil {
		c.log.WarnContext(ctx, "could not say that it stops", "error", err)
	}
	return nil
}
