package scheduler

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Where the operations are.
const (
	jobsPath = "/api/v1/scheduler/jobs"
	jobPath  = jobsPath + "/{job}"
	runsPath = "/api/v1/scheduler/runs"
)

type jobInput struct {
	Job string `path:"job" maxLength:"100" doc:"Name of the job"`
}

type jobOutput struct{ Body JobView }

type jobsOutput struct{ Body []JobView }

type limitInput struct {
	Limit int `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"How many runs at the most, the newest first"`
}

// jobRunsInput is flat: the API does not see what is embedded.
type jobRunsInput struct {
	Job   string `path:"job" maxLength:"100" doc:"Name of the job"`
	Limit int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"How many runs at the most, the newest first"`
}

type runsOutput struct{ Body []RunView }

type scheduleInput struct {
	Job  string `path:"job" maxLength:"100" doc:"Name of the job"`
	Body Timing
}

// Timing is a schedule in a time zone.
type Timing struct {
	Schedule string `json:"schedule" maxLength:"200" doc:"A cron expression of five fields, or @every with a duration; empty is that of the code"`
	Timezone string `json:"timezone,omitempty" maxLength:"100" doc:"IANA name; empty is UTC"`
}

// Routes adds the operations, and what the buttons of the page do.
func (c *Component) Routes(r *app.Routes) {
	huma.Register(r.API, operation("list-jobs", http.MethodGet, jobsPath, "List the jobs"),
		func(ctx context.Context, _ *struct{}) (*jobsOutput, error) {
			jobs, err := c.List(ctx)
			return &jobsOutput{Body: jobs}, answer(err)
		})
	huma.Register(r.API, operation("get-job", http.MethodGet, jobPath, "Get one job"),
		func(ctx context.Context, in *jobInput) (*jobOutput, error) { return c.answerJob(ctx, in.Job, nil) })
	huma.Register(r.API, operation("list-job-runs", http.MethodGet, jobPath+"/runs", "List the runs of a job"),
		func(ctx context.Context, in *jobRunsInput) (*runsOutput, error) {
			runs, err := c.Runs(ctx, in.Job, in.Limit)
			return &runsOutput{Body: runs}, answer(err)
		})
	huma.Register(r.API, operation("list-runs", http.MethodGet, runsPath, "List the runs of all jobs"),
		func(ctx context.Context, in *limitInput) (*runsOutput, error) {
			runs, err := c.Runs(ctx, "", in.Limit)
			return &runsOutput{Body: runs}, answer(err)
		})
	for _, a := range c.actions() {
		huma.Register(r.API, operation(a.name+"-job", http.MethodPost, jobPath+"/"+a.name, a.summary),
			func(ctx context.Context, in *jobInput) (*jobOutput, error) {
				return c.answerJob(ctx, in.Job, a.do(ctx, in.Job))
			})
		r.HandleAdmin("POST "+pagePath+"/jobs/{job}/"+a.name, c.button(a))
	}
	huma.Register(r.API, operation("schedule-job", http.MethodPut, jobPath+"/schedule", "Change the schedule of a job"),
		func(ctx context.Context, in *scheduleInput) (*jobOutput, error) {
			return c.answerJob(ctx, in.Job, c.Reschedule(ctx, in.Job, in.Body.Schedule, in.Body.Timezone))
		})
}

// action is what can be done to a job.
type action struct {
	name, label, summary string
	do                   func(ctx context.Context, job string) error
}

func (c *Component) actions() []action {
	return []action{
		{"trigger", "Run now", "Run a job as soon as possible", c.Trigger},
		{"pause", "Pause", "Let a job not run any more", c.Pause},
		{"resume", "Resume", "Let a paused job go on", c.Resume},
	}
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id,
		Method:      method,
		Path:        path,
		Summary:     summary,
		Tags:        []string{"scheduler"},
		Security:    app.AdminOnly,
	}
}

// answerJob answers with the job, unless something went wrong before.
func (c *Component) answerJob(ctx context.Context, name string, err error) (*jobOutput, error) {
	if err != nil {
		return nil, answer(err)
	}
	job, err := c.Job(ctx, name)
	return &jobOutput{Body: job}, answer(err)
}

// answer gives an error its status.
func answer(err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrUnknown):
		return huma.Error404NotFound(err.Error())
	case errors.Is(err, ErrSchedule):
		return huma.Error422UnprocessableEntity(err.Error())
	case errors.Is(err, ErrElsewhere):
		return huma.Error409Conflict(err.Error())
	default:
		return huma.Error500InternalServerError("the jobs cannot be reached", err)
	}
}
