package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

var errNobody = errors.New("to: nobody is to be greeted")

func TestEnqueueRefuses(t *testing.T) {
	c := instance(t, newMemory(), declared{tasks: []Definition{greet(hello)}})
	for _, test := range []struct {
		task    string
		payload any
		opts    []Option
		want    error
		says    string
	}{
		{"wave", greeting{"you"}, nil, ErrUnknownTask, `"wave"; there are greet`},
		{"greet", greeting{}, nil, ErrPayload, "nobody is to be greeted"},
		{"greet", raw(`{"to": 1}`), nil, ErrPayload, "cannot unmarshal number"},
		{"greet", raw(`{"to": "you", "two": "me"}`), nil, ErrPayload, "the payload of greet: two is not a field; there are to"},
		{"greet", raw(`{`), nil, ErrPayload, "unexpected end"},
		{"greet", make(chan int), nil, ErrPayload, "unsupported type"},
		{"greet", greeting{strings.Repeat("x", MaxSize)}, nil, ErrPayload, "are allowed"},
		{"greet", greeting{"you"}, []Option{To("mail")}, ErrUnknownQueue, `"mail"; there are default`},
		{"greet", greeting{"you"}, []Option{Retries(-1)}, nil, "cannot be negative"},
		{"greet", greeting{"you"}, []Option{Timeout(0)}, nil, "cannot be negative"},
	} {
		_, err := c.Enqueue(t.Context(), test.task, test.payload, test.opts...)
		if err == nil || (test.want != nil && !errors.Is(err, test.want)) || !strings.Contains(err.Error(), test.says) {
			t.Errorf("Enqueue(%s, %.40v) = %v, want %v that says %q", test.task, test.payload, err, test.want, test.says)
		}
	}
}

func TestEnqueueOptions(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{
		tasks:  []Definition{greet(hello)},
		queues: []Queue{{Name: "default", Concurrency: 1, Priority: 1}, {Name: "mail", Concurrency: 1, Priority: 1}},
	})
	at := time.Now().Add(time.Hour)
	first, err := c.Enqueue(t.Context(), "greet", greeting{"you"}, At(at), To("mail"), Retries(7), Timeout(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	got := m.tasks[first]
	if got.State != Scheduled || !got.Due.Equal(at) || got.Queue != "mail" || got.Retries != 7 || got.Timeout != time.Second {
		t.Errorf("enqueued: %+v", got)
	}
	second, err := c.Enqueue(t.Context(), "greet", greeting{"you"})
	if err != nil {
		t.Fatal(err)
	}
	if got := m.tasks[second]; got.State != Pending || got.Queue != "default" || got.Retries != 3 || got.Timeout != DefaultTimeout || string(got.Payload) != `{"to":"you"}` {
		t.Errorf("enqueued: %+v", got)
	}
}

func TestUnique(t *testing.T) {
	d := greet(hello)
	c := instance(t, newMemory(), declared{tasks: []Definition{d}})
	enqueue := func(to string, opts ...Option) error {
		_, err := c.Enqueue(t.Context(), "greet", greeting{to}, opts...)
		return err
	}
	hour := Unique("", time.Hour)
	if err := errors.Join(enqueue("a", hour), enqueue("b", hour), enqueue("a"), enqueue("a", Unique("k", time.Hour))); err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{enqueue("a", hour), enqueue("c", Unique("k", time.Hour))} {
		if !errors.Is(err, ErrDuplicate) {
			t.Errorf("%v, want ErrDuplicate", err)
		}
	}
}

func TestIDsSortAsTheyWereMade(t *testing.T) {
	now := time.Now()
	if a, b := newID(now), newID(now.Add(time.Millisecond)); a >= b || len(a) != 32 {
		t.Errorf("%s, then %s", a, b)
	}
}

// brittle cannot be encoded.
type brittle struct{}

func (brittle) MarshalJSON() ([]byte, error) { panic("broken") }

func TestHandle(t *testing.T) {
	m := newMemory()
	c := working(t, m, declared{tasks: []Definition{
		greet(hello),
		{Name: "fail", Run: func(context.Context, json.RawMessage) (any, error) { return nil, errors.New("oops") }},
		{Name: "panic", Run: func(context.Context, json.RawMessage) (any, error) { panic("oh") }},
		{Name: "huge", Run: func(context.Context, json.RawMessage) (any, error) { return strings.Repeat("x", MaxSize), nil }},
		{Name: "odd", Run: func(context.Context, json.RawMessage) (any, error) { return func() {}, nil }},
		{Name: "brittle", Run: func(context.Context, json.RawMessage) (any, error) { return brittle{}, nil }},
		{Name: "none", Run: func(context.Context, json.RawMessage) (any, error) { return nil, nil }},
		{Name: "slow", Timeout: 10 * time.Millisecond, Run: func(ctx context.Context, _ json.RawMessage) (any, error) {
			<-ctx.Done()
			return nil, fmt.Errorf("wait: %w", ctx.Err())
		}},
		{Name: "report", Run: func(ctx context.Context, _ json.RawMessage) (any, error) {
			task, ok := Current(ctx)
			return task.Name, errors.Join(Report(ctx, 140, "almost"), map[bool]error{false: errors.New("no task")}[ok])
		}},
	}})
	for _, test := range []struct {
		task   string
		state  State
		result string
		err    string
	}{
		{"greet", Completed, `"hello you"`, ""},
		{"none", Completed, "", ""},
		{"fail", Dead, "", "oops"},
		{"panic", Dead, "", "panic: oh"},
		{"huge", Dead, "", "not to be tried again: the result has 262146 bytes, and 262144 are allowed"},
		{"odd", Dead, "", "not to be tried again: encode the result: json: unsupported type: func()"},
		{"brittle", Dead, "", "panic: broken"},
		{"slow", Dead, "", "the timeout of 10ms is over"},
		{"report", Completed, `"report"`, ""},
	} {
		got := done(t, c, m, test.task, greeting{"you"})
		if got.State != test.state || string(got.Result) != test.result || got.Error != test.err {
			t.Errorf("%s is %s with result %.50s and error %q, want %s, %s, %q", test.task, got.State, got.Result, got.Error, test.state, test.result, test.err)
		}
		if test.task == "report" && (got.Progress == nil || *got.Progress != Progress{Percent: 100, Message: "almost"}) {
			t.Errorf("progress: %+v", got.Progress)
		}
	}
	if err := Report(t.Context(), 1, ""); err == nil {
		t.Error("progress can be reported without a task")
	}
	_, err := c.handle(t.Context(), Task{Name: "newer", Timeout: time.Second})
	if !errors.Is(err, ErrUnknownTask) || errors.Is(err, ErrDead) {
		t.Errorf("a kind that only a newer version has: %v", err)
	}
	_, err = c.handle(t.Context(), Task{Name: "greet", Payload: raw(`{}`), Timeout: time.Second})
	if !errors.Is(err, ErrDead) {
		t.Errorf("a payload that is not valid: %v, want ErrDead", err)
	}
}

func TestBackoff(t *testing.T) {
	for failures, want := range map[int]time.Duration{0: time.Second, 1: time.Second, 2: 2 * time.Second, 5: 16 * time.Second, 20: 15 * time.Minute, 1000: 15 * time.Minute} {
		for range 100 {
			if got := Backoff(failures); got < want*3/4 || got > want*5/4 {
				t.Errorf("Backoff(%d) = %s, want about %s", failures, got, want)
			}
		}
	}
}

func TestGateSharesByPriority(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(2, []Queue{{Name: "low", Priority: 1}, {Name: "high", Priority: 3}})
		var mu sync.Mutex
		inside, most, passed := 0, 0, map[string]int{}
		for _, queue := range []string{"low", "high"} {
			for range 40 {
				go func() {
					leave, err := g.enter(t.Context(), queue)
					if err != nil {
						return
					}
					mu.Lock()
					inside++
					most = max(most, inside)
					passed[queue]++
					mu.Unlock()
					time.Sleep(time.Second)
					mu.Lock()
					inside--
					mu.Unlock()
					leave()
				}()
			}
		}
		time.Sleep(19*time.Second + time.Millisecond)
		mu.Lock()
		if most != 2 || passed["high"] < 28 || passed["high"] > 31 || passed["low"]+passed["high"] != 40 {
			t.Errorf("at most %d at once, %v of 40, want 30 of high", most, passed)
		}
		mu.Unlock()
		time.Sleep(time.Hour)
		mu.Lock()
		defer mu.Unlock()
		g.mu.Lock()
		defer g.mu.Unlock()
		if g.inside != 0 || passed["low"] != 40 {
			t.Errorf("%d are inside, %v have passed", g.inside, passed)
		}
	})
}

func TestGateLosesNoPlace(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := newGate(1, nil)
		leave, err := g.enter(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		refused := make(chan error)
		go func() {
			_, err := g.enter(ctx, "a")
			refused <- err
		}()
		synctest.Wait()
		cancel(errNobody)
		if err := <-refused; !errors.Is(err, errNobody) {
			t.Errorf("who does not wait any more gets %v", err)
		}
		leave()
		leave, err = g.enter(t.Context(), "b")
		if err != nil {
			t.Fatal(err)
		}
		leave()
		if g.inside != 0 {
			t.Errorf("%d are inside", g.inside)
		}
	})
}

func TestDrainWaits(t *testing.T) {
	m := newMemory()
	began := make(chan struct{})
	c := working(t, m, declared{tasks: []Definition{{Name: "nap", Run: func(context.Context, json.RawMessage) (any, error) {
		close(began)
		time.Sleep(50 * time.Millisecond)
		return nil, nil
	}}}})
	id, err := c.Enqueue(t.Context(), "nap", nil)
	if err != nil {
		t.Fatal(err)
	}
	<-began
	if err := c.Drain(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := m.tasks[id]; got.State != Completed {
		t.Errorf("after Drain the task is %s", got.State)
	}
	if err := c.work(); err != nil || c.server != nil {
		t.Errorf("after Drain it works again: %v", err)
	}
}

func TestDrainCancelsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newMemory()
		began := make(chan struct{})
		c := working(t, m, declared{tasks: []Definition{{Name: "nap", Run: func(ctx context.Context, _ json.RawMessage) (any, error) {
			close(began)
			<-ctx.Done()
			return nil, ctx.Err()
		}}}})
		if _, err := c.Enqueue(t.Context(), "nap", nil); err != nil {
			t.Fatal(err)
		}
		<-began
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := c.Drain(ctx); err != nil || ctx.Err() != nil {
			t.Errorf("Drain: %v, and its context: %v", err, ctx.Err())
		}
	})
}

func TestDeclarationsThatCannotWork(t *testing.T) {
	run := func(context.Context, json.RawMessage) (any, error) { return nil, nil }
	for _, test := range []struct {
		declared declared
		want     string
	}{
		{declared{tasks: []Definition{{Name: "a"}}}, `"a" needs a name and a function`},
		{declared{tasks: []Definition{{Name: "a", Run: run}, {Name: "a", Run: run}}}, `two tasks are named "a"`},
		{declared{tasks: []Definition{{Name: "a", Queue: "mail", Run: run}}}, `the queue "mail", which nobody serves`},
		{declared{queues: []Queue{{Name: "a", Priority: 1}}}, `the queue "a" needs`},
		{declared{queues: []Queue{{Name: "a", Concurrency: 1, Priority: 1}, {Name: "a", Concurrency: 1, Priority: 1}}}, `two queues are named "a"`},
	} {
		if _, err := construct(newMemory(), test.declared); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%+v: %v, want %s", test.declared, err, test.want)
		}
	}
}

func TestCheck(t *testing.T) {
	m := newMemory()
	worker := instance(t, m, declared{tasks: []Definition{greet(hello)}}, "TEST_WORKER_PATIENCE=1m")
	web, err := inRoles([]app.Role{app.Web}, m, declared{tasks: []Definition{greet(hello)}}, "TEST_WORKER_PATIENCE=1m")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name      string
		c         *Component
		since     time.Duration
		processes []Process
		figures   QueueFigures
		status    health.Status
		message   string
	}{
		{"starting", worker, 0, nil, QueueFigures{}, health.Healthy, ""},
		{"nobody yet", web, 0, nil, QueueFigures{}, health.Warning, "No worker runs yet."},
		{"nobody", worker, time.Minute, nil, QueueFigures{}, health.Unhealthy, "No worker runs."},
		{"well", web, time.Minute, []Process{{}}, QueueFigures{Pending: 5, Latency: 59 * time.Second}, health.Healthy, ""},
		{"late", worker, time.Minute, []Process{{}}, QueueFigures{Pending: 5, Latency: 61 * time.Second}, health.Warning, "Tasks wait for long in default."},
		{"dead", worker, time.Minute, []Process{{}}, QueueFigures{Dead: 2}, health.Warning, "Tasks have died: 2 in default."},
	} {
		c := test.c
		test.figures.Name = "default"
		c.began, m.processes, m.figures = time.Now().Add(-test.since), test.processes, []QueueFigures{test.figures}
		n := c.Check(t.Context())
		worst := n.Status
		for _, child := range n.Children {
			worst = health.Worst(worst, child.Status)
		}
		if worst != test.status || n.Message != test.message || len(n.Children) != 1 || n.Children[0].Name != "default" {
			t.Errorf("%s: %s %q, want %s %q: %+v", test.name, worst, n.Message, test.status, test.message, n)
		}
	}
}

func TestCheckShowsRatesAndPercentiles(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{})
	m.figures = []QueueFigures{{Name: "default", Processed: 100, Failed: 10}}
	c.Check(t.Context())
	c.rates.at = time.Now().Add(-2 * time.Second)
	m.figures = []QueueFigures{{Name: "default", Processed: 140, Failed: 14}}
	for i := range 2000 {
		c.stats.ended(time.Duration(i) * time.Millisecond)
	}
	got := map[string]float64{}
	for _, f := range c.Check(t.Context()).Figures {
		got[f.Name] = f.Value
	}
	// The newest 1024 took from 976 to 1999 ms.
	for name, want := range map[string]float64{"processed": 20, "failures": 2, "duration p50": 1487, "duration p95": 1948, "duration p99": 1989} {
		if diff := got[name] - want; diff > 0.5 || diff < -0.5 {
			t.Errorf("%s is %v, want about %v", name, got[name], want)
		}
	}
}
