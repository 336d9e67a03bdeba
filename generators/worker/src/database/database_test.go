package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	connection "github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/worker/src"
	"github.com/aegis-stack/aegis/generators/worker/src/backendtest"
)

// kept is a component that has the backend's tables made.
type kept struct{}

func (kept) Name() string { return "kept" }

// at returns a backend on the database at the URL, "" for a new one.
func at(tb testing.TB, url string) *Backend {
	tb.Helper()
	if url == "" {
		url = databasetest.URL(tb)
	}
	var b *Backend
	_, d := databasetest.NewApp(tb, url, func(a *app.App, d *connection.Component) (app.Component, error) {
		made, err := New(a, d)
		b, _ = made.(*Backend)
		return kept{}, err
	})
	if err := d.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = d.Stop(context.WithoutCancel(tb.Context())) })
	return b
}

// beside returns another backend on the database of b.
func beside(b *Backend) *Backend {
	return open(slog.New(slog.DiscardHandler), b.db, b.sql)
}

// expire ends all leases.
func expire(t *testing.T, b *Backend) {
	t.Helper()
	_, err := b.db.DB().NewUpdate().Model((*taskRow)(nil)).Set("lease_until = 1").Where("state = ?", worker.Active).Exec(t.Context())
	if err != nil {
		t.Fatal(err)
	}
}

func store(t *testing.T, url string) backendtest.Store {
	t.Helper()
	b := at(t, url)
	return backendtest.Store{
		Backend: func() worker.Backend { return beside(b) },
		Expire:  func() { expire(t, b) },
	}
}

func TestBackend(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backendtest.Store {
		t.Helper()
		return store(t, "")
	})
}

func TestKill(t *testing.T) {
	backendtest.Kill(t, func(t *testing.T) string {
		t.Helper()
		return databasetest.URL(t)
	}, store)
}

// task is one that may be enqueued.
func task(id string) worker.NewTask {
	return worker.NewTask{ID: id, Name: "a", Queue: "default", Payload: json.RawMessage("{}"), Timeout: time.Minute, Retention: time.Minute}
}

func TestEnqueueIsPartOfTheTransaction(t *testing.T) {
	b := at(t, "")
	oops := errors.New("oops")
	for id, want := range map[string]error{"1": nil, "2": oops} {
		err := b.db.Transaction(t.Context(), func(ctx context.Context, _ bun.Tx) error {
			return errors.Join(b.Enqueue(ctx, task(id)), want)
		})
		if !errors.Is(err, want) {
			t.Fatal(err)
		}
		_, err = b.Get(t.Context(), id)
		if exists := err == nil; exists != (want == nil) {
			t.Errorf("after %v: %v", want, err)
		}
	}
}

func TestUniqueForAWhile(t *testing.T) {
	const while = 2 * time.Second
	b := at(t, "")
	first, second := task("1"), task("2")
	first.UniqueKey, first.UniqueFor = "k", while
	second.UniqueKey, second.UniqueFor = "k", time.Hour
	began := time.Now()
	if err := b.Enqueue(t.Context(), first); err != nil {
		t.Fatal(err)
	}
	for {
		asked := time.Since(began)
		err := b.Enqueue(t.Context(), second)
		took := time.Since(began)
		switch {
		case err == nil && took < while*9/10: // the server rounds
			t.Fatalf("taken after %s", took)
		case err == nil:
			return
		case !errors.Is(err, worker.ErrDuplicate) || asked > time.Minute:
			t.Fatalf("after %s: %v", asked, err)
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func TestOldTasksAreForgotten(t *testing.T) {
	b := at(t, "")
	for _, id := range []string{"1", "2", "3"} {
		n := task(id)
		n.Retention = map[string]time.Duration{"1": time.Millisecond, "2": time.Hour, "3": time.Millisecond}[id]
		if err := b.Enqueue(t.Context(), n); err != nil {
			t.Fatal(err)
		}
		if id == "3" {
			continue // it has not ended
		}
		if err := b.Cancel(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	time.Sleep(10 * time.Millisecond)
	if err := b.sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	left, err := b.List(t.Context(), worker.Filter{})
	if err != nil || len(left) != 2 || left[0].ID != "3" || left[1].ID != "2" {
		t.Errorf("left are %v, %v", left, err)
	}
}

func TestRenewalKeepsTheLease(t *testing.T) {
	b := at(t, "")
	end := make(chan struct{})
	s, err := b.Start([]worker.Queue{{Name: "default", Concurrency: 1, Priority: 1}}, func(context.Context, worker.Task) (json.RawMessage, error) {
		<-end
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Enqueue(t.Context(), task("1")); err != nil {
		t.Fatal(err)
	}
	until := func() millis {
		var row taskRow
		err := b.db.DB().NewSelect().Model(&row).Where("id = ?", "1").Where("state = ?", worker.Active).Scan(t.Context())
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
		return row.LeaseUntil
	}
	var first millis
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		switch now := until(); {
		case first == 0:
			first = now
		case now > first:
			close(end)
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the lease is not renewed")
		}
	}
}

func TestAcceptsWhatAnEngineRefuses(t *testing.T) {
	b := at(t, "")
	s, err := b.Start([]worker.Queue{{Name: "default", Concurrency: 1, Priority: 1}}, func(context.Context, worker.Task) (json.RawMessage, error) {
		return nil, errors.New("it's \x00 \xff ?")
	})
	if err != nil {
		t.Fatal(err)
	}
	n := task("1")
	n.Payload = json.RawMessage("{\"a\": \"it's ? \xff\"}")
	if err := b.Enqueue(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		got, err := b.Get(t.Context(), "1")
		if err != nil {
			t.Fatal(err)
		}
		if got.State == worker.Dead {
			if got.Error != "it's  \uFFFD ?" || string(got.Payload) != "{\"a\": \"it's ? \uFFFD\"}" {
				t.Errorf("got %+v", got)
			}
			if err := s.Shutdown(t.Context()); err != nil {
				t.Error(err)
			}
			return
		}
	}
	t.Fatal("the task does not die")
}

// BenchmarkThroughput says how many tasks that do nothing are enqueued and done in
// a second.
func BenchmarkThroughput(b *testing.B) {
	n := 5000
	if os.Getenv("DATABASE_URL") != "" {
		n = 3000
	}
	for b.Loop() {
		b.StopTimer()
		store := at(b, "")
		ids := make(chan int, n)
		for i := range n {
			ids <- i
		}
		close(ids)
		b.StartTimer()
		began := time.Now()
		enqueue(b, store, ids)
		enqueued := time.Since(began)
		var done atomic.Int64
		all := make(chan struct{})
		s, err := store.Start([]worker.Queue{{Name: "default", Concurrency: 20, Priority: 1}}, func(context.Context, worker.Task) (json.RawMessage, error) {
			if done.Add(1) == int64(n) {
				close(all)
			}
			return nil, nil
		})
		if err != nil {
			b.Fatal(err)
		}
		began = time.Now()
		<-all
		if err := s.Shutdown(b.Context()); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(n)/enqueued.Seconds(), "enqueued/s")
		b.ReportMetric(float64(n)/time.Since(began).Seconds(), "done/s")
	}
}

// enqueue enqueues a task for each number, eight at once.
func enqueue(b *testing.B, store *Backend, numbers <-chan int) {
	b.Helper()
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for i := range numbers {
				if err := store.Enqueue(b.Context(), task(fmt.Sprintf("%08d", i))); err != nil {
					b.Error(err)
				}
			}
		})
	}
	all.Wait()
}

// What was taken, but never came to be worked on because the connection broke just
// then, must not be kept by the process as long as that works on anything else.
func TestOnlyWhatIsWorkedOnKeepsItsLease(t *testing.T) {
	b := at(t, "")
	end := make(chan struct{})
	began := make(chan struct{}, 2)
	started, err := b.Start([]worker.Queue{{Name: "default", Concurrency: 1, Priority: 1}}, func(context.Context, worker.Task) (json.RawMessage, error) {
		began <- struct{}{}
		<-end
		return nil, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		close(end)
		if err := started.Shutdown(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	}()
	if err := b.Enqueue(t.Context(), task("1")); err != nil {
		t.Fatal(err)
	}
	<-began
	if err := b.Enqueue(t.Context(), task("2")); err != nil {
		t.Fatal(err)
	}
	rows, err := started.(*server).claim(t.Context(), "default", 1)
	if err != nil || len(rows) != 1 {
		t.Fatalf("took %v, %v", rows, err)
	}
	leases := func() map[string]millis {
		var rows []taskRow
		if err := b.db.Read().NewSelect().Model(&rows).Scan(t.Context()); err != nil {
			t.Fatal(err)
		}
		until := map[string]millis{}
		for _, row := range rows {
			until[row.ID] = row.LeaseUntil
		}
		return until
	}
	before := leases()
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		now := leases()
		if now["1"] > before["2"] {
			if now["2"] != before["2"] {
				t.Error("the lease of a task is renewed that nobody works on")
			}
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("the lease is not renewed")
		}
	}
}

// dumb is a hook that makes the database not answer, as with a connection that is cut
// without a word.
type dumb struct {
	is  atomic.Bool
	end chan struct{}
}

func (d *dumb) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context {
	if d.is.Load() {
		select {
		case <-ctx.Done():
		case <-d.end:
		}
	}
	return ctx
}

func (*dumb) AfterQuery(context.Context, *bun.QueryEvent) {}

// A database that does not answer keeps neither the tasks running that others have by
// now, nor the process from stopping.
func TestADatabaseThatDoesNotAnswer(t *testing.T) {
	hook := &dumb{end: make(chan struct{})}
	defer close(hook.end)
	var b *Backend
	_, d := databasetest.NewApp(t, databasetest.URL(t), func(a *app.App, d *connection.Component) (app.Component, error) {
		d.Hook(hook)
		made, err := New(a, d)
		b, _ = made.(*Backend)
		return kept{}, err
	})
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	b.lease = 3 * time.Second
	began, told := make(chan struct{}), make(chan error, 1)
	s, err := b.Start([]worker.Queue{{Name: "default", Concurrency: 2, Priority: 1}}, func(ctx context.Context, _ worker.Task) (json.RawMessage, error) {
		close(began)
		<-ctx.Done()
		told <- context.Cause(ctx)
		return nil, ctx.Err()
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := b.Enqueue(t.Context(), task("1")); err != nil {
		t.Fatal(err)
	}
	<-began
	hook.is.Store(true)
	select {
	case err := <-told:
		if !errors.Is(err, errLost) {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(time.Minute):
		t.Error("the task goes on, although others have it by now")
	}
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		ctx, cancel := context.WithTimeout(context.WithoutCancel(t.Context()), time.Millisecond)
		defer cancel()
		_ = s.Shutdown(ctx) // which could not say that it stops
	}()
	select {
	case <-stopped:
	case <-time.After(time.Minute):
		t.Error("it does not stop")
	}
}

// A process that has lost a task has no say in it, even while another one works on
// it.
func TestLateWordsAreNotHeeded(t *testing.T) {
	b := at(t, "")
	queues := []worker.Queue{{Name: "default", Concurrency: 1, Priority: 1}}
	work := func(on *Backend, result string) (began, end chan struct{}) {
		began, end = make(chan struct{}), make(chan struct{})
		s, err := on.Start(queues, func(context.Context, worker.Task) (json.RawMessage, error) {
			close(began)
			<-end
			return json.RawMessage(result), nil
		})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if err := s.Shutdown(context.WithoutCancel(t.Context())); err != nil {
				t.Error(err)
			}
		})
		return began, end
	}
	first := beside(b)
	began, end := work(first, `"late"`)
	n := task("1")
	n.Retries = 1
	if err := b.Enqueue(t.Context(), n); err != nil {
		t.Fatal(err)
	}
	<-began
	expire(t, b)
	if err := b.reclaim(t.Context()); err != nil {
		t.Fatal(err)
	}
	began, endSecond := work(beside(b), `"second"`)
	<-began
	if err := first.Report(t.Context(), "1", worker.Progress{Percent: 9}); !errors.Is(err, worker.ErrState) {
		t.Errorf("report what was lost: %v, want ErrState", err)
	}
	close(end)
	time.Sleep(300 * time.Millisecond)
	if got, err := b.Get(t.Context(), "1"); err != nil || got.State != worker.Active || got.Progress != nil || got.Result != nil {
		t.Errorf("after the first has ended: %+v, %v", got, err)
	}
	close(endSecond)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		got, err := b.Get(t.Context(), "1")
		if err == nil && got.State == worker.Completed && string(got.Result) == `"second"` {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("after the second has ended: %+v, %v", got, err)
		}
	}
}
