package scheduler

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

// cut is a store that a process is cut off from.
type cut struct {
	Store

	off atomic.Bool
}

var errCut = errors.New("cut off")

func (s *cut) Read(ctx context.Context) (State, error) {
	if s.off.Load() {
		return State{}, errCut
	}
	return s.Store.Read(ctx)
}

func (s *cut) Renew(ctx context.Context, run, owner string, lease time.Duration) error {
	if s.off.Load() {
		return errCut
	}
	return s.Store.Renew(ctx, run, owner, lease)
}

func (s *cut) Beat(ctx context.Context, i Instance) error {
	if s.off.Load() {
		return errCut
	}
	return s.Store.Beat(ctx, i)
}

func TestLostRun(t *testing.T) {
	for _, test := range []struct {
		retry bool
		want  string
	}{
		{false, "scheduled lost, scheduled succeeded"},
		{true, "scheduled lost, scheduled succeeded, scheduled succeeded"},
	} {
		synctest.Test(t, func(t *testing.T) {
			var causes []error
			var ended time.Duration
			began := time.Now()
			jobs := func(do func(context.Context) error) []schedule.Job {
				return []schedule.Job{{Name: "a", Schedule: "@every 1m", Timeout: time.Hour, RetryLost: test.retry, Run: do}}
			}
			memory := NewMemory(time.Now)
			line := &cut{Store: memory}
			first := instance(t, line, jobs(func(ctx context.Context) error {
				<-ctx.Done()
				causes, ended = append(causes, context.Cause(ctx)), time.Since(began)
				return ctx.Err()
			}))
			drainFirst := run(t, first)
			time.Sleep(time.Minute + time.Second)
			second := instance(t, memory, jobs(nothing))
			drainSecond := run(t, second)
			line.off.Store(true)
			time.Sleep(30 * time.Second)
			synctest.Wait()
			if len(causes) != 1 || !errors.Is(causes[0], ErrLost) {
				t.Errorf("the run that was cut off ended for %v", causes)
			}
			if ended > time.Minute+11*time.Second {
				t.Errorf("it went on until %s, when another may have begun", ended)
			}
			time.Sleep(30 * time.Second)
			if got := history(t, second); got != test.want {
				t.Errorf("with retry %t it did %s, want %s", test.retry, got, test.want)
			}
			line.off.Store(false)
			drainFirst(time.Second)
			drainSecond(time.Second)
		})
	}
}

func TestLongRunKeepsItsLease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := NewMemory(time.Now)
		jobs := []schedule.Job{{Name: "a", Schedule: "@every 1h", Timeout: time.Hour, Run: func(context.Context) error {
			time.Sleep(10 * time.Minute)
			return nil
		}}}
		c := instance(t, store, jobs)
		drains := []func(time.Duration){run(t, c), run(t, instance(t, store, jobs))}
		time.Sleep(80 * time.Minute)
		if got := history(t, c); got != "scheduled succeeded" {
			t.Errorf("it did %s", got)
		}
		for _, drain := range drains {
			drain(time.Second)
		}
	})
}

func TestDrainBeforeItBegins(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		c := instance(t, nil, []schedule.Job{{Name: "a", Schedule: "@every 1h", Run: func(context.Context) error {
			begun.Add(1)
			return nil
		}}})
		if err := c.register(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := c.Trigger(t.Context(), "a"); err != nil {
			t.Fatal(err)
		}
		var drained sync.WaitGroup
		drained.Go(func() {
			if err := c.Drain(t.Context()); err != nil {
				t.Error(err)
			}
		})
		synctest.Wait() // it waits for the loop
		ctx, cancel := context.WithCancel(t.Context())
		drained.Go(func() { _ = c.Run(ctx) })
		synctest.Wait()
		cancel()
		drained.Wait()
		if begun.Load() != 0 {
			t.Error("a job began while the process stopped")
		}
	})
}

func TestDrain(t *testing.T) {
	patient := func(d time.Duration) func(context.Context) error {
		return func(ctx context.Context) error {
			select {
			case <-time.After(d):
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		}
	}
	deaf := func(context.Context) error {
		time.Sleep(time.Hour)
		return nil
	}
	for _, test := range []struct {
		name  string
		do    func(context.Context) error
		retry bool
		took  time.Duration
		want  string
	}{
		{"ends by itself", patient(20 * time.Second), false, 19 * time.Second, "scheduled succeeded"},
		{"is cancelled", patient(time.Hour), false, 20 * time.Second, "scheduled cancelled"},
		{"is repeated by another", patient(time.Hour), true, 20 * time.Second, "scheduled lost, scheduled running"},
		{"does not listen", deaf, false, 26666 * time.Millisecond, "scheduled cancelled"},
		{"does not listen, and is repeated", deaf, true, 26666 * time.Millisecond, "scheduled lost, scheduled running"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := NewMemory(time.Now)
				jobs := []schedule.Job{{Name: "a", Schedule: "@every 1m", Timeout: 2 * time.Hour, RetryLost: test.retry, Run: test.do}}
				c := instance(t, store, jobs)
				drain := run(t, c)
				time.Sleep(time.Minute + time.Second)
				began := time.Now()
				drain(30 * time.Second)
				if took := time.Since(began).Truncate(time.Millisecond); took != test.took {
					t.Errorf("it took %s, want %s", took, test.took)
				}
				other := instance(t, store, jobs)
				drainOther := run(t, other)
				time.Sleep(time.Second)
				if got := history(t, other); got != test.want {
					t.Errorf("it did %s, want %s", got, test.want)
				}
				drainOther(time.Second)
				time.Sleep(2 * time.Hour) // for the deaf ones
			})
		})
	}
}

func TestStoreThatFailsComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		line := &cut{Store: NewMemory(time.Now)}
		line.off.Store(true)
		c := instance(t, line, []schedule.Job{{Name: "a", Schedule: "@every 1m", Run: nothing}})
		drain := run(t, c)
		time.Sleep(10 * time.Second)
		if node := c.Check(t.Context()); node.Status != health.Unhealthy {
			t.Errorf("it is %s", node.Status)
		}
		line.off.Store(false)
		time.Sleep(90 * time.Second)
		if got := history(t, c); got != "scheduled succeeded" {
			t.Errorf("it did %s", got)
		}
		if node := c.Check(t.Context()); node.Status != health.Healthy {
			t.Errorf("it is %s: %s", node.Status, node.Message)
		}
		drain(time.Second)
	})
}

func TestHealthOfEveryProcess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := shared{NewMemory(time.Now)}
		jobs := []schedule.Job{{Name: "a", Schedule: "@every 1h", Run: nothing}}
		web := instance(t, store, jobs, app.Web)
		expect := func(what string, want health.Status) {
			t.Helper()
			if node := web.Check(t.Context()); node.Status != want {
				t.Errorf("%s it is %s: %s, want %s", what, node.Status, node.Message, want)
			}
		}
		expect("at first", health.Warning)
		time.Sleep(silence)
		expect("without a scheduler", health.Unhealthy)
		drain := run(t, instance(t, store, jobs, Role))
		time.Sleep(time.Second)
		expect("with one", health.Healthy)
		time.Sleep(10 * time.Minute)
		expect("after a while", health.Healthy)
		drain(time.Second)
		expect("when it stopped", health.Warning)
		time.Sleep(silence)
		expect("when it stays away", health.Unhealthy)

		line := &cut{Store: store}
		dies := run(t, instance(t, line, jobs, Role))
		time.Sleep(time.Second)
		expect("with another one", health.Healthy)
		line.off.Store(true)
		time.Sleep(silence + time.Second)
		expect("when that dies without a word", health.Unhealthy)
		line.off.Store(false)
		dies(time.Second)
		time.Sleep(silence)

		alone := instance(t, nil, jobs, app.Web)
		if node := alone.Check(t.Context()); node.Status != health.Info {
			t.Errorf("without a store that is shared it is %s", node.Status)
		}
		if err := alone.Trigger(t.Context(), "a"); !errors.Is(err, ErrElsewhere) {
			t.Errorf("triggering there: %v", err)
		}
		own := instance(t, store, jobs, Role) // its loop does not run
		if node := own.Check(t.Context()); node.Status != health.Healthy {
			t.Errorf("a process that begins its work is %s: %s", node.Status, node.Message)
		}
		other := run(t, instance(t, store, jobs, Role))
		time.Sleep(silence)
		if node := own.Check(t.Context()); node.Status != health.Unhealthy {
			t.Errorf("a process that does not do its work is %s", node.Status)
		}
		other(time.Second)
	})
}
