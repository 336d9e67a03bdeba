package scheduler

import (
	"context"
	"fmt"
	"time"
)

// register writes the jobs of the code to the store. What is there already
// stays as it is: when it is due next changes only if the code's schedule did
// and no operator has set another.
func (c *Component) register(ctx context.Context) error {
	jobs, err := c.definitions()
	if err != nil {
		return err
	}
	state, err := c.store.Read(ctx)
	if err != nil {
		return fmt.Errorf("read jobs: %w", err)
	}
	for _, d := range jobs {
		if err := c.registerJob(ctx, state, &d); err != nil {
			return fmt.Errorf("register job %q: %w", d.Name, err)
		}
	}
	return nil
}

func (c *Component) registerJob(ctx context.Context, state State, d *definition) error {
	job, ok := state.job(d.Name)
	if !ok {
		return c.store.Create(ctx, Job{
			Name: d.Name, Schedule: d.Schedule, Timezone: d.Timezone, Next: d.times.next(state.Now),
		})
	}
	if job.Schedule == d.Schedule && job.Timezone == d.Timezone {
		return nil
	}
	return c.change(ctx, d.Name, func(state State, job *Job) {
		if job.Schedule == d.Schedule && job.Timezone == d.Timezone {
			return // another replica was faster
		}
		job.Schedule, job.Timezone = d.Schedule, d.Timezone
		if job.EditedSchedule == "" {
			job.restart(d.times, state)
		}
	})
}

// restart lets the job go on from now as the timetable says.
func (j *Job) restart(times timetable, state State) {
	j.Next = times.next(state.Now)
	j.skipWaiting()
}

// skipWaiting gives up what has not begun.
func (j *Job) skipWaiting() {
	j.OwedFrom, j.OwedUntil, j.Queued = time.Time{}, time.Time{}, time.Time{}
}

func (s State) job(name string) (Job, bool) {
	for _, j := range s.Jobs {
		if j.Name == name {
			return j, true
		}
	}
	return Job{}, false
}

func (s State) running(job string) []Run {
	var runs []Run
	for _, r := range s.Running {
		if r.Job == job {
			runs = append(runs, r)
		}
	}
	return runs
}
