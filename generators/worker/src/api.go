package worker

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Where the operations are.
const (
	tasksPath  = "/api/v1/tasks"
	taskPath   = tasksPath + "/{id}"
	queuesPath = "/api/v1/queues"
)

type idInput struct {
	ID string `path:"id" maxLength:"100" doc:"Id of the task"`
}

type taskOutput struct{ Body Task }

type tasksOutput struct{ Body []Task }

type queuesOutput struct{ Body []QueueView }

// QueueView is a queue as people and programs see it.
type QueueView struct {
	Name        string  `json:"name"`
	Concurrency int     `json:"concurrency" doc:"How many of its tasks a process works on at once"`
	Priority    int     `json:"priority" doc:"Its share of a process, compared with other queues"`
	Scheduled   int     `json:"scheduled" doc:"Not yet due"`
	Pending     int     `json:"pending" doc:"Due"`
	Active      int     `json:"active"`
	Retrying    int     `json:"retrying" doc:"Failed, and wait for their next try"`
	Dead        int     `json:"dead" doc:"Failed for good"`
	LatencyMS   float64 `json:"latency_ms" doc:"How long the oldest due task has waited, in milliseconds"`
	Processed   int64   `json:"processed" doc:"How many tries have ended"`
	Failed      int64   `json:"failed" doc:"How many of them with an error"`
}

type enqueueInput struct{ Body enqueueBody }

type enqueueBody struct {
	Task    string          `json:"task" minLength:"1" maxLength:"100" doc:"What kind of task"`
	Payload json.RawMessage `json:"payload,omitempty" doc:"What it is given"`
	Queue   string          `json:"queue,omitempty" maxLength:"100" doc:"Another queue than its own"`
	At      time.Time       `json:"at,omitzero" doc:"When it begins at the earliest"`
}

type listInput struct {
	Queue  string `query:"queue" maxLength:"100" doc:"Only those in this queue"`
	State  State  `query:"state" enum:"scheduled,pending,active,retrying,completed,dead,canceled" doc:"Only those in this state"`
	Task   string `query:"task" maxLength:"100" doc:"Only those of this kind"`
	Limit  int    `query:"limit" default:"50" minimum:"1" maximum:"1000" doc:"How many at the most, the newest first"`
	Offset int    `query:"offset" default:"0" minimum:"0" maximum:"100000" doc:"How many are left out before"`
}

// Routes adds the operations, and what the buttons of the page do.
func (c *Component) Routes(r *app.Routes) {
	enqueue := operation("enqueue-task", http.MethodPost, tasksPath, "Enqueue a task")
	enqueue.DefaultStatus = http.StatusAccepted
	huma.Register(r.API, enqueue, func(ctx context.Context, in *enqueueInput) (*taskOutput, error) {
		t, err := c.enqueueBody(ctx, in.Body)
		if err != nil {
			return nil, answer(err)
		}
		// To read it back could fail, and what is enqueued would seem not to be.
		return &taskOutput{Body: t.task(time.Now())}, nil
	})
	huma.Register(r.API, operation("list-tasks", http.MethodGet, tasksPath, "List tasks"),
		func(ctx context.Context, in *listInput) (*tasksOutput, error) {
			f := Filter{Queue: in.Queue, State: in.State, Name: in.Task, Limit: in.Limit, Offset: in.Offset}
			tasks, err := c.backend.List(ctx, f)
			return &tasksOutput{Body: tasks}, answer(err)
		})
	huma.Register(r.API, operation("get-task", http.MethodGet, taskPath, "Get one task, with its result"),
		func(ctx context.Context, in *idInput) (*taskOutput, error) { return c.answerTask(ctx, in.ID, nil) })
	huma.Register(r.API, operation("retry-task", http.MethodPost, taskPath+"/retry", "Make a task due now"),
		func(ctx context.Context, in *idInput) (*taskOutput, error) {
			return c.answerTask(ctx, in.ID, c.backend.Retry(ctx, in.ID))
		})
	huma.Register(r.API, operation("cancel-task", http.MethodPost, taskPath+"/cancel", "Cancel a task"),
		func(ctx context.Context, in *idInput) (*taskOutput, error) {
			return c.answerTask(ctx, in.ID, c.backend.Cancel(ctx, in.ID))
		})
	huma.Register(r.API, operation("delete-task", http.MethodDelete, taskPath, "Forget a task"),
		func(ctx context.Context, in *idInput) (*struct{}, error) {
			return nil, answer(c.backend.Delete(ctx, in.ID))
		})
	huma.Register(r.API, operation("list-queues", http.MethodGet, queuesPath, "List the queues"),
		func(ctx context.Context, _ *struct{}) (*queuesOutput, error) {
			queues, err := c.Queues(ctx)
			return &queuesOutput{Body: queues}, answer(err)
		})
	r.HandleAdmin("POST "+pagePath+"/tasks/{id}/retry", c.button(c.backend.Retry))
	r.HandleAdmin("POST "+pagePath+"/tasks/{id}/cancel", c.button(c.backend.Cancel))
	r.HandleAdmin("POST "+pagePath+"/tasks/{id}/delete", c.button(c.backend.Delete))
}

func operation(id, method, path, summary string) huma.Operation {
	return huma.Operation{
		OperationID: id,
		Method:      method,
		Path:        path,
		Summary:     summary,
		Tags:        []string{"tasks"},
		Security:    app.AdminOnly,
	}
}

// Queues returns all queues and how they are, sorted by name.
func (c *Component) Queues(ctx context.Context) ([]QueueView, error) {
	figures, err := c.backend.Queues(ctx, c.queueNames())
	if err != nil {
		return nil, err
	}
	views := make([]QueueView, len(c.queues))
	for i, q := range c.queues {
		f := figures[i]
		views[i] = QueueView{
			Name: q.Name, Concurrency: q.Concurrency, Priority: q.Priority,
			Scheduled: f.Scheduled, Pending: f.Pending, Active: f.Active, Retrying: f.Retrying, Dead: f.Dead,
			LatencyMS: health.Milliseconds(f.Latency), Processed: f.Processed, Failed: f.Failed,
		}
	}
	return views, nil
}

func (c *Component) enqueueBody(ctx context.Context, b enqueueBody) (NewTask, error) {
	var options []Option
	if b.Queue != "" {
		options = append(options, To(b.Queue))
	}
	if !b.At.IsZero() {
		options = append(options, At(b.At))
	}
	if len(b.Payload) == 0 {
		b.Payload = json.RawMessage("{}")
	}
	return c.enqueue(ctx, b.Task, b.Payload, options...)
}

// answerTask answers with the task, unless something went wrong before.
func (c *Component) answerTask(ctx context.Context, id string, err error) (*taskOutput, error) {
	if err != nil {
		return nil, answer(err)
	}
	t, err := c.backend.Get(ctx, id)
	return &taskOutput{Body: t}, answer(err)
}

// statusOf returns the status that tells of the error.
func statusOf(err error) int {
	switch {
	case errors.Is(err, ErrNotFound):
		return http.StatusNotFound
	case errors.Is(err, ErrState), errors.Is(err, ErrDuplicate):
		return http.StatusConflict
	case errors.Is(err, ErrUnknownTask), errors.Is(err, ErrUnknownQueue), errors.Is(err, ErrPayload):
		return http.StatusUnprocessableEntity
	default:
		return http.StatusInternalServerError
	}
}

// answer gives an error its status.
func answer(err error) error {
	if err == nil {
		return nil
	}
	status := statusOf(err)
	if status == http.StatusInternalServerError {
		return huma.Error500InternalServerError("the tasks cannot be reached", err)
	}
	return huma.NewError(status, err.Error())
}
