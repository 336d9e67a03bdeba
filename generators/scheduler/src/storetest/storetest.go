// Package storetest says what is expected of every scheduler.Store. Its tests
// are those of the stores.
package storetest

import (
	"errors"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/scheduler/src"
)

// Open returns an empty store, and what sets its clock forward or back.
type Open func(t *testing.T) (store scheduler.Store, advance func(time.Duration))

// Run tests a store.
func Run(t *testing.T, open Open) {
	t.Helper()
	for name, test := range map[string]func(*fixture){
		"an empty store":                         empty,
		"a job comes back as it was written":     roundTrip,
		"what is there is not created again":     createTwice,
		"one of many changes is made":            oneChange,
		"a run has a lease":                      lease,
		"an occurrence begins once":              beginsOnce,
		"a lost run cannot be renewed or end":    lost,
		"a run whose lease is good is not lost":  notLost,
		"a lease that is given back has run out": givenBack,
		"runs, the newest first":                 runs,
		"old runs are removed":                   prune,
		"instances are seen":                     instances,
		"what happened lately":                   recent,
		"unknown runs are nobody's":              unknown,
	} {
		t.Run(name, func(t *testing.T) {
			store, advance := open(t)
			test(&fixture{T: t, store: store, advance: advance})
		})
	}
}

// fixture is the store that a test is about.
type fixture struct {
	*testing.T

	store   scheduler.Store
	advance func(time.Duration)
}

func (f *fixture) read(t *testing.T) scheduler.State {
	t.Helper()
	state, err := f.store.Read(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return state
}

// job creates a job and returns it as it is read.
func (f *fixture) job(t *testing.T, name string) scheduler.Job {
	t.Helper()
	if err := f.store.Create(t.Context(), scheduler.Job{Name: name, Schedule: "@every 1m", Timezone: "UTC", Next: f.read(t).Now.Add(time.Minute)}); err != nil {
		t.Fatal(err)
	}
	return f.find(t, name)
}

func (f *fixture) find(t *testing.T, name string) scheduler.Job {
	t.Helper()
	for _, j := range f.read(t).Jobs {
		if j.Name == name {
			return j
		}
	}
	t.Fatalf("there is no job %q", name)
	return scheduler.Job{}
}

func (f *fixture) apply(t *testing.T, change scheduler.Change) bool {
	t.Helper()
	made, _ := f.tryToBegin(t, change)
	return made
}

func (f *fixture) tryToBegin(t *testing.T, change scheduler.Change) (made, begun bool) {
	t.Helper()
	made, begun, err := f.store.Apply(t.Context(), change)
	if err != nil {
		t.Fatal(err)
	}
	return made, begun
}

// begin begins a run of the job with a lease of 10 seconds.
func (f *fixture) begin(t *testing.T, job, id string, at time.Time) {
	t.Helper()
	if !f.apply(t, scheduler.Change{Job: f.find(t, job), Begin: run(job, id, at), Lease: 10 * time.Second}) {
		t.Fatalf("the run %s did not begin", id)
	}
}

func run(job, id string, at time.Time) *scheduler.Run {
	return &scheduler.Run{ID: id, Job: job, Kind: scheduler.Scheduled, Scheduled: at, Attempt: 1, Owner: "me"}
}

func (f *fixture) runs(t *testing.T, job string, limit int) []scheduler.Run {
	t.Helper()
	runs, err := f.store.Runs(t.Context(), job, limit)
	if err != nil {
		t.Fatal(err)
	}
	return runs
}

// ids joins the ids of runs.
func ids(runs []scheduler.Run) string {
	var b strings.Builder
	for _, r := range runs {
		b.WriteString(r.ID)
	}
	return b.String()
}

func (f *fixture) finish(t *testing.T, id string, status scheduler.Status) {
	t.Helper()
	if err := f.store.Finish(t.Context(), id, "me", scheduler.End{Status: status}); err != nil {
		t.Fatal(err)
	}
}

func empty(f *fixture) {
	t := f.T
	state := f.read(t)
	if len(state.Jobs)+len(state.Running)+len(state.Instances) > 0 || state.Now.IsZero() {
		t.Errorf("it holds %+v", state)
	}
	f.advance(1500 * time.Millisecond)
	if d := f.read(t).Now.Sub(state.Now); d < 1500*time.Millisecond {
		t.Errorf("the clock moved by %s", d)
	}
	if runs := f.runs(t, "", 10); len(runs) > 0 {
		t.Errorf("it holds %v", runs)
	}
}

func roundTrip(f *fixture) {
	t := f.T
	job := f.job(t, "a")
	at := f.read(t).Now
	want := scheduler.Job{
		Name: "a", Schedule: "0 2 * * *", Timezone: "Europe/Berlin", EditedSchedule: "@every 5m", EditedTimezone: "UTC",
		Paused: true, Next: at, OwedFrom: at.Add(1), OwedUntil: at.Add(2), Queued: at.Add(3), TriggerAt: at.Add(4), LeftOut: 5,
		Fence: job.Fence,
	}
	for _, p := range []*time.Time{&want.OwedFrom, &want.OwedUntil, &want.Queued, &want.TriggerAt} {
		*p = at.Add(p.Sub(at) * 1e6) // milliseconds are kept
	}
	if !f.apply(t, scheduler.Change{Job: want}) {
		t.Fatal("nothing was changed")
	}
	want.Fence++
	if got := f.find(t, "a"); got != want {
		t.Errorf("it is\n%+v, want\n%+v", got, want)
	}
	if !f.apply(t, scheduler.Change{Job: scheduler.Job{Name: "a", Fence: want.Fence}}) {
		t.Fatal("nothing was changed")
	}
	if got := f.find(t, "a"); got != (scheduler.Job{Name: "a", Fence: want.Fence + 1}) {
		t.Errorf("without anything it is %+v", got)
	}
}

func createTwice(f *fixture) {
	t := f.T
	job := f.job(t, "a")
	if err := f.store.Create(t.Context(), scheduler.Job{Name: "a", Schedule: "other"}); err != nil {
		t.Fatal(err)
	}
	if got := f.find(t, "a"); got != job {
		t.Errorf("it is %+v, was %+v", got, job)
	}
}

func oneChange(f *fixture) {
	t := f.T
	job := f.job(t, "a")
	var wg sync.WaitGroup
	made := make([]bool, 8)
	for i := range made {
		wg.Go(func() {
			ok, _, err := f.store.Apply(t.Context(), scheduler.Change{Job: job, Begin: run("a", strconv.Itoa(i), job.Next), Lease: time.Minute})
			if err != nil {
				t.Error(err)
			}
			made[i] = ok
		})
	}
	wg.Wait()
	n := 0
	for _, ok := range made {
		if ok {
			n++
		}
	}
	if state := f.read(t); n != 1 || len(state.Running) != 1 {
		t.Errorf("%d of %d were made, %d run", n, len(made), len(state.Running))
	}
	if f.apply(t, scheduler.Change{Job: scheduler.Job{Name: "nobody"}}) {
		t.Error("a job that does not exist was changed")
	}
}

func lease(f *fixture) {
	t := f.T
	at := f.job(t, "a").Next
	f.begin(t, "a", "1", at)
	state := f.read(t)
	r := state.Running[0]
	if r.Status != scheduler.Running || !r.Scheduled.Equal(at) || r.Owner != "me" || r.Attempt != 1 || r.Kind != scheduler.Scheduled {
		t.Errorf("it is %+v", r)
	}
	if d := r.LeaseUntil.Sub(r.Started); d < 10*time.Second || d > 11*time.Second || state.Now.Before(r.Started) {
		t.Errorf("begun %s, lease %s, now %s", r.Started, r.LeaseUntil, state.Now)
	}
	f.advance(5 * time.Second)
	if err := f.store.Renew(t.Context(), "1", "me", 10*time.Second); err != nil {
		t.Fatal(err)
	}
	if longer := f.read(t).Running[0].LeaseUntil.Sub(r.LeaseUntil); longer < 5*time.Second {
		t.Errorf("the lease grew by %s", longer)
	}
	f.finish(t, "1", scheduler.Failed)
	ended := f.runs(t, "a", 1)[0]
	if ended.Status != scheduler.Failed || ended.Finished.Sub(ended.Started) < 5*time.Second || len(f.read(t).Running) > 0 {
		t.Errorf("it ended as %+v", ended)
	}
}

func beginsOnce(f *fixture) {
	t := f.T
	at := f.job(t, "a").Next
	f.begin(t, "a", "1", at)
	f.finish(t, "1", scheduler.Succeeded)
	before := f.find(t, "a").Fence
	if made, begun := f.tryToBegin(t, scheduler.Change{Job: f.find(t, "a"), Begin: run("a", "2", at), Lease: time.Second}); !made || begun {
		t.Errorf("the rest of the change was made: %t; it has begun: %t", made, begun)
	}
	if f.find(t, "a").Fence != before+1 || len(f.read(t).Running) > 0 || len(f.runs(t, "a", 9)) != 1 {
		t.Errorf("the occurrence began twice: %+v", f.runs(t, "a", 9))
	}
	again := run("a", "3", at)
	again.Attempt = 2
	_, begun := f.tryToBegin(t, scheduler.Change{Job: f.find(t, "a"), Begin: again, Lease: time.Second})
	if len(f.read(t).Running) != 1 || !begun {
		t.Error("a lost run cannot be repeated")
	}
}

func lost(f *fixture) {
	t := f.T
	f.begin(t, "a", "1", f.job(t, "a").Next)
	f.advance(11 * time.Second)
	if !f.apply(t, scheduler.Change{Job: f.find(t, "a"), Lost: "1"}) {
		t.Fatal("it was not lost")
	}
	if r := f.runs(t, "a", 1)[0]; r.Status != scheduler.Lost || r.Finished.IsZero() || r.Error == "" {
		t.Errorf("it is %+v", r)
	}
	if err := f.store.Renew(t.Context(), "1", "me", time.Second); !errors.Is(err, scheduler.ErrLost) {
		t.Errorf("renewing it: %v", err)
	}
	if err := f.store.Finish(t.Context(), "1", "me", scheduler.End{Status: scheduler.Succeeded}); !errors.Is(err, scheduler.ErrLost) {
		t.Errorf("ending it: %v", err)
	}
	if f.apply(t, scheduler.Change{Job: f.find(t, "a"), Lost: "1"}) {
		t.Error("it was lost twice")
	}
}

func notLost(f *fixture) {
	t := f.T
	f.begin(t, "a", "1", f.job(t, "a").Next)
	job := f.find(t, "a")
	again := run("a", "2", job.Next)
	again.Attempt = 2
	if f.apply(t, scheduler.Change{Job: job, Lost: "1", Begin: again, Lease: time.Second}) {
		t.Error("it was lost")
	}
	if state := f.read(t); len(state.Running) != 1 || state.Jobs[0] != job {
		t.Errorf("half of the change was made: %+v", state)
	}
}

func givenBack(f *fixture) {
	t := f.T
	f.begin(t, "a", "1", f.job(t, "a").Next)
	if err := f.store.Renew(t.Context(), "1", "me", 0); err != nil {
		t.Fatal(err)
	}
	if !f.apply(t, scheduler.Change{Job: f.find(t, "a"), Lost: "1"}) {
		t.Error("nobody can take it over")
	}
}

func runs(f *fixture) {
	t := f.T
	at := f.job(t, "a").Next
	f.job(t, "b")
	for i, job := range []string{"a", "b", "a"} {
		f.begin(t, job, strconv.Itoa(1+i), at.Add(time.Duration(i)*time.Second))
		f.advance(time.Second)
	}
	for _, test := range []struct {
		job   string
		limit int
		want  string
	}{{"", 9, "321"}, {"a", 9, "31"}, {"b", 9, "2"}, {"", 2, "32"}, {"c", 9, ""}} {
		if got := ids(f.runs(t, test.job, test.limit)); got != test.want {
			t.Errorf("the runs of %q are %q, want %q", test.job, got, test.want)
		}
	}
}

func prune(f *fixture) {
	t := f.T
	at := f.job(t, "a").Next
	f.job(t, "b")
	for i, job := range []string{"a", "b", "a", "a"} {
		id := string(rune('1' + i))
		f.begin(t, job, id, at.Add(time.Duration(i)*time.Second))
		if i > 0 { // the first goes on
			f.finish(t, id, scheduler.Succeeded)
		}
		f.advance(time.Second)
	}
	if err := f.store.Prune(t.Context(), 1); err != nil {
		t.Fatal(err)
	}
	if got := ids(f.runs(t, "", 9)); got != "421" {
		t.Errorf("left are %q", got)
	}
}

func instances(f *fixture) {
	t := f.T
	beat := func(i scheduler.Instance) {
		t.Helper()
		if err := f.store.Beat(t.Context(), i); err != nil {
			t.Fatal(err)
		}
	}
	beat(scheduler.Instance{ID: "a"})
	first := f.read(t)
	f.advance(2 * time.Second)
	beat(scheduler.Instance{ID: "a"})
	beat(scheduler.Instance{ID: "b", Stopped: true})
	list := f.read(t).Instances
	if len(list) != 2 || list[0].ID != "a" || list[0].Stopped || !list[1].Stopped {
		t.Fatalf("they are %+v", list)
	}
	if !list[0].Started.Equal(first.Instances[0].Started) || list[0].Seen.Sub(list[0].Started) < 2*time.Second {
		t.Errorf("the first is %+v", list[0])
	}
	f.advance(25 * time.Hour)
	beat(scheduler.Instance{ID: "c"})
	if list := f.read(t).Instances; len(list) != 1 || list[0].ID != "c" {
		t.Errorf("a day later they are %+v", list)
	}
}

func recent(f *fixture) {
	t := f.T
	at := f.job(t, "a").Next
	f.job(t, "b")
	for i, status := range []scheduler.Status{scheduler.Failed, scheduler.Succeeded, scheduler.TimedOut} {
		id := string(rune('1' + i))
		f.begin(t, "a", id, at.Add(time.Duration(i)*time.Second))
		f.finish(t, id, status)
		f.advance(time.Minute)
	}
	f.begin(t, "b", "4", at)
	got, err := f.store.Recent(t.Context(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	if got.Failed != 2 || len(got.Last) != 2 || got.Last[0].ID != "3" || got.Last[1].ID != "4" {
		t.Errorf("it was %+v", got)
	}
	if got, err = f.store.Recent(t.Context(), 90*time.Second); err != nil || got.Failed != 1 {
		t.Errorf("within 90s %d failed (%v)", got.Failed, err)
	}
}

func unknown(f *fixture) {
	t := f.T
	f.begin(t, "a", "1", f.job(t, "a").Next)
	for _, test := range []struct{ run, owner string }{{"2", "me"}, {"1", "you"}} {
		if err := f.store.Renew(t.Context(), test.run, test.owner, time.Second); !errors.Is(err, scheduler.ErrLost) {
			t.Errorf("renewing %v: %v", test, err)
		}
		if err := f.store.Finish(t.Context(), test.run, test.owner, scheduler.End{Status: scheduler.Failed}); !errors.Is(err, scheduler.ErrLost) {
			t.Errorf("ending %v: %v", test, err)
		}
	}
}
