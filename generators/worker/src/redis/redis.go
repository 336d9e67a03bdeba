// Package redis keeps tasks in Redis, in the structures of the library asynq, which
// has no prefix for its keys: the database is the application's own.
//
// The library hands the tasks out and keeps them. What it does not know (when a
// task was enqueued, began and ended, its progress, that it was canceled) is in a
// header before its payload, which never changes, and in a record in place of its
// result. Read Backend first, then server.process.
package redis

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"math"
	"strings"
	"sync"
	"time"

	"github.com/hibiken/asynq"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	connection "github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Backend is a worker.Backend.
type Backend struct {
	log        *slog.Logger
	connection *connection.Component
	redis      goredis.UniversalClient
	client     *asynq.Client
	inspector  *asynq.Inspector
	trust      time.Duration

	mu   sync.Mutex
	runs map[string]*run // in progress in this process, by the id of the task
}

// New returns the backend that keeps tasks where r is connected to.
func New(a *app.App, r *connection.Component) (worker.Backend, error) {
	client := r.Client()
	return &Backend{
		log:        a.Log.With("component", "worker"),
		connection: r,
		redis:      client,
		client:     asynq.NewClientFromRedisClient(client),
		inspector:  asynq.NewInspectorFromRedisClient(client),
		trust:      trusted,
		runs:       map[string]*run{},
	}, nil
}

// trusted is how long after the beginning of a try nobody else can have the task: a
// lease is for 30 seconds at least.
const trusted = 20 * time.Second

// Name is "redis".
func (b *Backend) Name() string { return "redis" }

// Open says whether the server can be reached.
func (b *Backend) Open(ctx context.Context) error { return b.redis.Ping(ctx).Err() }

// Close closes the connections.
func (b *Backend) Close(ctx context.Context) error { return b.connection.Stop(ctx) }

// forever is more than any task takes, or is tried again. The library ends a task
// whose time is over without waiting for its code, and lets one die whose process
// died in its last try; so it gets no limits to heed.
const (
	forever      = 10 * 365 * 24 * time.Hour
	foreverAgain = math.MaxInt32
)

// Enqueue adds a task. A command is sent again when its answer does not come, so
// that it may find what it has done itself.
func (b *Backend) Enqueue(ctx context.Context, t worker.NewTask) error {
	if t.UniqueKey == "" {
		return b.enqueue(ctx, t)
	}
	return b.alone(ctx, t, func() error { return b.enqueue(ctx, t) })
}

func (b *Backend) enqueue(ctx context.Context, t worker.NewTask) error {
	now := time.Now()
	h := header{Enqueued: now.UnixMilli(), Due: now.UnixMilli(), Timeout: t.Timeout.Milliseconds(), Retries: t.Retries}
	options := []asynq.Option{
		asynq.TaskID(t.ID), asynq.Queue(t.Queue), asynq.Timeout(forever), asynq.MaxRetry(foreverAgain), asynq.Retention(ceil(t.Retention)),
	}
	if t.Due.After(now) {
		h.Due = t.Due.UnixMilli()
		// The library counts in whole seconds, and would begin too early.
		due := t.Due.Truncate(time.Second)
		if due.Before(t.Due) {
			due = due.Add(time.Second)
		}
		options = append(options, asynq.ProcessAt(due))
	}
	_, err := b.client.EnqueueContext(ctx, asynq.NewTask(t.Name, h.before(t.Payload)), options...)
	if errors.Is(err, asynq.ErrTaskIDConflict) {
		return nil // no other task has this id
	}
	return err
}

// ceil rounds up to seconds.
func ceil(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

// header is what the library does not know of a task, and never changes. It is a line
// before the payload: the headers that the library has are maps, which it encodes and
// decodes at every step, at a tenth of the time that a small task takes.
//
// Times are milliseconds.
type header struct {
	Enqueued, Due, Timeout int64
	Retries                int
}

const headerMark = "worker"

func (h header) before(payload json.RawMessage) []byte {
	return append(fmt.Appendf(nil, "%s %d %d %d %d\n", headerMark, h.Enqueued, h.Due, h.Timeout, h.Retries), payload...)
}

// cutHeader returns what before was given: zeros before the payload of somebody else.
func cutHeader(text []byte) (header, json.RawMessage) {
	line, payload, _ := bytes.Cut(text, []byte("\n"))
	n := strings.Fields(string(line))
	if len(n) != 5 || n[0] != headerMark {
		return header{Retries: foreverAgain, Timeout: worker.DefaultTimeout.Milliseconds()}, text
	}
	return header{Enqueued: number(n[1]), Due: number(n[2]), Timeout: number(n[3]), Retries: int(number(n[4]))}, payload
}

// record is what becomes of a task. It stands where the library has the result.
type record struct {
	Started  int64            `json:"s,omitempty"`
	Ended    int64            `json:"e,omitempty"`
	Progress *worker.Progress `json:"p,omitempty"`
	Canceled bool             `json:"c,omitempty"`
	Error    string           `json:"x,omitempty"` // instead of the one that the library has
	Result   json.RawMessage  `json:"r,omitempty"`
}

func parseRecord(text []byte) record {
	var r record
	if len(text) > 0 && json.Unmarshal(text, &r) != nil {
		return record{}
	}
	return r
}

func (r record) encode() ([]byte, error) {
	text, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("encode the record of a task: %w", err)
	}
	return text, nil
}

// Keys of the library, all of a queue in one slot of a cluster.
func queueKey(queue, kind string) string { return "asynq:{" + queue + "}:" + kind }
func taskPrefix(queue string) string     { return queueKey(queue, "t:") }
func taskKey(queue, id string) string    { return taskPrefix(queue) + id }

const allQueues = "asynq:queues"

// Keys of our own.
const (
	cancelKey    = "worker:cancel"  // ids of tasks to be canceled, by when that was asked for
	uniquePrefix = "worker:unique:" // the id of the task that keeps others out
)

// reserveFor is how long a key is held for a task that is about to be enqueued: a
// process that dies just then locks nobody out for long.
const reserveFor = 10 * time.Second

// alone calls enqueue unless a task with the same key has not ended.
func (b *Backend) alone(ctx context.Context, t worker.NewTask, enqueue func() error) error {
	key := uniquePrefix + t.UniqueKey
	for {
		holder, err := reserve.Run(ctx, b.redis, []string{key}, t.ID, reserveFor.Milliseconds()).Text()
		if err != nil {
			return fmt.Errorf("look for the same task: %w", err)
		}
		if holder == t.ID {
			break
		}
		free, err := b.takeOver(ctx, key, holder)
		if err != nil {
			return err
		}
		if !free {
			return worker.ErrDuplicate
		}
	}
	if err := enqueue(); err != nil {
		return errors.Join(err, release.Run(context.WithoutCancel(ctx), b.redis, []string{key}, t.ID).Err())
	}
	return b.redis.Expire(ctx, key, max(t.UniqueFor, time.Second)).Err()
}

// takeOver frees the key if the task that holds it has ended.
func (b *Backend) takeOver(ctx context.Context, key, holder string) (bool, error) {
	t, err := b.Get(ctx, holder)
	switch {
	case errors.Is(err, worker.ErrNotFound):
		// It was deleted, or is about to be enqueued.
		left, err := b.redis.PTTL(ctx, key).Result()
		if err != nil || left <= reserveFor {
			return false, err
		}
	case err != nil:
		return false, err
	case t.Ended == nil:
		return false, nil
	}
	return true, release.Run(ctx, b.redis, []string{key}, holder).Err()
}
