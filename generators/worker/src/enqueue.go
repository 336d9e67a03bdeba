package worker

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
)

// DefaultQueue is where tasks wait that name no queue.
const DefaultQueue = "default"

// MaxSize is how many bytes the JSON of a payload or a result has at most: what is
// larger belongs elsewhere, and the task is told where.
const MaxSize = 256 << 10

// What Enqueue fails with, beside ErrDuplicate.
var (
	ErrUnknownTask  = errors.New("there is no such kind of task")
	ErrUnknownQueue = errors.New("there is no such queue")
	ErrPayload      = errors.New("the payload does not fit the task")
)

// Option says how a task is enqueued.
type Option func(*enqueuing)

type enqueuing struct {
	task NewTask
	key  string // for the UniqueKey
}

// At lets the task begin no earlier than t.
func At(t time.Time) Option { return func(e *enqueuing) { e.task.Due = t } }

// In lets the task begin no earlier than after d.
func In(d time.Duration) Option { return func(e *enqueuing) { e.task.Due = time.Now().Add(d) } }

// To puts the task into another queue than its own.
func To(queue string) Option { return func(e *enqueuing) { e.task.Queue = queue } }

// Retries sets how often the task is tried again after a failure.
func Retries(n int) Option { return func(e *enqueuing) { e.task.Retries = n } }

// Timeout sets how long a try may take.
func Timeout(d time.Duration) Option { return func(e *enqueuing) { e.task.Timeout = d } }

// Retention sets how long the result is kept.
func Retention(d time.Duration) Option { return func(e *enqueuing) { e.task.Retention = d } }

// Unique refuses the task with ErrDuplicate while another one of its kind has not
// ended that has the same key, or the same payload if key is empty; for d at most.
func Unique(key string, d time.Duration) Option {
	return func(e *enqueuing) { e.key, e.task.UniqueFor = key, d }
}

// Enqueue adds a task of a declared kind and returns its id. payload is whatever
// encodes to the JSON that the task accepts. It fails with ErrUnknownTask,
// ErrUnknownQueue, ErrPayload or ErrDuplicate.
func (c *Component) Enqueue(ctx context.Context, task string, payload any, opts ...Option) (id string, err error) {
	t, err := c.enqueue(ctx, task, payload, opts...)
	return t.ID, err
}

func (c *Component) enqueue(ctx context.Context, task string, payload any, opts ...Option) (NewTask, error) {
	d := c.definition(task)
	if d == nil {
		return NewTask{}, fmt.Errorf("%w: %q%s", ErrUnknownTask, task, c.knownTasks())
	}
	text, err := encodePayload(d, payload)
	if err != nil {
		return NewTask{}, err
	}
	e := enqueuing{task: NewTask{
		ID: newID(time.Now()), Name: d.Name, Queue: d.Queue, Payload: text,
		Retries: d.Retries, Timeout: d.Timeout, Retention: d.Retention, UniqueFor: d.Unique,
	}}
	for _, opt := range opts {
		opt(&e)
	}
	if err := c.settle(&e); err != nil {
		return NewTask{}, err
	}
	if err := c.backend.Enqueue(ctx, e.task); err != nil {
		return NewTask{}, fmt.Errorf("enqueue %s: %w", task, err)
	}
	return e.task, nil
}

// settle checks what the options made of the task.
func (c *Component) settle(e *enqueuing) error {
	switch {
	case !c.hasQueue(e.task.Queue):
		return fmt.Errorf("%w: %q; there are %s", ErrUnknownQueue, e.task.Queue, strings.Join(c.queueNames(), ", "))
	case e.task.Retries < 0 || e.task.Timeout <= 0 || e.task.Retention <= 0 || e.task.UniqueFor < 0:
		return fmt.Errorf("enqueue %s: retries, timeout and retention cannot be negative, nor the latter zero", e.task.Name)
	}
	if e.task.UniqueFor > 0 {
		e.task.UniqueKey = uniqueKey(e.task.Name, e.key, e.task.Payload)
	}
	return nil
}

func (c *Component) knownTasks() string {
	if len(c.definitions) == 0 {
		return "; none is declared"
	}
	names := make([]string, len(c.definitions))
	for i := range c.definitions {
		names[i] = c.definitions[i].Name
	}
	return "; there are " + strings.Join(names, ", ")
}

func encodePayload(d *Definition, payload any) (json.RawMessage, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrPayload, err)
	}
	if len(text) > MaxSize {
		return nil, fmt.Errorf("%w: it has %d bytes, and %d are allowed", ErrPayload, len(text), MaxSize)
	}
	if d.Check != nil {
		if err := d.Check(text); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrPayload, err)
		}
	}
	return text, nil
}

// uniqueKey returns a text of a fixed length for what must not be there twice.
func uniqueKey(task, key string, payload json.RawMessage) string {
	if key == "" {
		key = string(payload)
	}
	sum := sha256.Sum256([]byte(task + "\x00" + key))
	return hex.EncodeToString(sum[:16])
}

// newID returns the id of a task: its time, so that ids sort as they were made,
// and enough random bits that nobody guesses it.
func newID(now time.Time) string {
	var random [10]byte
	_, _ = rand.Read(random[:]) // never fails
	return fmt.Sprintf("%012x%x", now.UnixMilli(), random)
}
