package scheduler

import (
	"context"
	"errors"
	"fmt"
)

var (
	// ErrUnknown means that there is no job of that name.
	ErrUnknown = errors.New("there is no such job")
	// ErrSchedule means that a schedule makes no sense.
	ErrSchedule = errors.New("wrong schedule")
	// ErrElsewhere means that the jobs are in the memory of another process.
	ErrElsewhere = errors.New("the jobs run in another process, and without a database this one cannot reach them")
)

// attempts is how often a change is tried that others were faster than.
const attempts = 20

// Pause lets the job not begin any more; a run that goes on does. Trigger works
// all the same.
func (c *Component) Pause(ctx context.Context, name string) error {
	return c.steer(ctx, name, func(_ State, job *Job) {
		job.Paused = true
		job.skipWaiting()
	})
}

// Resume lets the job go on. What was due meanwhile is left out.
func (c *Component) Resume(ctx context.Context, name string) error {
	return c.steer(ctx, name, func(state State, job *Job) {
		if job.Paused {
			job.Paused = false
			job.restart(c.definition(name).timesOf(*job), state)
		}
	})
}

// Trigger asks for a run as soon as possible, in whatever process runs jobs.
func (c *Component) Trigger(ctx context.Context, name string) error {
	return c.steer(ctx, name, func(state State, job *Job) {
		if job.TriggerAt.IsZero() {
			job.TriggerAt = state.Now
		}
	})
}

// Reschedule sets another schedule and time zone than those of the code, which
// an empty schedule brings back.
func (c *Component) Reschedule(ctx context.Context, name, schedule, timezone string) error {
	if schedule != "" {
		if timezone == "" {
			timezone = "UTC"
		}
		if err := CheckSchedule(schedule, timezone); err != nil {
			return fmt.Errorf("%w: %w", ErrSchedule, err)
		}
	} else {
		timezone = ""
	}
	return c.steer(ctx, name, func(state State, job *Job) {
		if job.EditedSchedule != schedule || job.EditedTimezone != timezone {
			job.EditedSchedule, job.EditedTimezone = schedule, timezone
			job.restart(c.definition(name).timesOf(*job), state)
		}
	})
}

// steer changes a job on behalf of an operator.
func (c *Component) steer(ctx context.Context, name string, edit func(State, *Job)) error {
	if _, err := c.definitions(); err != nil {
		return err
	}
	if c.definition(name) == nil {
		return fmt.Errorf("job %q: %w", name, ErrUnknown)
	}
	if !c.shared() && !c.app.Serves(Role) {
		return ErrElsewhere
	}
	err := c.change(ctx, name, edit)
	if errors.Is(err, ErrUnknown) { // nobody has run it yet
		if err = c.register(ctx); err == nil {
			err = c.change(ctx, name, edit)
		}
	}
	if err != nil {
		return err
	}
	c.look()
	return nil
}

// change reads a job, edits it and writes it back, again and again until
// nobody comes between.
func (c *Component) change(ctx context.Context, name string, edit func(State, *Job)) error {
	for range attempts {
		state, err := c.store.Read(ctx)
		if err != nil {
			return fmt.Errorf("read jobs: %w", err)
		}
		job, ok := state.job(name)
		if !ok {
			return fmt.Errorf("job %q: %w", name, ErrUnknown)
		}
		before := job
		if edit(state, &job); job == before {
			return nil
		}
		made, _, err := c.store.Apply(ctx, Change{Job: job})
		if err != nil {
			return fmt.Errorf("change job %q: %w", name, err)
		}
		if made {
			return nil
		}
	}
	return fmt.Errorf("change job %q: others change it all the time", name)
}
