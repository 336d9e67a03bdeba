package backendtest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

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

// A try that fails before it is told to stop is the last one all the same.
func testCancelFailing(b *bench) {
	t := b.t
	running, end := make(chan struct{}, 2), make(chan struct{})
	var tries atomic.Int64
	b.work(b.Store.Backend(), func(context.Context, worker.Task) (json.RawMessage, error) {
		tries.Add(1)
		running <- struct{}{}
		<-end
		return nil, errOops
	})
	id := b.add(nil)
	<-running
	if err := b.Cancel(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	close(end)
	if got := b.await(id, worker.Canceled); got.Attempts != 1 || got.Ended == nil || tries.Load() != 1 {
		t.Errorf("after: %+v, tried %d times", got, tries.Load())
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
