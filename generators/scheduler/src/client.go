package scheduler

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// client steers the jobs of a running application through its API.
type client struct {
	base  string // URL of the API
	token string // of the administrator
}

var _ desk = client{}

const (
	answerTimeout = 10 * time.Second
	answerLimit   = 4 << 20
)

func (c client) List(ctx context.Context) ([]JobView, error) {
	var jobs []JobView
	return jobs, c.ask(ctx, http.MethodGet, jobsPath, nil, &jobs)
}

func (c client) Runs(ctx context.Context, job string, limit int) ([]RunView, error) {
	path := runsPath
	if job != "" {
		path = c.job(job, "runs")
	}
	var runs []RunView
	return runs, c.ask(ctx, http.MethodGet, path+"?limit="+strconv.Itoa(limit), nil, &runs)
}

func (c client) Pause(ctx context.Context, job string) error {
	return c.ask(ctx, http.MethodPost, c.job(job, "pause"), nil, nil)
}

func (c client) Resume(ctx context.Context, job string) error {
	return c.ask(ctx, http.MethodPost, c.job(job, "resume"), nil, nil)
}

func (c client) Trigger(ctx context.Context, job string) error {
	return c.ask(ctx, http.MethodPost, c.job(job, "trigger"), nil, nil)
}

func (c client) Reschedule(ctx context.Context, job, schedule, timezone string) error {
	return c.ask(ctx, http.MethodPut, c.job(job, "schedule"), Timing{Schedule: schedule, Timezone: timezone}, nil)
}

func (client) job(name, rest string) string {
	return jobsPath + "/" + url.PathEscape(name) + "/" + rest
}

// ask sends a request, with body as JSON, and reads the answer into result.
func (c client) ask(ctx context.Context, method, path string, body, result any) error {
	ctx, cancel := context.WithTimeout(ctx, answerTimeout)
	defer cancel()
	var content io.Reader = http.NoBody
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, strings.TrimSuffix(c.base, "/")+path, content)
	if err != nil {
		return err
	}
	if body != nil {
		request.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		request.Header.Set("Authorization", "Bearer "+c.token)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		if failed, ok := errors.AsType[*url.Error](err); ok {
			err = failed.Err // without the method in front
		}
		return fmt.Errorf("no answer from %s: %w", c.base, err)
	}
	text, err := io.ReadAll(io.LimitReader(response.Body, answerLimit))
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return fmt.Errorf("no whole answer from %s: %w", c.base, err)
	}
	if response.StatusCode != http.StatusOK {
		var problem huma.ErrorModel
		if err := json.Unmarshal(text, &problem); err != nil || problem.Detail == "" {
			return fmt.Errorf("%s answers with status %d: is this the application?", c.base, response.StatusCode)
		}
		return errors.New(problem.Detail)
	}
	if result == nil {
		return nil
	}
	if err := json.Unmarshal(text, result); err != nil {
		return fmt.Errorf("read the answer from %s: %w", c.base, err)
	}
	return nil
}
