// Package backendtest says what every worker.Backend does, and tries it.
package backendtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Store is an empty store for a test.
type Store struct {
	// Backend returns another backend on the store, as another process has it.
	Backend func() worker.Backend
	// Expire makes it so that what is in progress counts as left by a process that
	// died.
	Expire func()
}

// patience is how long anything may take that is waited for.
const patience = 20 * time.Second

// Run tries the backends of the stores that open returns.
func Run(t *testing.T, open func(t *testing.T) Store) {
	t.Helper()
	for _, test := range []struct {
		name string
		do   func(b *bench)
	}{
		{"Complete", testComplete},
		{"Delayed", testDelayed},
		{"Order", testOrder},
		{"Unique", testUnique},
		{"RetryUntilDead", testRetryUntilDead},
		{"RetryThenComplete", testRetryThenComplete},
		{"ErrDead", testErrDead},
		{"RequeueDead", testRequeueDead},
		{"CancelWaiting", testCancelWaiting},
		{"CancelRunning", testCancelRunning},
		{"Progress", testProgress},
		{"UnknownID", testUnknownID},
		{"States", testStates},
		{"List", testList},
		{"Figures", testFigures},
		{"Concurrency", testConcurrency},
		{"StopTakesNoMore", testStopTakesNoMore},
		{"ShutdownWaits", testShutdownWaits},
		{"ShutdownGivesBack", testShutdownGivesBack},
		{"TwoShareTheLoad", testTwoShareTheLoad},
		{"LostProcess", testLostProcess},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			store := open(t)
			test.do(&bench{Store: store, Backend: store.Backend(), t: t})
		})
	}
}

// bench is a backend and what tests do with it.
type bench struct {
	Store
	worker.Backend
	t *testing.T
}

var ids atomic.Int64

// add enqueues a task and returns its id.
func (b *bench) add(change func(*worker.NewTask)) string {
	b.t.Helper()
	n := worker.NewTask{
		ID:   fmt.Sprintf("%012x%08x", time.Now().UnixMilli(), ids.Add(1)),
		Name: "greet", Queue: "default", Payload: json.RawMessage(`{"to":"you"}`),
		Retries: 3, Timeout: time.Minute, Retention: time.Hour,
	}
	if change != nil {
		change(&n)
	}
	if err := b.Enqueue(b.t.Context(), n); err != nil {
		b.t.Fatalf("enqueue: %v", err)
	}
	return n.ID
}

var defaultQueue = worker.Queue{Name: "default", Concurrency: 4, Priority: 1}

// work begins to work with a backend until the test ends.
func (b *bench) work(backend worker.Backend, handle worker.Handle, queues ...worker.Queue) worker.Server {
	b.t.Helper()
	if queues == nil {
		queues = []worker.Queue{defaultQueue}
	}
	s, err := backend.Start(queues, handle)
	if err != nil {
		b.t.Fatalf("start: %v", err)
	}
	b.t.Cleanup(func() { b.shutdown(s) })
	return s
}

// shutdown ends the work at once. It does no harm to do it twice.
func (b *bench) shutdown(s worker.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	s.Stop()
	_ = s.Shutdown(ctx)
}

// get returns a task that must be there.
func (b *bench) get(id string) worker.Task {
	b.t.Helper()
	t, err := b.Get(b.t.Context(), id)
	if err != nil {
		b.t.Fatalf("get: %v", err)
	}
	return t
}

// await waits until the task is in that state.
func (b *bench) await(id string, state worker.State) worker.Task {
	b.t.Helper()
	var t worker.Task
	eventually(b.t, func() string {
		if t = b.get(id); t.State == state {
			return ""
		}
		return fmt.Sprintf("the task is %s with error %q, want %s", t.State, t.Error, state)
	})
	return t
}

// eventually waits until check finds nothing wrong.
func eventually(t *testing.T, check func() string) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		wrong := check()
		if wrong == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(wrong)
		}
		time.Sleep(10 * time.Millisecond)
	}
}

func nothing(context.Context, worker.Task) (json.RawMessage, error) { return nil, nil }

// untilStopped returns once its context ends.
func untilStopped(ctx context.Context, _ worker.Task) (json.RawMessage, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
}

func testComplete(b *bench) {
	t := b.t
	id := b.add(nil)
	if got := b.get(id); got.State != worker.Pending || got.Attempts != 0 || got.Started != nil || got.Ended != nil {
		t.Errorf("before: %+v", got)
	}
	told := make(chan worker.Task, 1)
	b.work(b.Backend, func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		told <- task
		return json.RawMessage(`{"said":"hello"}`), nil
	})
	task := <-told
	if task.ID != id || task.Name != "greet" || task.Queue != "default" || string(task.Payload) != `{"to":"you"}` ||
		task.Attempts != 1 || task.Retries != 3 || task.Timeout != time.Minute || task.Enqueued.IsZero() {
		t.Errorf("the handler is told %+v", task)
	}
	got := b.await(id, worker.Completed)
	if string(got.Result) != `{"said":"hello"}` || got.Attempts != 1 || got.Error != "" {
		t.Errorf("after: %+v", got)
	}
	if got.Started == nil || got.Ended == nil || got.Started.Before(got.Enqueued.Add(-time.Second)) || got.Ended.Before(*got.Started) || time.Since(*got.Ended) > patience {
		t.Errorf("times: %+v", got)
	}
}

func testDelayed(b *bench) {
	t := b.t
	due := time.Now().Add(1500 * time.Millisecond)
	id := b.add(func(n *worker.NewTask) { n.Due = due })
	if got := b.get(id); got.State != worker.Scheduled || got.Due.Sub(due).Abs() > time.Second {
		t.Errorf("before: %+v", got)
	}
	began := make(chan time.Time, 1)
	b.work(b.Backend, func(context.Context, worker.Task) (json.RawMessage, error) {
		began <- time.Now()
		return nil, nil
	})
	if early := due.Sub(<-began); early > 50*time.Millisecond {
		t.Errorf("it begins %s too early", early)
	}
	b.await(id, worker.Completed)
}

func testOrder(b *bench) {
	t := b.t
	var want []string
	for range 5 {
		want = append(want, b.add(nil))
	}
	var mu sync.Mutex
	var got []string
	b.work(b.Backend, func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		got = append(got, task.ID)
		return nil, nil
	}, worker.Queue{Name: "default", Concurrency: 1, Priority: 1})
	b.await(want[4], worker.Completed)
	mu.Lock()
	defer mu.Unlock()
	if !slices.Equal(got, want) {
		t.Errorf("they are done as %v, want %v", got, want)
	}
}

func testUnique(b *bench) {
	t := b.t
	only := func(n *worker.NewTask) { n.UniqueKey, n.UniqueFor = "k", time.Hour }
	duplicate := func() error {
		n := worker.NewTask{ID: fmt.Sprintf("%012x%08x", time.Now().UnixMilli(), ids.Add(1)), Name: "greet", Queue: "default", Timeout: time.Minute, Retention: time.Hour, Payload: json.RawMessage("{}")}
		only(&n)
		return b.Enqueue(t.Context(), n)
	}
	first := b.add(only)
	if err := duplicate(); !errors.Is(err, worker.ErrDuplicate) {
		t.Errorf("while the first waits: %v, want ErrDuplicate", err)
	}
	b.add(func(n *worker.NewTask) { n.UniqueKey, n.UniqueFor = "other", time.Hour })
	b.work(b.Backend, nothing)
	b.await(first, worker.Completed)
	second := b.add(only)
	b.await(second, worker.Completed)

	canceled := b.add(func(n *worker.NewTask) { only(n); n.Due = time.Now().Add(time.Hour) })
	if err := duplicate(); !errors.Is(err, worker.ErrDuplicate) {
		t.Errorf("while it is scheduled: %v, want ErrDuplicate", err)
	}
	if err := b.Cancel(t.Context(), canceled); err != nil {
		t.Fatal(err)
	}
	b.await(b.add(only), worker.Completed)
}

var errOops = errors.New("oops")

func testRetryUntilDead(b *bench) {
	t := b.t
	var mu sync.Mutex
	var tries []time.Time
	b.work(b.Backend, func(context.Context, worker.Task) (json.RawMessage, error) {
		mu.Lock()
		defer mu.Unlock()
		tries = append(tries, time.Now())
		return nil, errOops
	})
	id := b.add(func(n *worker.NewTask) { n.Retries = 1 })
	if got := b.await(id, worker.Retrying); got.Error != "oops" || got.Attempts != 1 || got.Ended != nil || !got.Due.After(got.Enqueued) {
		t.Errorf("after the first try: %+v", got)
	}
	got := b.await(id, worker.Dead)
	if got.Error != "oops" || got.Attempts != 2 || got.Ended == nil {
		t.Errorf("after the last try: %+v", got)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(tries) != 2 || tries[1].Sub(tries[0]) > 5*time.Second {
		t.Errorf("it is tried at %v", tries)
	}
}

func testRetryThenComplete(b *bench) {
	t := b.t
	b.work(b.Backend, func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		if task.Attempts == 1 {
			return nil, errOops
		}
		return json.RawMessage("2"), nil
	})
	id := b.add(nil)
	b.await(id, worker.Retrying)
	// Nobody needs to wait for the next try.
	if err := b.Retry(t.Context(), id); err != nil && !errors.Is(err, worker.ErrState) {
		t.Errorf("retry: %v", err)
	}
	if got := b.await(id, worker.Completed); got.Attempts != 2 || string(got.Result) != "2" {
		t.Errorf("after: %+v", got)
	}
}

func testErrDead(b *bench) {
	t := b.t
	b.work(b.Backend, func(context.Context, worker.Task) (json.RawMessage, error) {
		return nil, fmt.Errorf("no such address: %w", worker.ErrDead)
	})
	if got := b.await(b.add(nil), worker.Dead); got.Attempts != 1 || got.Error != "no such address: not to be tried again" {
		t.Errorf("after: %+v", got)
	}
}

func testRequeueDead(b *bench) {
	t := b.t
	var well atomic.Bool
	b.work(b.Backend, func(context.Context, worker.Task) (json.RawMessage, error) {
		if well.Load() {
			return nil, nil
		}
		return nil, errOops
	})
	id := b.add(func(n *worker.NewTask) { n.Retries = 0 })
	b.await(id, worker.Dead)
	well.Store(true)
	if err := b.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	b.await(id, worker.Completed)
	if err := b.Retry(t.Context(), id); !errors.Is(err, worker.ErrState) {
		t.Errorf("retry what is completed: %v, want ErrState", err)
	}
}

func testCancelWaiting(b *bench) {
	t := b.t
	for _, id := range []string{b.add(nil), b.add(func(n *worker.NewTask) { n.Due = time.Now().Add(time.Hour) })} {
		if err := b.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if got := b.get(id); got.State != worker.Canceled || got.Ended == nil || got.Attempts != 0 {
			t.Errorf("after: %+v", got)
		}
		for name, do := range map[string]func(context.Context, string) error{"cancel": b.Cancel, "retry": b.Retry} {
			if err := do(t.Context(), id); !errors.Is(err, worker.ErrState) {
				t.Errorf("%s what is canceled: %v, want ErrState", name, err)
			}
		}
	}
	var ran atomic.Int64
	b.work(b.Backend, func(context.Context, worker.Task) (json.RawMessage, error) {
		ran.Add(1)
		return nil, nil
	})
	b.await(b.add(nil), worker.Completed)
	if n := ran.Load(); n != 1 {
		t.Errorf("%d tasks run, want 1", n)
	}
}

func testCancelRunning(b *bench) {
	t := b.t
	running := make(chan struct{})
	b.work(b.Store.Backend(), func(ctx context.Context, task worker.Task) (json.RawMessage, error) {
		close(running)
		return untilStopped(ctx, task)
	})
	id := b.add(nil)
	<-running
	if err := b.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if got := b.await(id, worker.Canceled); got.Attempts != 1 || got.Ended == nil {
		t.Errorf("after: %+v", got)
	}
}

func testProgress(b *bench) {
	t := b.t
	there := b.Store.Backend()
	reported, end := make(chan error), make(chan struct{})
	b.work(there, func(ctx context.Context, task worker.Task) (json.RawMessage, error) {
		reported <- there.Report(ctx, task.ID, worker.Progress{Percent: 40, Message: "warm"})
		<-end
		return nil, nil
	})
	id := b.add(nil)
	if err := <-reported; err != nil {
		t.Fatal(err)
	}
	got := b.get(id)
	if got.State != worker.Active || got.Progress == nil || *got.Progress != (worker.Progress{Percent: 40, Message: "warm"}) {
		t.Errorf("while it runs: %+v", got)
	}
	close(end)
	b.await(id, worker.Completed)
}

func testUnknownID(b *bench) {
	t := b.t
	b.add(nil)
	if _, err := b.Get(t.Context(), "nobody"); !errors.Is(err, worker.ErrNotFound) {
		t.Errorf("get: %v, want ErrNotFound", err)
	}
	for name, do := range map[string]func(context.Context, string) error{"retry": b.Retry, "cancel": b.Cancel, "delete": b.Delete} {
		if err := do(t.Context(), "nobody"); !errors.Is(err, worker.ErrNotFound) {
			t.Errorf("%s: %v, want ErrNotFound", name, err)
		}
	}
}

func testStates(b *bench) {
	t := b.t
	waits := b.add(func(n *worker.NewTask) { n.Queue = "other" })
	if err := b.Retry(t.Context(), waits); !errors.Is(err, worker.ErrState) {
		t.Errorf("retry what is due: %v, want ErrState", err)
	}
	later := b.add(func(n *worker.NewTask) { n.Due = time.Now().Add(time.Hour) })
	running := make(chan string, 2)
	b.work(b.Backend, func(ctx context.Context, task worker.Task) (json.RawMessage, error) {
		running <- task.ID
		return untilStopped(ctx, task)
	})
	if err := b.Retry(t.Context(), later); err != nil {
		t.Errorf("retry what is scheduled: %v", err)
	}
	if id := <-running; id != later {
		t.Errorf("%s runs, want %s", id, later)
	}
	for name, do := range map[string]func(context.Context, string) error{"retry": b.Retry, "delete": b.Delete} {
		if err := do(t.Context(), later); !errors.Is(err, worker.ErrState) {
			t.Errorf("%s what runs: %v, want ErrState", name, err)
		}
	}
	if err := b.Delete(t.Context(), waits); err != nil {
		t.Errorf("delete: %v", err)
	}
	if _, err := b.Get(t.Context(), waits); !errors.Is(err, worker.ErrNotFound) {
		t.Errorf("get what is deleted: %v, want ErrNotFound", err)
	}
}

func testList(b *bench) {
	t := b.t
	if got, err := b.List(t.Context(), worker.Filter{}); err != nil || len(got) != 0 {
		t.Errorf("an empty store lists %v, %v", got, err)
	}
	a := b.add(nil)
	mail := b.add(func(n *worker.NewTask) { n.Queue = "mail" })
	later := b.add(func(n *worker.NewTask) { n.Due = time.Now().Add(time.Hour) })
	ring := b.add(func(n *worker.NewTask) { n.Name = "ring" })
	gone := b.add(nil)
	if err := b.Cancel(t.Context(), gone); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		filter worker.Filter
		want   []string
	}{
		{worker.Filter{}, []string{gone, ring, later, mail, a}},
		{worker.Filter{Limit: 2}, []string{gone, ring}},
		{worker.Filter{Limit: 2, Offset: 1}, []string{ring, later}},
		{worker.Filter{Offset: 9, Limit: 1}, nil},
		{worker.Filter{Queue: "mail"}, []string{mail}},
		{worker.Filter{Queue: "nobody"}, nil},
		{worker.Filter{State: worker.Pending}, []string{ring, mail, a}},
		{worker.Filter{State: worker.Scheduled}, []string{later}},
		{worker.Filter{State: worker.Canceled}, []string{gone}},
		{worker.Filter{State: worker.Completed}, nil},
		{worker.Filter{Name: "ring"}, []string{ring}},
		{worker.Filter{Name: "greet", State: worker.Pending, Queue: "default"}, []string{a}},
	} {
		tasks, err := b.List(t.Context(), test.filter)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, task := range tasks {
			got = append(got, task.ID)
		}
		if !slices.Equal(got, test.want) {
			t.Errorf("List(%+v) = %v, want %v", test.filter, got, test.want)
		}
	}
}

func testFigures(b *bench) {
	t := b.t
	figures := func() worker.QueueFigures {
		t.Helper()
		got, err := b.Queues(t.Context(), []string{"never", "default"})
		if err != nil {
			t.Fatal(err)
		}
		if len(got) != 2 || got[0] != (worker.QueueFigures{Name: "never"}) || got[1].Name != "default" {
			t.Fatalf("figures: %+v", got)
		}
		return got[1]
	}
	if got := figures(); got != (worker.QueueFigures{Name: "default"}) {
		t.Errorf("before: %+v", got)
	}
	if got, err := b.Processes(t.Context()); err != nil || len(got) != 0 {
		t.Errorf("processes before: %v, %v", got, err)
	}
	ok := b.add(nil)
	bad := b.add(func(n *worker.NewTask) { n.Name, n.Retries = "bad", 0 })
	b.add(func(n *worker.NewTask) { n.Due = time.Now().Add(time.Hour) })
	time.Sleep(20 * time.Millisecond)
	if got := figures(); got.Pending != 2 || got.Scheduled != 1 || got.Latency < 10*time.Millisecond || got.Latency > patience {
		t.Errorf("while they wait: %+v", got)
	}
	s := b.work(b.Backend, func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		if task.Name == "bad" {
			return nil, errOops
		}
		return nil, nil
	})
	b.await(ok, worker.Completed)
	b.await(bad, worker.Dead)
	got := figures()
	if got.Pending != 0 || got.Active != 0 || got.Dead != 1 || got.Scheduled != 1 || got.Latency != 0 || got.Processed != 2 || got.Failed != 1 {
		t.Errorf("after: %+v", got)
	}
	eventually(t, func() string {
		if got, err := b.Processes(t.Context()); err != nil || len(got) != 1 || got[0].PID == 0 || got[0].ID == "" || time.Since(got[0].Started) > patience {
			return fmt.Sprintf("processes: %+v, %v", got, err)
		}
		return ""
	})
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() string {
		if got, err := b.Processes(t.Context()); err != nil || len(got) != 0 {
			return fmt.Sprintf("processes after: %+v, %v", got, err)
		}
		return ""
	})
}

func testConcurrency(b *bench) {
	t := b.t
	var mu sync.Mutex
	now, most := map[string]int{}, map[string]int{}
	handle := func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		mu.Lock()
		now[task.Queue]++
		most[task.Queue] = max(most[task.Queue], now[task.Queue])
		mu.Unlock()
		time.Sleep(20 * time.Millisecond)
		mu.Lock()
		defer mu.Unlock()
		now[task.Queue]--
		return nil, nil
	}
	var all []string
	for range 12 {
		all = append(all, b.add(nil), b.add(func(n *worker.NewTask) { n.Queue = "mail" }))
	}
	b.work(b.Backend, handle, worker.Queue{Name: "default", Concurrency: 4, Priority: 1}, worker.Queue{Name: "mail", Concurrency: 1, Priority: 5})
	for _, id := range all {
		b.await(id, worker.Completed)
	}
	mu.Lock()
	defer mu.Unlock()
	if most["mail"] != 1 || most["default"] < 2 || most["default"] > 4 {
		t.Errorf("at once there are %v", most)
	}
}

func testStopTakesNoMore(b *bench) {
	t := b.t
	s := b.work(b.Backend, nothing)
	b.await(b.add(nil), worker.Completed)
	s.Stop()
	id := b.add(nil)
	time.Sleep(time.Second)
	if got := b.get(id); got.State != worker.Pending {
		t.Errorf("after Stop a task is %s", got.State)
	}
}

func testShutdownWaits(b *bench) {
	t := b.t
	running := make(chan struct{})
	s := b.work(b.Backend, func(ctx context.Context, _ worker.Task) (json.RawMessage, error) {
		close(running)
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(500 * time.Millisecond):
			return nil, nil
		}
	})
	id := b.add(nil)
	<-running
	s.Stop()
	if err := s.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if got := b.get(id); got.State != worker.Completed {
		t.Errorf("after Shutdown the task is %s", got.State)
	}
}

func testShutdownGivesBack(b *bench) {
	t := b.t
	const n = 3
	running := make(chan struct{}, n)
	stubborn := make(chan struct{})
	defer close(stubborn)
	s := b.work(b.Backend, func(ctx context.Context, task worker.Task) (json.RawMessage, error) {
		running <- struct{}{}
		if task.Name == "stubborn" {
			<-stubborn
			return nil, nil
		}
		return untilStopped(ctx, task)
	})
	// None of them may be tried again: being given back is no try.
	once := func(n *worker.NewTask) { n.Retries = 0 }
	all := []string{b.add(once), b.add(once), b.add(func(n *worker.NewTask) { n.Name, n.Retries = "stubborn", 0 })}
	for range n {
		<-running
	}
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	s.Stop()
	if err := s.Shutdown(ctx); err != nil {
		t.Errorf("shutdown: %v", err)
	}
	for _, id := range all {
		if got := b.get(id); got.State != worker.Pending || got.Attempts != 0 {
			t.Errorf("after Shutdown: %+v", got)
		}
	}
	b.work(b.Store.Backend(), func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		if task.Attempts != 1 {
			t.Errorf("it is attempt %d, want 1", task.Attempts)
		}
		return nil, nil
	})
	for _, id := range all {
		b.await(id, worker.Completed)
	}
}

func testTwoShareTheLoad(b *bench) {
	t := b.t
	const n = 60
	var mu sync.Mutex
	seen := map[string]int{}
	counts := make([]int, 2)
	for i := range counts {
		b.work(b.Store.Backend(), func(_ context.Context, task worker.Task) (json.RawMessage, error) {
			mu.Lock()
			seen[task.ID]++
			counts[i]++
			mu.Unlock()
			time.Sleep(50 * time.Millisecond)
			return nil, nil
		})
	}
	var all []string
	for range n {
		all = append(all, b.add(nil))
	}
	for _, id := range all {
		b.await(id, worker.Completed)
	}
	mu.Lock()
	defer mu.Unlock()
	for id, times := range seen {
		if times != 1 {
			t.Errorf("the task %s is done %d times", id, times)
		}
	}
	if len(seen) != n || counts[0] == 0 || counts[1] == 0 {
		t.Errorf("%d tasks are done, %v by each", len(seen), counts)
	}
}

func testLostProcess(b *bench) {
	t := b.t
	running, wake := make(chan struct{}), make(chan struct{})
	// One that is busy with the task and says nothing any more.
	b.work(b.Store.Backend(), func(context.Context, worker.Task) (json.RawMessage, error) {
		close(running)
		<-wake
		return json.RawMessage(`"late"`), nil
	}, worker.Queue{Name: "default", Concurrency: 1, Priority: 1})
	id := b.add(func(n *worker.NewTask) { n.Retries = 0 })
	<-running
	b.work(b.Store.Backend(), func(context.Context, worker.Task) (json.RawMessage, error) { return json.RawMessage(`"second"`), nil })
	b.Expire()
	got := b.await(id, worker.Completed)
	if string(got.Result) != `"second"` {
		t.Errorf("the result is %s", got.Result)
	}
	close(wake)
	time.Sleep(200 * time.Millisecond)
	if got := b.get(id); got.State != worker.Completed || string(got.Result) != `"second"` {
		t.Errorf("after the first has ended as well: %+v", got)
	}
}
