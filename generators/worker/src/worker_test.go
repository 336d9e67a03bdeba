package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"io"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// memory is a backend that keeps everything in the process, for tests of what does
// not depend on the store. It hands a task out as soon as it is enqueued.
type memory struct {
	mu        sync.Mutex
	tasks     map[string]*Task
	keys      map[string]string // unique keys to ids
	handle    Handle
	working   sync.WaitGroup
	stop      context.CancelCauseFunc
	ctx       context.Context
	processes []Process
	figures   []QueueFigures
	opened    int
}

func newMemory() *memory { return &memory{tasks: map[string]*Task{}, keys: map[string]string{}} }

func (m *memory) Name() string { return "memory" }

func (m *memory) Open(context.Context) error {
	m.opened++
	return nil
}

func (m *memory) Close(context.Context) error {
	m.opened--
	return nil
}

func (m *memory) Enqueue(_ context.Context, n NewTask) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if n.UniqueKey != "" {
		if t := m.tasks[m.keys[n.UniqueKey]]; t != nil && t.Ended == nil {
			return ErrDuplicate
		}
		m.keys[n.UniqueKey] = n.ID
	}
	t := &Task{
		ID: n.ID, Name: n.Name, Queue: n.Queue, State: Pending, Payload: n.Payload, Retries: n.Retries, Timeout: n.Timeout,
		Enqueued: time.Now(), Due: cmp.Or(n.Due, time.Now()),
	}
	m.tasks[n.ID] = t
	if n.Due.After(time.Now()) {
		t.State = Scheduled
	} else if m.handle != nil {
		m.working.Go(func() { m.work(t) })
	}
	return nil
}

func (m *memory) work(t *Task) {
	m.mu.Lock()
	now := time.Now()
	t.State, t.Started = Active, &now
	t.Attempts++
	told := *t
	m.mu.Unlock()
	result, err := m.handle(m.ctx, told)
	m.mu.Lock()
	defer m.mu.Unlock()
	ended := time.Now()
	t.State, t.Result, t.Ended = Completed, result, &ended
	if err != nil {
		t.State, t.Error = Dead, err.Error()
	}
}

func (m *memory) Start(_ []Queue, handle Handle) (Server, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.ctx, m.stop = context.WithCancelCause(context.Background())
	m.handle = handle
	return m, nil
}

func (m *memory) Stop() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.handle = nil
}

func (m *memory) Shutdown(ctx context.Context) error {
	ended := make(chan struct{})
	go func() {
		m.working.Wait()
		close(ended)
	}()
	select {
	case <-ended:
	case <-ctx.Done():
		m.stop(context.Cause(ctx))
		<-ended
	}
	return nil
}

func (m *memory) Get(_ context.Context, id string) (Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if t := m.tasks[id]; t != nil {
		return *t, nil
	}
	return Task{}, ErrNotFound
}

func (m *memory) List(_ context.Context, f Filter) ([]Task, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	list := []Task{}
	for _, t := range m.tasks {
		if (f.State == "" || f.State == t.State) && (f.Queue == "" || f.Queue == t.Queue) && (f.Name == "" || f.Name == t.Name) {
			list = append(list, *t)
		}
	}
	slices.SortFunc(list, func(a, b Task) int { return cmp.Compare(b.ID, a.ID) })
	return list[min(f.Offset, len(list)):min(f.Offset+f.Limit, len(list))], nil
}

// change sets the state of a task that is in one of those.
func (m *memory) change(id string, to State, from ...State) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.tasks[id]
	switch {
	case t == nil:
		return ErrNotFound
	case !slices.Contains(from, t.State):
		return ErrState
	}
	t.State = to
	return nil
}

func (m *memory) Retry(_ context.Context, id string) error {
	return m.change(id, Pending, Scheduled, Retrying, Dead)
}

func (m *memory) Cancel(_ context.Context, id string) error {
	return m.change(id, Canceled, Scheduled, Pending)
}

func (m *memory) Delete(_ context.Context, id string) error {
	err := m.change(id, "", Scheduled, Pending, Retrying, Completed, Dead, Canceled)
	if err == nil {
		delete(m.tasks, id)
	}
	return err
}

func (m *memory) Report(_ context.Context, id string, p Progress) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.tasks[id].Progress = &p
	return nil
}

func (m *memory) Queues(_ context.Context, names []string) ([]QueueFigures, error) {
	if m.figures != nil {
		return m.figures, nil
	}
	figures := make([]QueueFigures, len(names))
	for i, name := range names {
		figures[i].Name = name
	}
	return figures, nil
}

func (m *memory) Processes(context.Context) ([]Process, error) { return m.processes, nil }

// declared is what the application of a test declares.
type declared struct {
	tasks  []Definition
	queues []Queue
}

func (d declared) Tasks() []Definition { return d.tasks }

func (d declared) Queues() []Queue {
	if d.queues == nil {
		return []Queue{{Name: "default", Concurrency: 10, Priority: 1}}
	}
	return d.queues
}

// greeting is the payload of the task "greet".
type greeting struct {
	To string `json:"to"`
}

func (g *greeting) Validate() error {
	if g.To == "" {
		return errNobody
	}
	return nil
}

// greet is a task that greets with run.
func greet(run func(ctx context.Context, g greeting) (any, error)) Definition {
	return Typed(Definition{Name: "greet", Doc: "Says <hello>.", Retries: 3}, run)
}

func hello(_ context.Context, g greeting) (any, error) { return "hello " + g.To, nil }

// instance returns a worker with the declared tasks.
func instance(t *testing.T, b Backend, d Declared, environ ...string) *Component {
	t.Helper()
	c, err := construct(b, d, environ...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func construct(b Backend, d Declared, environ ...string) (*Component, error) {
	return inRoles(nil, b, d, environ...)
}

// inRoles is the worker of a process that does the work of these roles, or of all.
func inRoles(roles []app.Role, b Backend, d Declared, environ ...string) (*Component, error) {
	var c *Component
	_, err := app.New(app.Options{Name: "test", Environ: environ, LogTo: io.Discard, Roles: roles}, func(a *app.App) (_ []app.Component, err error) {
		c, err = New(a, b, d)
		return []app.Component{c}, err
	})
	return c, err
}

// working returns a worker that works until the test ends.
func working(t *testing.T, m *memory, d Declared, environ ...string) *Component {
	t.Helper()
	c := instance(t, m, d, environ...)
	if err := c.work(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Drain(context.WithoutCancel(t.Context())) })
	return c
}

// done enqueues a task and returns it once it has ended.
func done(t *testing.T, c *Component, m *memory, task string, payload any, opts ...Option) Task {
	t.Helper()
	id, err := c.Enqueue(t.Context(), task, payload, opts...)
	if err != nil {
		t.Fatal(err)
	}
	m.working.Wait()
	result, err := m.Get(t.Context(), id)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

func raw(text string) json.RawMessage { return json.RawMessage(text) }
