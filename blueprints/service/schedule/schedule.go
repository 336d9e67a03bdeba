// Package schedule is how components say that they have work to be done at certain
// times, without knowing who does it: the scheduler asks every Provider.
package schedule

import (
	"context"
	"time"
)

// Provider is a component that has jobs.
type Provider interface {
	// Jobs returns them, the same each time. It is asked once, before the start.
	Jobs() []Job
}

// Job is work that is done again and again.
type Job struct {
	// Name is unique in the application: lower case, "backup".
	Name string
	// Doc says in one line what it does.
	Doc string
	// Schedule is a cron expression of five fields, or "@every 1h30m".
	Schedule string
	// Timezone of the cron expression, an IANA name; empty is UTC.
	Timezone string
	// Timeout ends a run; 0 is DefaultTimeout.
	Timeout time.Duration
	// Overlap and Misfire are for the occurrences that cannot begin in time;
	// empty is Skip and Once.
	Overlap Overlap
	Misfire Misfire
	// Jitter is the most by which a run begins later than scheduled, at random.
	Jitter time.Duration
	// RetryLost repeats a run whose process died, or was stopped before the run
	// had ended. Without it each occurrence begins at most once.
	RetryLost bool
	// Run does the work. ctx ends with the timeout, and when the process has to
	// stop or lost the job to another one.
	Run func(ctx context.Context) error
}

// DefaultTimeout ends runs of jobs that set none.
const DefaultTimeout = 10 * time.Minute

// Overlap says what happens to an occurrence while the run before goes on.
type Overlap string

// The ways to deal with an overlap.
const (
	Skip  Overlap = "skip"  // it is left out
	Queue Overlap = "queue" // it begins after the run, however many came together as one
	Allow Overlap = "allow" // both run
)

// Misfire says what happens to occurrences that nobody was there to begin.
type Misfire string

// The ways to deal with misfires.
const (
	Drop Misfire = "skip" // they are left out
	Once Misfire = "once" // they come together as one
	Each Misfire = "all"  // each is made up for, in order
)
