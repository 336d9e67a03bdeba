package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"
)

// Backend keeps the tasks and hands them out: at least once each, to one of all
// processes that work. A try whose process dies counts as one that failed, so that
// a task which takes its process along is dead after its last try like any other.
// A Backend is safe for concurrent use, and usable from the constructor on for
// everything that needs no more than its store. Times are those of the store's
// clock.
type Backend interface {
	// Name is what people know it by: "redis".
	Name() string
	// Open connects to the store where the application is not started: in a
	// command. Close ends that.
	Open(ctx context.Context) error
	Close(ctx context.Context) error
	// Enqueue adds a task. It fails with ErrDuplicate if another one has the
	// same UniqueKey.
	Enqueue(ctx context.Context, t NewTask) error
	// Start begins to work on queues: it calls handle for each due task, never
	// for more of a queue at once than that allows.
	Start(queues []Queue, handle Handle) (Server, error)

	// Get returns a task, or ErrNotFound.
	Get(ctx context.Context, id string) (Task, error)
	// List returns the tasks that the filter lets through, the newest first.
	List(ctx context.Context, f Filter) ([]Task, error)
	// Retry makes a task due now that waits for its time, for its next try, or
	// is dead. It fails with ErrNotFound, or ErrState in any other state.
	Retry(ctx context.Context, id string) error
	// Cancel ends a task: at once if it waits, or soon if it runs, anywhere. It
	// fails with ErrNotFound, or ErrState if it has ended.
	Cancel(ctx context.Context, id string) error
	// Delete forgets a task that does not run. It fails with ErrNotFound, or
	// ErrState if it runs.
	Delete(ctx context.Context, id string) error
	// Report notes how far a running task is.
	Report(ctx context.Context, id string, p Progress) error

	// Queues returns the figures of the queues named, in their order. A queue that
	// was never used has zeros.
	Queues(ctx context.Context, names []string) ([]QueueFigures, error)
	// Processes returns those that work at the moment.
	Processes(ctx context.Context) ([]Process, error)
}

// Server is work in progress.
type Server interface {
	// Stop takes no more tasks.
	Stop()
	// Shutdown waits until the tasks in progress have ended. Those that have not
	// when ctx ends are canceled and given back to their queue, where that try
	// does not count.
	Shutdown(ctx context.Context) error
}

// Handle does the work of a task and returns its result, which may be nil. An
// error means another try after Backoff, or death if there are none left or it is
// ErrDead. ctx ends when the task is canceled, and when the process has to stop.
// The timeout of the task is heeded by Handle itself: it begins when it is its
// queue's turn in the process.
type Handle func(ctx context.Context, t Task) (result json.RawMessage, err error)

// What the methods of Backend and Component fail with.
var (
	ErrNotFound  = errors.New("there is no such task")
	ErrDuplicate = errors.New("the same task waits already")
	ErrState     = errors.New("the state of the task does not allow that")
	// ErrDead is what a handler's error wraps when trying again is of no use.
	ErrDead = errors.New("not to be tried again")
)

// ProcessDied is the error of a task that is dead because the process died that
// worked on its last try.
const ProcessDied = "its process died"

// NewTask is a task to be enqueued.
type NewTask struct {
	ID      string // unique; one that was made later is greater
	Name    string
	Queue   string
	Payload json.RawMessage
	// Retries is how often it is tried again after a failure.
	Retries int
	// Timeout is how long a try may take.
	Timeout time.Duration
	// Due is when it may begin; zero is now.
	Due time.Time
	// UniqueKey keeps others with the same key out while the task has not ended,
	// for UniqueFor at most; "" is no key.
	UniqueKey string
	UniqueFor time.Duration
	// Retention is how long the task and its result are kept when it is completed
	// or canceled. Dead tasks are kept for DeadRetention.
	Retention time.Duration
}

// task returns what is known of a task that was enqueued at that time.
func (n NewTask) task(now time.Time) Task {
	t := Task{
		ID: n.ID, Name: n.Name, Queue: n.Queue, State: Pending, Payload: n.Payload,
		Retries: n.Retries, Timeout: n.Timeout, Enqueued: now.UTC(), Due: now.UTC(),
	}
	if n.Due.After(now) {
		t.State, t.Due = Scheduled, n.Due
	}
	return t
}

// DeadRetention is how long dead tasks are kept.
const DeadRetention = 30 * 24 * time.Hour

// State says where a task is in its life.
type State string

// The states of tasks.
const (
	Scheduled State = "scheduled" // not yet due
	Pending   State = "pending"   // due
	Active    State = "active"    // somebody works on it
	Retrying  State = "retrying"  // failed, and waits for its next try
	Completed State = "completed"
	Dead      State = "dead"     // failed for good
	Canceled  State = "canceled" // by somebody, before it had ended
)

// Task is what is known of a task.
type Task struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Queue    string          `json:"queue"`
	State    State           `json:"state" enum:"scheduled,pending,active,retrying,completed,dead,canceled"`
	Payload  json.RawMessage `json:"payload"`
	Result   json.RawMessage `json:"result,omitempty"`
	Error    string          `json:"error,omitempty" doc:"What the last failed try ended with"`
	Attempts int             `json:"attempts" doc:"How often it has begun"`
	Retries  int             `json:"retries" doc:"How often it is tried again after a failure"`
	Timeout  time.Duration   `json:"-"`
	Progress *Progress       `json:"progress,omitempty"`

	Enqueued time.Time  `json:"enqueued"`
	Due      time.Time  `json:"due"`
	Started  *time.Time `json:"started,omitempty" doc:"When the last try began"`
	Ended    *time.Time `json:"ended,omitempty" doc:"When it was completed, died or was canceled"`
}

// Progress is how far a task is.
type Progress struct {
	Percent float64 `json:"percent" minimum:"0" maximum:"100"`
	Message string  `json:"message,omitempty"`
}

// Filter chooses tasks; what is empty lets all through.
type Filter struct {
	Queue string
	State State
	Name  string
	// Limit is how many are returned at most, after Offset ones are left out.
	Limit, Offset int
}

// Queue is where tasks wait for each other.
type Queue struct {
	Name        string `json:"name"`
	Concurrency int    `json:"concurrency" doc:"How many of its tasks a process works on at once"`
	Priority    int    `json:"priority" doc:"Its share of the process, compared with other queues"`
}

// QueueFigures counts the tasks of a queue.
type QueueFigures struct {
	Name      string        `json:"name"`
	Scheduled int           `json:"scheduled"`
	Pending   int           `json:"pending"`
	Active    int           `json:"active"`
	Retrying  int           `json:"retrying"`
	Dead      int           `json:"dead"`
	Latency   time.Duration `json:"-"` // how long the oldest due task has waited
	// Processed and Failed count tries for good: they only grow, as long as the
	// store keeps them.
	Processed int64 `json:"processed"`
	Failed    int64 `json:"failed"`
}

// Process is one that works.
type Process struct {
	ID      string    `json:"id"`
	Host    string    `json:"host"`
	PID     int       `json:"pid"`
	Started time.Time `json:"started"`
	Active  int       `json:"active" doc:"Tasks that it works on"`
}
