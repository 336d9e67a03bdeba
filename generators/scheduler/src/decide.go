package scheduler

import (
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

const (
	// grace is how late an occurrence may begin and still be in time.
	grace = 10 * time.Second
	// repeated is how much of the day a clock may show again that was set back
	// without a job by the clock running again. One that was further ahead was wrong.
	repeated = 24 * time.Hour
	// mostOwed is how many missed occurrences are made up for at the most: the
	// newest ones.
	mostOwed = 100
	// mostAttempts is how often a run is begun that is lost each time: it may be
	// what its process dies of.
	mostAttempts = 3
)

// LostText is the error of a run that was lost.
const LostText = "its process stopped without a word"

// situation is what there is to know to decide what happens to a job.
type situation struct {
	now     time.Time
	job     Job
	running []Run // of the job
	times   timetable
	policy  schedule.Job
}

// decide returns the next change of the job that is due, or nil and when there
// will be one: the zero time means that nothing is to be expected. It is asked
// again after each change.
func (s situation) decide() (*Change, time.Time) {
	busy := len(s.running) > 0
	if c := s.lost(); c != nil {
		return c, time.Time{}
	}
	if at := s.job.TriggerAt; !at.IsZero() && (!busy || s.policy.Overlap == schedule.Allow) {
		s.job.TriggerAt = time.Time{}
		return s.begin(Triggered, at, 1), time.Time{}
	}
	if s.job.Paused {
		return nil, time.Time{}
	}
	if s.tooFar() {
		// The clock was set back.
		s.job.Next = s.times.next(s.now)
		return s.only(), time.Time{}
	}
	if !busy {
		if c := s.waiting(); c != nil {
			return c, time.Time{}
		}
	}
	if due := s.due(s.job.Next); s.job.Next.IsZero() || s.now.Before(due) {
		return nil, due
	}
	if busy && s.policy.Overlap != schedule.Allow {
		return s.overlap(), time.Time{}
	}
	return s.fire(), time.Time{}
}

// tooFar says whether the next occurrence is none that the job would wait for by
// the clock of now.
func (s situation) tooFar() bool {
	now := s.now
	if _, ok := s.times.(interval); !ok {
		now = now.Add(repeated)
	}
	next := s.times.next(now)
	return !next.IsZero() && s.job.Next.After(next)
}

// due is when the occurrence at begins.
func (s situation) due(at time.Time) time.Time {
	if at.IsZero() || s.policy.Jitter == 0 {
		return at
	}
	return at.Add(delay(s.job.Name, at, s.times.next(at), s.policy.Jitter))
}

// lost records a run whose lease has ended, and repeats it if it should be.
func (s situation) lost() *Change {
	for _, r := range s.running {
		if r.LeaseUntil.After(s.now) {
			continue
		}
		c := s.only()
		if s.policy.RetryLost && !s.job.Paused && r.Attempt < mostAttempts {
			c = s.begin(r.Kind, r.Scheduled, r.Attempt+1)
		}
		c.Lost = r.ID
		return c
	}
	return nil
}

// waiting begins what waited for the run before to end.
func (s situation) waiting() *Change {
	switch {
	case !s.job.OwedFrom.IsZero():
		at := s.job.OwedFrom
		s.job.OwedFrom = s.times.next(at)
		if s.job.OwedFrom.IsZero() || s.job.OwedFrom.After(s.job.OwedUntil) {
			s.job.OwedFrom, s.job.OwedUntil = time.Time{}, time.Time{}
		}
		return s.begin(Scheduled, at, 1)
	case !s.job.Queued.IsZero():
		at := s.job.Queued
		s.job.Queued = time.Time{}
		return s.begin(Scheduled, at, 1)
	default:
		return nil
	}
}

// pass moves the job on to the occurrence after those that are due. It returns
// the first and the last of these, and how many they are.
func (s *situation) pass() (first, last time.Time, n int) {
	first = s.job.Next
	last = s.times.latest(first, s.now)
	if last.After(first) && s.now.Before(s.due(last)) {
		last = s.times.latest(first, last.Add(-time.Millisecond))
	}
	s.job.Next = s.times.next(last)
	return first, last, count(s.times, first, last)
}

// overlap deals with what is due while the run before goes on.
func (s situation) overlap() *Change {
	_, last, n := s.pass()
	if s.policy.Overlap == schedule.Queue {
		if s.job.Queued.IsZero() {
			n--
		}
		s.job.Queued = last
	}
	s.job.LeftOut += int64(n)
	return s.only()
}

// fire begins what is due, or what has to be made up for.
func (s situation) fire() *Change {
	first, last, n := s.pass()
	inTime := s.now.Sub(s.due(last)) <= grace
	switch {
	case n == 1 && inTime, s.policy.Misfire == schedule.Once:
		s.job.LeftOut += int64(n - 1)
		return s.begin(Scheduled, last, 1)
	case s.policy.Misfire == schedule.Each:
		if s.job.OwedFrom.IsZero() {
			s.job.OwedFrom = first
		}
		all := count(s.times, s.job.OwedFrom, last)
		s.job.OwedFrom, s.job.OwedUntil = lastOf(mostOwed, s.times, s.job.OwedFrom, last), last
		s.job.LeftOut += int64(max(0, all-mostOwed))
		return s.only()
	case inTime:
		s.job.LeftOut += int64(n - 1)
		return s.begin(Scheduled, last, 1)
	default:
		s.job.LeftOut += int64(n)
		return s.only()
	}
}

func (s situation) only() *Change { return &Change{Job: s.job} }

func (s situation) begin(kind Kind, at time.Time, attempt int) *Change {
	return &Change{Job: s.job, Begin: &Run{Job: s.job.Name, Kind: kind, Scheduled: at, Attempt: attempt}}
}
