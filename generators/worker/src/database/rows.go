package database

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// waiting is the state in the database of tasks that are scheduled, pending, or
// retrying: which of them is a matter of time.
const waiting = "waiting"

// millis is a time as the database holds it: milliseconds since 1970, 0 for none.
type millis int64

func millisOf(t time.Time) millis {
	if t.IsZero() {
		return 0
	}
	return millis(t.UnixMilli())
}

func (m millis) time() time.Time { return time.UnixMilli(int64(m)).UTC() }

// optional returns nil for none.
func (m millis) optional() *time.Time {
	if m == 0 {
		return nil
	}
	t := m.time()
	return &t
}

// taskRow is a task.
type taskRow struct {
	bun.BaseModel `bun:"table:worker_tasks,alias:t"`

	ID          string `bun:",pk"`
	Name        string
	Queue       string
	State       string // waiting, or a worker.State
	Payload     string
	Result      string // empty is none
	Error       string
	Progress    string // JSON, empty is none
	Attempts    int
	Retries     int
	Timeout     int64 // milliseconds, as is Retention
	Retention   int64
	UniqueKey   string // empty when the task has ended
	UniqueUntil millis
	EnqueuedAt  millis
	DueAt       millis
	StartedAt   millis
	EndedAt     millis
	ExpiresAt   millis
	Owner       string // the process that works on it
	Fence       int64  // the number of its lease
	LeaseUntil  millis
	Cancel      bool // whether it has to stop
}

func rowOf(t worker.NewTask) *taskRow {
	return &taskRow{
		ID: t.ID, Name: t.Name, Queue: t.Queue, State: waiting, Payload: text(string(t.Payload)),
		Retries: t.Retries, Timeout: t.Timeout.Milliseconds(), Retention: t.Retention.Milliseconds(),
		UniqueKey: t.UniqueKey, DueAt: millisOf(t.Due),
	}
}

// text returns s as a database accepts it.
func text(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "")
}

// task returns what is known of the task at that time.
func (r *taskRow) task(now time.Time) worker.Task {
	t := worker.Task{
		ID: r.ID, Name: r.Name, Queue: r.Queue, State: worker.State(r.State), Payload: json.RawMessage(r.Payload),
		Error: r.Error, Attempts: r.Attempts, Retries: r.Retries, Timeout: time.Duration(r.Timeout) * time.Millisecond,
		Enqueued: r.EnqueuedAt.time(), Due: r.DueAt.time(), Started: r.StartedAt.optional(), Ended: r.EndedAt.optional(),
	}
	if r.State == waiting {
		switch {
		case !t.Due.After(now):
			t.State = worker.Pending
		case r.Attempts > 0:
			t.State = worker.Retrying
		default:
			t.State = worker.Scheduled
		}
	}
	if r.Result != "" {
		t.Result = json.RawMessage(r.Result)
	}
	if r.Progress != "" {
		// What cannot be read is not worth an error.
		_ = json.Unmarshal([]byte(r.Progress), &t.Progress)
	}
	return t
}

// processRow is a process that works.
type processRow struct {
	bun.BaseModel `bun:"table:worker_processes,alias:p"`

	ID        string `bun:",pk"`
	Host      string
	PID       int `bun:"pid"`
	StartedAt millis
	SeenAt    millis
	Active    int
}

// queueRow counts what a queue has done.
type queueRow struct {
	bun.BaseModel `bun:"table:worker_queues,alias:q"`

	Name      string `bun:",pk"`
	Processed int64
	Failed    int64
}
