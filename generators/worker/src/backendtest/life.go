package backendtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

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
