package scheduler

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	"github.com/aegis-stack/aegis/blueprints/service/remote"
)

// client steers the jobs of a running application through its API.
type client struct{ remote.Client }

var _ desk = client{}

func (c client) List(ctx context.Context) ([]JobView, error) {
	var jobs []JobView
	return jobs, c.Ask(ctx, http.MethodGet, jobsPath, nil, &jobs)
}

func (c client) Runs(ctx context.Context, job string, limit int) ([]RunView, error) {
	path := runsPath
	if job != "" {
		path = c.job(job, "runs")
	}
	var runs []RunView
	return runs, c.Ask(ctx, http.MethodGet, path+"?limit="+strconv.Itoa(limit), nil, &runs)
}

func (c client) Pause(ctx context.Context, job string) error {
	return c.Ask(ctx, http.MethodPost, c.job(job, "pause"), nil, nil)
}

func (c client) Resume(ctx context.Context, job string) error {
	return c.Ask(ctx, http.MethodPost, c.job(job, "resume"), nil, nil)
}

func (c client) Trigger(ctx context.Context, job string) error {
	return c.Ask(ctx, http.MethodPost, c.job(job, "trigger"), nil, nil)
}

func (c client) Reschedule(ctx context.Context, job, schedule, timezone string) error {
	return c.Ask(ctx, http.MethodPut, c.job(job, "schedule"), Timing{Schedule: schedule, Timezone: timezone}, nil)
}

func (client) job(name, rest string) string {
	return jobsPath + "/" + url.PathEscape(name) + "/" + rest
}
