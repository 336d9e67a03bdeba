package scheduler

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

// noon is the first occurrence of the job in these tests, which is due every
// hour.
var noon = time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)

// play decides until nothing is left to do and tells the story: what began, and
// what remained. A run that began goes on if it is to.
func play(t *testing.T, s situation, goesOn bool) string {
	t.Helper()
	var story []string
	for range 200 {
		change, due := s.decide()
		if change == nil {
			if !due.IsZero() {
				story = append(story, "wait "+due.Format("15:04:05"))
			}
			if s.job.LeftOut > 0 {
				story = append(story, fmt.Sprintf("%d left out", s.job.LeftOut))
			}
			return strings.Join(story, ", ")
		}
		s.job = change.Job
		if change.Lost != "" {
			story = append(story, "lost "+change.Lost)
			s.running = nil
		}
		if r := change.Begin; r != nil {
			story = append(story, fmt.Sprintf("%s %s", r.Kind, r.Scheduled.Format("15:04")))
			if r.Attempt > 1 {
				story = append(story, fmt.Sprintf("attempt %d", r.Attempt))
			}
			if goesOn {
				r.LeaseUntil = s.now.Add(time.Minute)
				s.running = append(s.running, *r)
			}
		}
	}
	t.Fatal("it never ends")
	return ""
}

func TestDecide(t *testing.T) {
	good := Run{ID: "r", Kind: Scheduled, Scheduled: noon.Add(-time.Hour), Attempt: 1, LeaseUntil: noon.Add(24 * time.Hour)}
	gone := good
	gone.LeaseUntil = noon
	for _, test := range []struct {
		name   string
		now    time.Duration // after noon
		policy schedule.Job
		job    Job
		run    []Run
		goesOn bool
		want   string
	}{
		{name: "not yet", now: -time.Second, want: "wait 12:00:00"},
		{name: "in time", want: "scheduled 12:00, wait 13:00:00"},
		{name: "a little late", now: grace, want: "scheduled 12:00, wait 13:00:00"},
		{name: "there is no next", job: Job{Paused: true}, want: ""},

		{name: "missed, once", now: 3*time.Hour + time.Minute, want: "scheduled 15:00, wait 16:00:00, 3 left out"},
		{name: "one missed, once", now: time.Minute, want: "scheduled 12:00, wait 13:00:00"},
		{name: "missed, skip", now: 3*time.Hour + time.Minute, policy: schedule.Job{Misfire: schedule.Drop}, want: "wait 16:00:00, 4 left out"},
		{name: "missed but the last, skip", now: 3 * time.Hour, policy: schedule.Job{Misfire: schedule.Drop}, want: "scheduled 15:00, wait 16:00:00, 3 left out"},
		{name: "missed, all", now: 2*time.Hour + time.Minute, policy: schedule.Job{Misfire: schedule.Each},
			want: "scheduled 12:00, scheduled 13:00, scheduled 14:00, wait 15:00:00"},
		{name: "missed, all, one after the other", now: 2*time.Hour + time.Minute, policy: schedule.Job{Misfire: schedule.Each}, goesOn: true,
			want: "scheduled 12:00, wait 15:00:00"},
		{name: "missed, all, even with overlap", now: 2*time.Hour + time.Minute, policy: schedule.Job{Misfire: schedule.Each, Overlap: schedule.Allow}, goesOn: true,
			want: "scheduled 12:00, wait 15:00:00"},
		{name: "missed again before all were made up for", now: 2*time.Hour + time.Minute, policy: schedule.Job{Misfire: schedule.Each},
			job:  Job{OwedFrom: noon.Add(-2 * time.Hour), OwedUntil: noon.Add(-time.Hour)},
			want: "scheduled 10:00, scheduled 11:00, scheduled 12:00, scheduled 13:00, scheduled 14:00, wait 15:00:00"},

		{name: "busy, skip", run: []Run{good}, want: "wait 13:00:00, 1 left out"},
		{name: "busy, queue", run: []Run{good}, policy: schedule.Job{Overlap: schedule.Queue}, want: "wait 13:00:00"},
		{name: "busy, many queued become one", run: []Run{good}, now: 2*time.Hour + time.Minute, policy: schedule.Job{Overlap: schedule.Queue},
			job: Job{Queued: noon.Add(-time.Hour)}, want: "wait 15:00:00, 3 left out"},
		{name: "idle again, queued", now: -time.Minute, policy: schedule.Job{Overlap: schedule.Queue, Misfire: schedule.Drop},
			job: Job{Queued: noon.Add(-time.Hour)}, want: "scheduled 11:00, wait 12:00:00"},
		{name: "busy, allow", run: []Run{good}, policy: schedule.Job{Overlap: schedule.Allow}, goesOn: true, want: "scheduled 12:00, wait 13:00:00"},

		{name: "paused", now: time.Hour, job: Job{Paused: true}, want: ""},
		{name: "paused but triggered", job: Job{Paused: true, TriggerAt: noon}, want: "triggered 12:00"},
		{name: "triggered while busy", now: -time.Second, run: []Run{good}, job: Job{TriggerAt: noon}, want: "wait 12:00:00"},
		{name: "triggered while busy, allow", now: -time.Second, run: []Run{good}, policy: schedule.Job{Overlap: schedule.Allow},
			job: Job{TriggerAt: noon.Add(-time.Second)}, want: "triggered 11:59, wait 12:00:00"},
		{name: "triggered just when it is due", job: Job{TriggerAt: noon.Add(-time.Second)}, goesOn: true,
			want: "triggered 11:59, wait 13:00:00, 1 left out"},

		{name: "lost", run: []Run{gone}, want: "lost r, scheduled 12:00, wait 13:00:00"},
		{name: "lost and repeated", run: []Run{gone}, policy: schedule.Job{RetryLost: true}, goesOn: true,
			want: "lost r, scheduled 11:00, attempt 2, wait 13:00:00, 1 left out"},
		{name: "lost too often", run: []Run{{ID: "r", Attempt: mostAttempts, LeaseUntil: noon}}, policy: schedule.Job{RetryLost: true},
			want: "lost r, scheduled 12:00, wait 13:00:00"},
		{name: "lost and paused", run: []Run{gone}, policy: schedule.Job{RetryLost: true}, job: Job{Paused: true}, want: "lost r"},

		{name: "the clock was set back", now: -5 * time.Hour, want: "wait 08:00:00"},
		{name: "the clock was set forward", now: 5*time.Hour + time.Minute, want: "scheduled 17:00, wait 18:00:00, 5 left out"},
	} {
		t.Run(test.name, func(t *testing.T) {
			d, err := define(schedule.Job{
				Name: "a", Schedule: "@every 1h", Overlap: test.policy.Overlap, Misfire: test.policy.Misfire, RetryLost: test.policy.RetryLost,
				Run: nothing,
			})
			if err != nil {
				t.Fatal(err)
			}
			test.job.Name, test.job.Next = "a", noon
			s := situation{now: noon.Add(test.now), job: test.job, running: test.run, times: d.times, policy: d.Job}
			if got := play(t, s, test.goesOn); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}

// A daily job must not run again in the hours that a clock repeats which was
// set back.
func TestClockSetBackRepeatsNothing(t *testing.T) {
	times := parse(t, "0 2 * * *", "")
	next := noon.Add(14 * time.Hour)
	s := situation{now: noon.Add(-11 * time.Hour), job: Job{Name: "a", Next: next}, times: times, policy: schedule.Job{Overlap: schedule.Skip, Misfire: schedule.Once}}
	if change, due := s.decide(); change != nil || !due.Equal(next) {
		t.Errorf("it decides on %+v, %s", change, due)
	}
}

// A clock that was years ahead for a moment, as of a machine that has just started,
// must not leave a job waiting for those years.
func TestClockThatWasFarAhead(t *testing.T) {
	for _, spec := range []string{"0 2 * * *", "0 2 1 * *", "* * * * *"} {
		times := parse(t, spec, "")
		next := times.next(noon)
		s := situation{now: noon, job: Job{Name: "a", Next: times.next(noon.AddDate(3, 0, 0))}, times: times, policy: schedule.Job{Overlap: schedule.Skip, Misfire: schedule.Once}}
		change, _ := s.decide()
		if change == nil || change.Begin != nil || !change.Job.Next.Equal(next) {
			t.Errorf("%s: it decides on %+v, want the next to be %s", spec, change, next)
			continue
		}
		s.job = change.Job
		if change, due := s.decide(); change != nil || !due.Equal(next) {
			t.Errorf("%s: then it decides on %+v, %s", spec, change, due)
		}
	}
}

func TestMissedForLongAreTheNewest(t *testing.T) {
	d, err := define(schedule.Job{Name: "a", Schedule: "* * * * *", Misfire: schedule.Each, Run: nothing})
	if err != nil {
		t.Fatal(err)
	}
	s := situation{now: noon.Add(7 * 24 * time.Hour), job: Job{Name: "a", Next: noon}, times: d.times, policy: d.Job}
	change, _ := s.decide()
	if got := count(d.times, change.Job.OwedFrom, change.Job.OwedUntil); got != mostOwed || change.Job.LeftOut != 7*24*60+1-mostOwed {
		t.Errorf("%d are made up for, %d left out", got, change.Job.LeftOut)
	}
	if !change.Job.OwedUntil.Equal(s.now) || !change.Job.Next.Equal(s.now.Add(time.Minute)) {
		t.Errorf("the last is %s, the next %s", change.Job.OwedUntil, change.Job.Next)
	}
}

func TestJitterDelaysTheStart(t *testing.T) {
	d, err := define(schedule.Job{Name: "a", Schedule: "@every 1h", Jitter: 30 * time.Minute, Misfire: schedule.Drop, Run: nothing})
	if err != nil {
		t.Fatal(err)
	}
	late := delay("a", noon, noon.Add(time.Hour), d.Jitter)
	s := situation{now: noon.Add(late - time.Millisecond), job: Job{Name: "a", Next: noon}, times: d.times, policy: d.Job}
	if change, due := s.decide(); change != nil || !due.Equal(noon.Add(late)) || late == 0 {
		t.Errorf("too early it decides on %+v, %s", change, due)
	}
	s.now = noon.Add(late)
	change, _ := s.decide()
	if change == nil || change.Begin == nil || !change.Begin.Scheduled.Equal(noon) || change.Job.LeftOut > 0 {
		t.Errorf("it decides on %+v", change)
	}
}
