package scheduler

import (
	"context"
	"errors"
	"time"
)

// Store keeps the jobs, their runs, and who runs them. All processes that share
// a store agree on the time, which is the store's own. Times have milliseconds.
//
// Whoever changes a job has read it before: a change is made only if nobody
// else was faster. That makes each occurrence begin at most once.
type Store interface {
	// Read returns all that a scheduler has to know to go on.
	Read(ctx context.Context) (State, error)
	// Recent returns what is worth knowing of the past.
	Recent(ctx context.Context, window time.Duration) (Recent, error)
	// Create adds a job, unless there is one of that name.
	Create(ctx context.Context, job Job) error
	// Apply makes a change as a whole, and says whether it was made: it does
	// nothing if the job or a lost run is not any more as it was read. An
	// occurrence that has begun before does not begin again, and begun is false;
	// the rest of the change is made.
	Apply(ctx context.Context, change Change) (made, begun bool, err error)
	// Renew extends the lease of a run that goes on; none gives it back. The
	// error is ErrLost if the run was taken for lost.
	Renew(ctx context.Context, run, owner string, lease time.Duration) error
	// Finish records the end of a run. The error is ErrLost as above.
	Finish(ctx context.Context, run, owner string, end End) error
	// Runs returns the newest runs of a job, of all jobs if the name is empty.
	Runs(ctx context.Context, job string, limit int) ([]Run, error)
	// Prune removes all but the newest runs of each job.
	Prune(ctx context.Context, keep int) error
	// Beat says that an instance is there, or that it stops. Those that were not
	// seen for a day are forgotten.
	Beat(ctx context.Context, instance Instance) error
}

// Sharer is a Store that all processes of the application share. A process in
// which nothing was started opens it first, and closes it afterwards.
type Sharer interface {
	Open(ctx context.Context) error
	Close(ctx context.Context) error
}

// ErrLost means that a run does not belong to its owner any more.
var ErrLost = errors.New("the lease was lost")

// State is what a store holds at one moment.
type State struct {
	Now       time.Time
	Jobs      []Job // sorted by name
	Running   []Run // in the order in which they began
	Instances []Instance
}

// Recent is what happened lately.
type Recent struct {
	Last   []Run // the newest run of each job that had one, sorted by job
	Failed int   // runs that did not succeed within the window
}

// Job is what a store knows of a job.
type Job struct {
	Name string
	// Schedule and Timezone are those of the code.
	Schedule, Timezone string
	// EditedSchedule and EditedTimezone are those that an operator set instead;
	// no schedule means that nobody did.
	EditedSchedule, EditedTimezone string

	Paused bool
	// Next is the next occurrence.
	Next time.Time
	// OwedFrom and OwedUntil are the first and the last of missed occurrences
	// that are to be made up for. Queued is an occurrence that waits for the run
	// before to end. Zero means that there is none.
	OwedFrom, OwedUntil, Queued time.Time
	// TriggerAt is when somebody asked for a run that has not begun.
	TriggerAt time.Time
	// LeftOut counts the occurrences for which there was no run.
	LeftOut int64

	// Fence counts the changes.
	Fence int64
}

// effective returns the schedule that counts.
func (j Job) effective() (schedule, timezone string) {
	if j.EditedSchedule != "" {
		return j.EditedSchedule, j.EditedTimezone
	}
	return j.Schedule, j.Timezone
}

// Change is what happens to a job at one moment.
type Change struct {
	// Job is the job as it should become, with the Fence that it was read with.
	Job Job
	// Lost is a run whose lease has ended, to be recorded as lost.
	Lost string
	// Begin is a run that begins; its start and lease are those of the store's
	// clock.
	Begin *Run
	// Lease is how long the lease of Begin is.
	Lease time.Duration
}

// Kind says why a run began.
type Kind string

// The kinds of runs.
const (
	Scheduled Kind = "scheduled"
	Triggered Kind = "triggered" // somebody asked for it
)

// Status says how a run is doing, or did.
type Status string

// The statuses of runs.
const (
	Running   Status = "running"
	Succeeded Status = "succeeded"
	Failed    Status = "failed"
	TimedOut  Status = "timed_out"
	Cancelled Status = "cancelled" // its process stopped before it had ended
	Lost      Status = "lost"      // its process was gone, or cut off
)

// Run is one run of a job.
type Run struct {
	ID  string
	Job string
	// Kind, Scheduled and Attempt tell the runs of a job apart.
	Kind      Kind
	Scheduled time.Time // the occurrence, or when somebody asked
	Attempt   int       // 1 unless it repeats a lost run

	Owner      string // the instance that runs it
	Status     Status
	Started    time.Time
	Finished   time.Time // zero while it goes on
	LeaseUntil time.Time
	Error      string
}

// End is how a run ended.
type End struct {
	Status Status
	Error  string
}

// Instance is a process that runs jobs.
type Instance struct {
	ID      string
	Started time.Time
	Seen    time.Time
	Stopped bool
}
