package scheduler

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

func nothing(context.Context) error { return nil }

// provider is a component that has jobs.
type provider []schedule.Job

func (provider) Name() string { return "provider" }

func (p provider) Jobs() []schedule.Job { return p }

// shared makes a store look like one that other processes share.
type shared struct{ Store }

func (shared) Open(context.Context) error { return nil }

func (shared) Close(context.Context) error { return nil }

// instance returns the scheduler of an application with these jobs.
func instance(t *testing.T, store Store, jobs []schedule.Job, roles ...app.Role) *Component {
	t.Helper()
	var c *Component
	_, err := app.New(app.Options{Name: "test", LogTo: io.Discard, Roles: roles}, func(a *app.App) ([]app.Component, error) {
		var err error
		if c, err = New(a); err != nil {
			return nil, err
		}
		if store != nil {
			c.SetStore(store)
		}
		return []app.Component{provider(jobs), c}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	return c
}

// run runs the scheduler and returns what drains and ends it.
func run(t *testing.T, c *Component) (drain func(limit time.Duration)) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		if err := c.Run(ctx); err != nil {
			t.Error(err)
		}
	}()
	return func(limit time.Duration) {
		t.Helper()
		ctx, release := context.WithTimeout(t.Context(), limit)
		defer release()
		if err := c.Drain(ctx); err != nil {
			t.Error(err)
		}
		cancel()
		<-ended
	}
}

// history returns the runs of the job a, the oldest first, as "kind status".
func history(t *testing.T, c *Component) string {
	t.Helper()
	runs, err := c.Runs(t.Context(), "a", 1000)
	if err != nil {
		t.Fatal(err)
	}
	var words []string
	for _, r := range slices.Backward(runs) {
		words = append(words, fmt.Sprintf("%s %s", r.Kind, r.Status))
	}
	return strings.Join(words, ", ")
}

func TestReplicasBeginEachOccurrenceOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		var begun []time.Time
		jobs := []schedule.Job{{Name: "a", Schedule: "@every 1s", Run: func(context.Context) error {
			mu.Lock()
			defer mu.Unlock()
			begun = append(begun, time.Now())
			return nil
		}}}
		store := shared{NewMemory(time.Now)}
		began := time.Now()
		var drains []func(time.Duration)
		for range 3 {
			drains = append(drains, run(t, instance(t, store, jobs)))
		}
		time.Sleep(time.Minute + time.Millisecond)
		for _, drain := range drains {
			drain(10 * time.Second)
		}
		synctest.Wait()
		if len(begun) != 60 {
			t.Errorf("in a minute it began %d times", len(begun))
		}
		for i, when := range begun {
			if late := when.Sub(began) - time.Duration(i+1)*time.Second; late < 0 || late > 5*time.Millisecond {
				t.Errorf("the %d. began %s late", i+1, late)
			}
		}
	})
}

func TestOutcomes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := instance(t, nil, []schedule.Job{
			{Name: "fails", Schedule: "@every 1m", Run: func(context.Context) error { return errors.New("no luck") }},
			{Name: "late", Schedule: "@every 1m", Timeout: 5 * time.Second, Run: func(ctx context.Context) error {
				<-ctx.Done()
				return ctx.Err()
			}},
			{Name: "panics", Schedule: "@every 1m", Run: func(context.Context) error { panic("oh") }},
			{Name: "works", Schedule: "@every 1m", Run: func(context.Context) error {
				time.Sleep(1500 * time.Millisecond)
				return nil
			}},
		})
		drain := run(t, c)
		defer drain(time.Minute)
		time.Sleep(90 * time.Second)
		for job, want := range map[string]string{
			"fails": "failed no luck", "late": "timed_out it took longer than 5s: context deadline exceeded", "panics": "failed panic: oh", "works": "succeeded ",
		} {
			v, err := c.Job(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%s %s", v.LastRun.Status, v.LastRun.Error); got != want {
				t.Errorf("%s: %q, want %q", job, got, want)
			}
			if ms := v.LastRun.DurationMS; job == "works" && ms != 1500 || job == "late" && ms != 5000 {
				t.Errorf("%s took %d ms", job, ms)
			}
		}
		node := c.Check(t.Context())
		if node.Status != health.Warning || !strings.Contains(node.Message, "fails, late, panics") {
			t.Errorf("it is %s: %s", node.Status, node.Message)
		}
		if f := node.Figures[2]; f.Name != "failed in 24 h" || f.Value != 3 {
			t.Errorf("the figure is %+v", f)
		}
	})
}

func TestOverlap(t *testing.T) {
	for overlap, want := range map[schedule.Overlap]int{schedule.Skip: 3, schedule.Queue: 4, schedule.Allow: 6} {
		synctest.Test(t, func(t *testing.T) {
			var begun, going, most atomic.Int64
			c := instance(t, nil, []schedule.Job{{Name: "a", Schedule: "@every 10s", Overlap: overlap, Run: func(context.Context) error {
				begun.Add(1)
				most.Store(max(most.Load(), going.Add(1)))
				time.Sleep(15 * time.Second)
				going.Add(-1)
				return nil
			}}})
			drain := run(t, c)
			time.Sleep(65 * time.Second) // due at 10, 20, 30, 40, 50 and 60
			if int(begun.Load()) != want {
				t.Errorf("%s: %d began, want %d", overlap, begun.Load(), want)
			}
			if limit := map[bool]int64{true: 2, false: 1}[overlap == schedule.Allow]; most.Load() != limit {
				t.Errorf("%s: %d at once, want %d", overlap, most.Load(), limit)
			}
			drain(time.Minute)
		})
	}
}

func TestPauseTriggerAndResume(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var begun atomic.Int64
		jobs := []schedule.Job{{Name: "a", Schedule: "@every 1m", Misfire: schedule.Each, Run: func(context.Context) error {
			begun.Add(1)
			return nil
		}}}
		store := shared{NewMemory(time.Now)}
		c, web := instance(t, store, jobs, Role), instance(t, store, jobs, app.Web)
		drain := run(t, c)
		defer drain(time.Second)
		expect := func(what string, n int64) {
			t.Helper()
			if begun.Load() != n {
				t.Errorf("%s it has begun %d times, want %d", what, begun.Load(), n)
			}
		}
		do := func(what string, err error) {
			t.Helper()
			if err != nil {
				t.Errorf("%s: %v", what, err)
			}
		}
		do("pause", web.Pause(t.Context(), "a"))
		time.Sleep(5 * time.Minute)
		expect("paused", 0)
		do("trigger", web.Trigger(t.Context(), "a"))
		time.Sleep(poll + 10*time.Millisecond)
		expect("triggered from another process", 1)
		do("trigger", c.Trigger(t.Context(), "a"))
		time.Sleep(5 * time.Millisecond)
		expect("triggered in this process", 2)
		do("resume", web.Resume(t.Context(), "a"))
		time.Sleep(2*time.Minute + 10*time.Millisecond)
		expect("resumed", 4)
		if got := history(t, c); got != "triggered succeeded, triggered succeeded, scheduled succeeded, scheduled succeeded" {
			t.Errorf("it did %s", got)
		}
		for _, do := range []func(context.Context, string) error{c.Pause, c.Resume, c.Trigger} {
			if err := do(t.Context(), "b"); !errors.Is(err, ErrUnknown) {
				t.Errorf("with an unknown job: %v", err)
			}
		}
	})
}

// A clock that is set back a little shows an occurrence again that has begun
// already.
func TestAnOccurrenceBeginsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var back atomic.Int64
		clock := func() time.Time { return time.Now().Add(-time.Duration(back.Load())) }
		var begun atomic.Int64
		c := instance(t, NewMemory(clock), []schedule.Job{{Name: "a", Schedule: "0 * * * *", Run: func(context.Context) error {
			begun.Add(1)
			return nil
		}}})
		drain := run(t, c)
		defer drain(time.Second)
		time.Sleep(time.Hour + time.Second)
		back.Store(int64(time.Minute))
		for _, do := range []func(context.Context, string) error{c.Pause, c.Resume} {
			if err := do(t.Context(), "a"); err != nil {
				t.Fatal(err)
			}
		}
		time.Sleep(2 * time.Minute)
		if n := begun.Load(); n != 1 || history(t, c) != "scheduled succeeded" {
			t.Errorf("it has begun %d times, and did %s", n, history(t, c))
		}
		time.Sleep(time.Hour)
		if n := begun.Load(); n != 2 {
			t.Errorf("an hour later it has begun %d times, want 2", n)
		}
	})
}

func TestRescheduleSurvivesAndCodeWinsOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := shared{NewMemory(time.Now)}
		start := func(schedules ...string) *Component {
			t.Helper()
			var jobs []schedule.Job
			for i, s := range schedules {
				jobs = append(jobs, schedule.Job{Name: string(rune('a' + i)), Schedule: s, Run: nothing})
			}
			c := instance(t, store, jobs)
			if err := c.register(t.Context()); err != nil {
				t.Fatal(err)
			}
			return c
		}
		began := time.Now()
		expect := func(c *Component, job, want string, next time.Duration) {
			t.Helper()
			v, err := c.Job(t.Context(), job)
			if err != nil {
				t.Fatal(err)
			}
			if got := fmt.Sprintf("%s %s, edited %t, paused %t", v.Schedule, v.Timezone, v.Edited, v.Paused); got != want {
				t.Errorf("%s is %q, want %q", job, got, want)
			}
			if next != 0 && (v.NextRun == nil || v.NextRun.Sub(began.Truncate(time.Millisecond)) != next) {
				t.Errorf("%s is due at %v, want %s after the start", job, v.NextRun, next)
			}
		}
		c := start("@every 1h", "@every 1h", "@every 1h")
		if err := c.Reschedule(t.Context(), "b", "0 5 * * *", "Europe/Berlin"); err != nil {
			t.Fatal(err)
		}
		if err := c.Pause(t.Context(), "c"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(10 * time.Minute)

		c = start("@every 1h", "@every 1h", "@every 1h")
		expect(c, "a", "@every 1h UTC, edited false, paused false", time.Hour) // as before
		expect(c, "b", "0 5 * * * Europe/Berlin, edited true, paused false", 4*time.Hour)
		expect(c, "c", "@every 1h UTC, edited false, paused true", 0)

		c = start("@every 2h", "@every 2h", "@every 2h")
		expect(c, "a", "@every 2h UTC, edited false, paused false", 2*time.Hour+10*time.Minute) // from now
		expect(c, "b", "0 5 * * * Europe/Berlin, edited true, paused false", 4*time.Hour)
		expect(c, "c", "@every 2h UTC, edited false, paused true", 0)

		if err := c.Reschedule(t.Context(), "b", "", ""); err != nil {
			t.Fatal(err)
		}
		expect(c, "b", "@every 2h UTC, edited false, paused false", 2*time.Hour+10*time.Minute)
		if err := c.Reschedule(t.Context(), "b", "whenever", ""); !errors.Is(err, ErrSchedule) {
			t.Errorf("a wrong schedule: %v", err)
		}
	})
}

// While an application is replaced by a version with another schedule, that of the
// new one counts for all.
func TestTheLastScheduleCountsForAll(t *testing.T) {
	for _, schedules := range [][2]string{{"@every 1h", "@every 24h"}, {"0 * * * *", "30 3 20 * *"}} {
		synctest.Test(t, func(t *testing.T) {
			store := shared{NewMemory(time.Now)}
			var begun atomic.Int64
			var drains []func(time.Duration)
			for _, s := range schedules {
				c := instance(t, store, []schedule.Job{{Name: "a", Schedule: s, Run: func(context.Context) error {
					begun.Add(1)
					return nil
				}}})
				drains = append(drains, run(t, c))
				time.Sleep(time.Minute)
			}
			time.Sleep(3 * time.Hour)
			for _, drain := range drains {
				drain(time.Second)
			}
			if n := begun.Load(); n != 0 {
				t.Errorf("%s, then %s: it has begun %d times", schedules[0], schedules[1], n)
			}
		})
	}
}

func TestHistoryIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := instance(t, nil, []schedule.Job{{Name: "a", Schedule: "@every 1s", Run: nothing}})
		c.config.History = 5
		drain := run(t, c)
		time.Sleep(10 * time.Minute)
		drain(time.Second)
		if runs, err := c.Runs(t.Context(), "a", 1000); err != nil || len(runs) > 5+int(pruning/time.Second)+1 {
			t.Errorf("%d runs are remembered (%v)", len(runs), err)
		}
	})
}

func TestWrongJobs(t *testing.T) {
	c := instance(t, nil, nil)
	c.jobs, c.wrong, c.collect = nil, nil, sync.Once{}
	c.declared = []Declared{provider{
		{Name: "A", Schedule: "@every 1s", Run: nothing},
		{Name: "a", Schedule: "@every 1s", Run: nothing},
		{Name: "a", Schedule: "@every 2s", Run: nothing},
		{Name: "b", Schedule: "@every 2s"},
		{Name: "c", Schedule: "often", Run: nothing},
		{Name: "d", Schedule: "@every 2s", Run: nothing, Overlap: "maybe"},
		{Name: "e", Schedule: "@every 2s", Run: nothing, Misfire: "maybe"},
		{Name: "f", Schedule: "@every 2s", Run: nothing, Jitter: -1},
	}}
	err := c.Start(t.Context())
	if err == nil {
		t.Fatal("it starts")
	}
	for _, want := range []string{`"A": want a name`, `"a": there are two`, `"b": it does nothing`, `"c": schedule "often"`, `"maybe"`, "negative"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %s", err, want)
		}
	}
	if n := strings.Count(err.Error(), "\n") + 1; n != 7 {
		t.Errorf("there are %d mistakes in\n%v", n, err)
	}
}
