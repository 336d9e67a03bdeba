// Package schedulerworker has the jobs that are tasks of the worker: when one is
// due, its task is put into the queue.
//
// Start reading at Component.
package schedulerworker

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Component has the jobs.
type Component struct {
	worker enqueuer
	jobs   []Job
}

// enqueuer is what the component needs of the worker.
type enqueuer interface {
	Enqueue(ctx context.Context, task string, payload any, options ...worker.Option) (id string, err error)
}

// Job is a job that is a task.
type Job struct {
	schedule.Job // without Run

	Task    string
	Payload json.RawMessage
}

// Declared is what has the jobs of the application itself.
type Declared interface {
	// Jobs returns them, the same each time.
	Jobs() []Job
}

var (
	_ app.Component     = (*Component)(nil)
	_ schedule.Provider = (*Component)(nil)
)

// New returns the jobs that put tasks into the queues of w.
func New(_ *app.App, w *worker.Component, declared ...Declared) (*Component, error) {
	c := &Component{worker: w}
	for _, d := range declared {
		c.jobs = append(c.jobs, d.Jobs()...)
	}
	return c, nil
}

// Name is "schedulerworker".
func (c *Component) Name() string { return "schedulerworker" }

// Jobs returns the jobs, each of which only enqueues its task.
func (c *Component) Jobs() []schedule.Job {
	jobs := make([]schedule.Job, 0, len(c.jobs))
	for _, j := range c.jobs {
		job := j.Job
		job.Run = func(ctx context.Context) error {
			_, err := c.worker.Enqueue(ctx, j.Task, j.Payload)
			if errors.Is(err, worker.ErrDuplicate) {
				return nil // the one before does for both, as the task wants it
			}
			return err
		}
		jobs = append(jobs, job)
	}
	return jobs
}
