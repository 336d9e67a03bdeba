package worker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"runtime/debug"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// handle is one try of a task.
func (c *Component) handle(ctx context.Context, t Task) (json.RawMessage, error) {
	leave, err := c.gate.enter(ctx, t.Queue)
	if err != nil {
		return nil, err
	}
	defer leave()
	began := time.Now()
	result, err := c.try(ctx, t)
	took := time.Since(began)
	c.stats.ended(took)
	log := c.log.With("task", t.Name, "id", t.ID, "attempt", t.Attempts, "took_ms", health.Milliseconds(took))
	switch {
	case err == nil:
		log.DebugContext(ctx, "task completed")
	case ctx.Err() != nil:
		log.InfoContext(ctx, "task interrupted", "error", context.Cause(ctx))
	default:
		log.WarnContext(ctx, "task failed", "error", err)
	}
	return result, err
}

// try runs the code of the task for as long as its timeout allows.
func (c *Component) try(ctx context.Context, t Task) (json.RawMessage, error) {
	if t.Name == loadTestTask {
		return nil, nil
	}
	d := c.definition(t.Name)
	if d == nil {
		// It may come from a newer version of the application, which is still there.
		return nil, fmt.Errorf("%w: %q", ErrUnknownTask, t.Name)
	}
	limit, cancel := context.WithTimeoutCause(ctx, t.Timeout, fmt.Errorf("the timeout of %s is over", t.Timeout))
	defer cancel()
	result, err := c.run(context.WithValue(limit, trying{}, attempt{task: t, backend: c.backend}), d, t.Payload)
	if err != nil && limit.Err() != nil && errors.Is(err, limit.Err()) {
		return nil, context.Cause(limit) // says more
	}
	return result, err
}

// encodeResult returns a result as it is kept.
func encodeResult(result any) (json.RawMessage, error) {
	if result == nil {
		return nil, nil
	}
	text, err := json.Marshal(result)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: encode the result: %w", ErrDead, err)
	case len(text) > MaxSize:
		return nil, fmt.Errorf("%w: the result has %d bytes, and %d are allowed", ErrDead, len(text), MaxSize)
	}
	return text, nil
}

// run turns a panic into an error, also one of a result that is encoded.
func (c *Component) run(ctx context.Context, d *Definition, payload json.RawMessage) (text json.RawMessage, err error) {
	defer func() {
		if v := recover(); v != nil {
			c.log.ErrorContext(ctx, "panic", "task", d.Name, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	result, err := d.Run(ctx, payload)
	if err != nil {
		return nil, err
	}
	return encodeResult(result)
}

// trying is the key of the attempt in the context of a handler.
type trying struct{}

type attempt struct {
	task    Task
	backend Backend
}

// Current returns the task that the context of its handler belongs to, and false
// for any other context.
func Current(ctx context.Context) (Task, bool) {
	a, ok := ctx.Value(trying{}).(attempt)
	return a.task, ok
}

// Report says how far the task is whose handler calls it. Each call is a write to
// the store, so leave out what nobody could see.
func Report(ctx context.Context, percent float64, message string) error {
	a, ok := ctx.Value(trying{}).(attempt)
	if !ok {
		return errors.New("report progress: the context is not that of a task")
	}
	p := Progress{Percent: min(max(percent, 0), 100), Message: message}
	if err := a.backend.Report(ctx, a.task.ID, p); err != nil {
		return fmt.Errorf("report progress: %w", err)
	}
	return nil
}
