package schedulerworker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/schedule"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// queue is a worker that remembers what it was given.
type queue struct {
	task    string
	payload any
	err     error
}

func (q *queue) Enqueue(_ context.Context, task string, payload any, _ ...worker.Option) (string, error) {
	q.task, q.payload = task, payload
	return "id", q.err
}

func TestJobsEnqueueTheirTasks(t *testing.T) {
	q := &queue{}
	c := &Component{worker: q, jobs: []Job{
		{Job: schedule.Job{Name: "a", Schedule: "@every 1h"}, Task: "mail", Payload: json.RawMessage(`{"to":"x"}`)},
		{Job: schedule.Job{Name: "b", Schedule: "@every 2h"}, Task: "sweep", Payload: json.RawMessage(`{}`)},
	}}
	jobs := c.Jobs()
	if len(jobs) != 2 || jobs[1].Name != "b" || jobs[1].Schedule != "@every 2h" {
		t.Fatalf("the jobs are %+v", jobs)
	}
	for i, want := range []struct{ task, payload string }{{"mail", `{"to":"x"}`}, {"sweep", "{}"}} {
		if err := jobs[i].Run(t.Context()); err != nil {
			t.Error(err)
		}
		text, err := json.Marshal(q.payload)
		if err != nil || q.task != want.task || string(text) != want.payload {
			t.Errorf("%s enqueues %s with %s, want %+v", jobs[i].Name, q.task, text, want)
		}
	}
	q.err = errors.New("full")
	if err := jobs[0].Run(t.Context()); !errors.Is(err, q.err) {
		t.Errorf("a queue that is full: %v", err)
	}
	q.err = fmt.Errorf("enqueue mail: %w", worker.ErrDuplicate)
	if err := jobs[0].Run(t.Context()); err != nil {
		t.Errorf("a task that waits already: %v", err)
	}
}
