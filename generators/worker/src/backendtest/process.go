package backendtest

import (
	"context"
	"encoding/json"
	"errors"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// untilStopped returns once its context ends.
func untilStopped(ctx context.Context, _ worker.Task) (json.RawMessage, error) {
	<-ctx.Done()
	return nil, context.Cause(ctx)
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
	lost, first := b.Store.Backend(), make(chan struct{})
	wake := make(chan struct{})
	// One that is busy with the task and says nothing any more.
	b.work(lost, func(context.Context, worker.Task) (json.RawMessage, error) {
		close(first)
		<-wake
		return json.RawMessage(`"late"`), nil
	}, worker.Queue{Name: "default", Concurrency: 1, Priority: 1})
	id := b.add(func(n *worker.NewTask) { n.Retries = 1 })
	<-first
	next := b.Store.Backend()
	second, end := make(chan struct{}), make(chan struct{})
	b.work(next, func(context.Context, worker.Task) (json.RawMessage, error) {
		close(second)
		<-end
		return json.RawMessage(`"second"`), nil
	})
	b.Expire()
	<-second
	if err := next.Report(t.Context(), id, worker.Progress{Percent: 20}); err != nil {
		t.Errorf("report: %v", err)
	}
	if err := lost.Report(t.Context(), id, worker.Progress{Percent: 90}); !errors.Is(err, worker.ErrState) {
		t.Errorf("the one that lost the task reports, and is told %v", err)
	}
	if got := b.get(id); got.State != worker.Active || got.Progress == nil || got.Progress.Percent != 20 {
		t.Errorf("while the second is at it: %+v", got)
	}
	close(end)
	if got := b.await(id, worker.Completed); string(got.Result) != `"second"` {
		t.Errorf("the result is %s", got.Result)
	}
	close(wake)
	time.Sleep(200 * time.Millisecond)
	if got := b.get(id); got.State != worker.Completed || string(got.Result) != `"second"` {
		t.Errorf("after the first has ended as well: %+v", got)
	}
}

// A task that takes its process along each time is dead after its last try.
func testDeadWithItsProcess(b *bench) {
	const tries = 2
	id := b.add(func(n *worker.NewTask) { n.Retries = tries - 1 })
	begun := make(chan struct{})
	var lost []worker.Server
	for range tries {
		lost = append(lost, b.work(b.Store.Backend(), func(ctx context.Context, task worker.Task) (json.RawMessage, error) {
			begun <- struct{}{}
			return untilStopped(ctx, task)
		}, worker.Queue{Name: "default", Concurrency: 1, Priority: 1}))
		<-begun
		b.Expire()
	}
	got := b.await(id, worker.Dead)
	if got.Attempts != tries || got.Error != worker.ProcessDied || got.Ended == nil {
		b.t.Errorf("after: %+v", got)
	}
	// They were only thought dead, and do not give back what is no longer theirs.
	for _, s := range lost {
		b.shutdown(s)
	}
	if got := b.get(id); got.State != worker.Dead || got.Attempts != tries {
		b.t.Errorf("after those that it was lost by have stopped: %+v", got)
	}
	// Whoever wants it tried again may have that.
	b.work(b.Store.Backend(), func(context.Context, worker.Task) (json.RawMessage, error) { return nil, nil })
	if err := b.Retry(b.t.Context(), id); err != nil {
		b.t.Error(err)
	}
	if got := b.await(id, worker.Completed); got.Attempts != tries+1 {
		b.t.Errorf("after another try: %+v", got)
	}
}
