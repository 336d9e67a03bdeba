// Package worker does work in the background: tasks wait in queues until one of
// the processes with the role "worker" takes them, at least once each.
//
// Start reading at Component and Component.Enqueue. backend.go says what is
// expected of the store behind the queues, handle.go what happens around one try.
package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Role is that of the processes which work on tasks.
const Role app.Role = "worker"

// Config is what the worker reads from the environment.
type Config struct {
	Concurrency int           `env:"WORKER_CONCURRENCY" envDefault:"0" min:"0" max:"10000" doc:"How many tasks of all queues a process works on at once; 0 is as many as the queues allow"`
	Patience    time.Duration `env:"WORKER_PATIENCE" envDefault:"5m" min:"1s" max:"168h" doc:"How long a due task may wait before the health check warns"`
}

// Component enqueues tasks, and works on them in processes with its role. In the
// others it shows and steers what those do.
type Component struct {
	app     *app.App
	log     *slog.Logger
	config  Config
	backend Backend

	queues      []Queue      // sorted by name
	definitions []Definition // sorted by name
	gate        *gate
	stats       stats
	rates       rates

	began time.Time // when this process started

	mu      sync.Mutex
	server  Server // nil while it does not work
	drained bool
}

var (
	_ app.Runner     = (*Component)(nil)
	_ app.Specialist = (*Component)(nil)
	_ app.Drainer    = (*Component)(nil)
	_ app.Checker    = (*Component)(nil)
	_ app.Router     = (*Component)(nil)
	_ app.Pager      = (*Component)(nil)
	_ app.Commander  = (*Component)(nil)
)

// New returns the worker of a for the declared tasks, which wait in backend.
func New(a *app.App, backend Backend, declared Declared) (*Component, error) {
	c := &Component{
		app:         a,
		log:         a.Log.With("component", "worker"),
		backend:     backend,
		queues:      slices.Clone(declared.Queues()),
		definitions: slices.Clone(declared.Tasks()),
		began:       time.Now(),
	}
	a.Config(&c.config)
	if err := c.complete(); err != nil {
		return nil, err
	}
	c.gate = newGate(c.config.Concurrency, c.queues)
	return c, nil
}

// Name is "worker".
func (c *Component) Name() string { return "worker" }

// Role is that of the processes which work on tasks.
func (c *Component) Role() app.Role { return Role }

// Run works on the tasks of all queues until ctx ends.
func (c *Component) Run(ctx context.Context) error {
	if err := c.work(); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// work begins to work, unless Drain was faster.
func (c *Component) work() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.drained {
		return nil
	}
	server, err := c.backend.Start(c.queues, c.handle)
	if err != nil {
		return fmt.Errorf("begin to work: %w", err)
	}
	c.server = server
	return nil
}

// Drain takes no more tasks and waits for those in progress. When two thirds of
// the time are over it cancels them and gives them back to their queues.
func (c *Component) Drain(ctx context.Context) error {
	c.mu.Lock()
	server := c.server
	c.server, c.drained = nil, true
	c.mu.Unlock()
	if server == nil {
		return nil
	}
	server.Stop()
	if deadline, ok := ctx.Deadline(); ok {
		limit, cancel := context.WithTimeout(ctx, time.Until(deadline)*2/3)
		defer cancel()
		ctx = limit
	}
	return server.Shutdown(ctx)
}

// complete sorts the queues and tasks, fills in what they leave out, and refuses
// what could not work.
func (c *Component) complete() error {
	slices.SortFunc(c.queues, func(a, b Queue) int { return strings.Compare(a.Name, b.Name) })
	slices.SortFunc(c.definitions, func(a, b Definition) int { return strings.Compare(a.Name, b.Name) })
	var errs []error
	for i, q := range c.queues {
		switch {
		case q.Name == "" || q.Concurrency < 1 || q.Priority < 1:
			errs = append(errs, fmt.Errorf("the queue %q needs a name, a concurrency and a priority", q.Name))
		case i > 0 && c.queues[i-1].Name == q.Name:
			errs = append(errs, fmt.Errorf("two queues are named %q", q.Name))
		}
	}
	for i := range c.definitions {
		d := &c.definitions[i]
		if d.Queue == "" {
			d.Queue = DefaultQueue
		}
		if d.Timeout == 0 {
			d.Timeout = DefaultTimeout
		}
		if d.Retention == 0 {
			d.Retention = DefaultRetention
		}
		switch {
		case d.Name == "" || d.Run == nil:
			errs = append(errs, fmt.Errorf("the task %q needs a name and a function", d.Name))
		case i > 0 && c.definitions[i-1].Name == d.Name:
			errs = append(errs, fmt.Errorf("two tasks are named %q", d.Name))
		case !c.hasQueue(d.Queue):
			errs = append(errs, fmt.Errorf("the task %q waits in the queue %q, which nobody serves", d.Name, d.Queue))
		}
	}
	return errors.Join(errs...)
}

func (c *Component) hasQueue(name string) bool {
	return slices.ContainsFunc(c.queues, func(q Queue) bool { return q.Name == name })
}

// definition returns the task of that name, nil if there is none.
func (c *Component) definition(name string) *Definition {
	for i := range c.definitions {
		if c.definitions[i].Name == name {
			return &c.definitions[i]
		}
	}
	return nil
}

// queueNames returns the names of all queues.
func (c *Component) queueNames() []string {
	names := make([]string, len(c.queues))
	for i, q := range c.queues {
		names[i] = q.Name
	}
	return names
}
