package scheduler

import (
	"context"
	"fmt"
	"time"
)

// JobView is a job as people and programs see it.
type JobView struct {
	Name     string     `json:"name"`
	Doc      string     `json:"doc,omitempty" doc:"What it does"`
	Schedule string     `json:"schedule" doc:"A cron expression of five fields, or @every with a duration"`
	Timezone string     `json:"timezone"`
	Edited   bool       `json:"edited" doc:"Whether an operator changed the schedule"`
	Timeout  string     `json:"timeout" doc:"How long a run may take"`
	Overlap  string     `json:"overlap" enum:"skip,queue,allow"`
	Misfire  string     `json:"misfire" enum:"skip,once,all"`
	Paused   bool       `json:"paused"`
	Asked    bool       `json:"asked" doc:"Whether somebody asked for a run that has not begun"`
	NextRun  *time.Time `json:"next_run,omitempty"`
	Running  int        `json:"running" doc:"How many runs go on"`
	LastRun  *RunView   `json:"last_run,omitempty"`
	LeftOut  int64      `json:"left_out" doc:"How many occurrences there was no run for"`
}

// RunView is a run as people and programs see it.
type RunView struct {
	ID         string     `json:"id"`
	Job        string     `json:"job"`
	Kind       Kind       `json:"kind" enum:"scheduled,triggered"`
	Scheduled  time.Time  `json:"scheduled" doc:"When it was due, or asked for"`
	Attempt    int        `json:"attempt" doc:"More than 1 if it repeats a run that was lost"`
	Instance   string     `json:"instance" doc:"The process that runs it"`
	Status     Status     `json:"status" enum:"running,succeeded,failed,timed_out,cancelled,lost"`
	Started    time.Time  `json:"started"`
	Finished   *time.Time `json:"finished,omitempty"`
	DurationMS int64      `json:"duration_ms" doc:"0 while it goes on"`
	Error      string     `json:"error,omitempty"`
}

// recently is the window of the failures that are counted.
const recently = 24 * time.Hour

// List returns all jobs, sorted by name.
func (c *Component) List(ctx context.Context) ([]JobView, error) {
	jobs, err := c.definitions()
	if err != nil {
		return nil, err
	}
	state, err := c.store.Read(ctx)
	if err != nil {
		return nil, fmt.Errorf("read jobs: %w", err)
	}
	recent, err := c.store.Recent(ctx, recently)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	views := make([]JobView, 0, len(jobs))
	for i := range jobs {
		views = append(views, view(&jobs[i], state, recent))
	}
	return views, nil
}

// Job returns the job of that name; the error is ErrUnknown if there is none.
func (c *Component) Job(ctx context.Context, name string) (JobView, error) {
	jobs, err := c.List(ctx)
	if err != nil {
		return JobView{}, err
	}
	for _, j := range jobs {
		if j.Name == name {
			return j, nil
		}
	}
	return JobView{}, fmt.Errorf("job %q: %w", name, ErrUnknown)
}

// Runs returns the newest runs of a job, or of all if the name is empty. The
// error is ErrUnknown if there is no such job.
func (c *Component) Runs(ctx context.Context, name string, limit int) ([]RunView, error) {
	if _, err := c.definitions(); err != nil {
		return nil, err
	}
	if name != "" && c.definition(name) == nil {
		return nil, fmt.Errorf("job %q: %w", name, ErrUnknown)
	}
	runs, err := c.store.Runs(ctx, name, limit)
	if err != nil {
		return nil, fmt.Errorf("read runs: %w", err)
	}
	views := make([]RunView, 0, len(runs))
	for _, r := range runs {
		views = append(views, viewRun(r))
	}
	return views, nil
}

func view(d *definition, state State, recent Recent) JobView {
	v := JobView{
		Name: d.Name, Doc: d.Doc, Schedule: d.Schedule, Timezone: d.Timezone,
		Timeout: d.Timeout.String(), Overlap: string(d.Overlap), Misfire: string(d.Misfire),
	}
	if job, ok := state.job(d.Name); ok {
		v.Schedule, v.Timezone = job.effective()
		v.Edited = job.EditedSchedule != ""
		v.Paused, v.LeftOut, v.Asked = job.Paused, job.LeftOut, !job.TriggerAt.IsZero()
		v.Running = len(state.running(d.Name))
		s := situation{job: job, times: d.timesOf(job), policy: d.Job}
		if due := s.due(job.Next); !due.IsZero() && !job.Paused {
			v.NextRun = &due
		}
	}
	for _, r := range recent.Last {
		if r.Job == d.Name {
			last := viewRun(r)
			v.LastRun = &last
		}
	}
	return v
}

func viewRun(r Run) RunView {
	v := RunView{
		ID: r.ID, Job: r.Job, Kind: r.Kind, Scheduled: r.Scheduled, Attempt: r.Attempt,
		Instance: r.Owner, Status: r.Status, Started: r.Started, Error: r.Error,
	}
	if !r.Finished.IsZero() {
		v.Finished = &r.Finished
		v.DurationMS = max(0, r.Finished.Sub(r.Started).Milliseconds())
	}
	return v
}
