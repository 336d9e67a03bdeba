package redis

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"
)

const (
	// patience is how many failures in a row blow the fuse.
	patience = 3
	// rest is how long the server is not asked then.
	rest = time.Second
)

// fuse keeps requests from waiting for a server that does not answer, each for
// itself.
type fuse struct {
	failures atomic.Int32 // in a row
	until    atomic.Int64 // when the server is asked again, in Unix nanoseconds
	last     atomic.Pointer[error]
}

// ask limits the time of one question, and spares the server questions while it
// does not answer any.
func (f *fuse) ask(ctx context.Context, timeout time.Duration, question func(context.Context) error) error {
	if err := f.check(time.Now()); err != nil {
		return err
	}
	limit, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	err := question(limit)
	if ctx.Err() == nil { // else it was the caller who gave up
		f.note(time.Now(), err)
	}
	return err
}

// check returns the last error while the fuse is blown.
func (f *fuse) check(now time.Time) error {
	if until := f.until.Load(); until == 0 || now.UnixNano() >= until {
		return nil
	}
	if last := f.last.Load(); last != nil {
		return fmt.Errorf("not asked for a second, after: %w", *last)
	}
	return nil
}

// note learns how a question went.
func (f *fuse) note(now time.Time, err error) {
	if err == nil {
		if f.failures.Load() != 0 {
			f.failures.Store(0)
			f.until.Store(0)
		}
		return
	}
	f.last.Store(&err)
	if f.failures.Add(1) >= patience {
		f.until.Store(now.Add(rest).UnixNano())
	}
}
