package worker

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"time"
)

// Definition is a kind of task: what it is called, how it is tried, and the
// code behind it.
type Definition struct {
	Name  string // lower case with underscores: "send_email"
	Doc   string // one line
	Queue string // empty is "default"
	// Retries is how often it is tried again after a failure.
	Retries int
	// Timeout is how long a try may take; 0 is DefaultTimeout.
	Timeout time.Duration
	// Retention is how long results are kept; 0 is DefaultRetention.
	Retention time.Duration
	// Unique keeps a second task with the same payload out while the first has
	// not ended, for so long at most; 0 does not.
	Unique time.Duration
	// Check returns what is wrong with a payload, nil if it can be worked on.
	Check func(payload json.RawMessage) error
	// Run does the work. Its result is kept as JSON; nil is none.
	Run func(ctx context.Context, payload json.RawMessage) (result any, err error)
}

// What definitions have that say nothing else.
const (
	DefaultTimeout   = time.Minute
	DefaultRetention = 24 * time.Hour
)

// Payload is what a typed task is given.
type Payload interface {
	// Validate returns what is wrong with the values.
	Validate() error
}

// Typed sets what d does with payloads of the type P.
func Typed[P any, PP interface {
	*P
	Payload
}](d Definition, run func(ctx context.Context, payload P) (result any, err error)) Definition {
	decode := func(text json.RawMessage) (P, error) {
		var p P
		if err := json.Unmarshal(text, PP(&p)); err != nil {
			return p, fmt.Errorf("the payload of %s: %w", d.Name, err)
		}
		if err := PP(&p).Validate(); err != nil {
			return p, fmt.Errorf("the payload of %s: %w", d.Name, err)
		}
		return p, nil
	}
	d.Check = func(text json.RawMessage) error {
		if _, err := decode(text); err != nil {
			return err
		}
		if err := checkFields(text, reflect.TypeFor[P](), ""); err != nil {
			return fmt.Errorf("the payload of %s: %w", d.Name, err)
		}
		return nil
	}
	d.Run = func(ctx context.Context, text json.RawMessage) (any, error) {
		p, err := decode(text)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDead, err)
		}
		return run(ctx, p)
	}
	return d
}

// Declared are the tasks that the application declares and the queues that they
// wait in, for New.
type Declared interface {
	Tasks() []Definition
	Queues() []Queue
}
