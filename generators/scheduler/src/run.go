package scheduler

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Why the context of a run ends.
var (
	errStopping = errors.New("the process stops")
	errTimedOut = errors.New("it took too long")
)

// finishTimeout is how long it is tried to record the end of a run.
const finishTimeout = 30 * time.Second

// execution is a run that goes on in this process.
type execution struct {
	c      *Component
	job    *definition
	run    Run
	log    *slog.Logger
	cancel context.CancelCauseFunc
	// renewed is a moment at which the lease was certainly whole, by the clock
	// of this process.
	renewed time.Time
}

// execute begins a run in the background. asked is when its lease was asked
// for.
func (c *Component) execute(ctx context.Context, d *definition, run Run, asked time.Time) {
	// The run outlives the turn of the loop, and what ends it has a reason.
	ctx, cancel := context.WithCancelCause(context.WithoutCancel(ctx))
	e := &execution{
		c: c, job: d, run: run, cancel: cancel, renewed: asked,
		log: c.log.With("job", d.Name, "run", run.ID),
	}
	c.mu.Lock()
	c.going[run.ID] = e
	if c.empty == nil {
		c.empty = make(chan struct{})
	}
	c.mu.Unlock()
	go e.carryOut(ctx)
}

func (e *execution) carryOut(ctx context.Context) {
	defer e.c.forget(e.run.ID)
	defer e.cancel(nil)
	ended := make(chan struct{})
	renewing := make(chan struct{})
	go func() {
		defer close(renewing)
		e.keepLease(ctx, ended)
	}()

	began := time.Now()
	e.log.InfoContext(ctx, "job begins", "kind", e.run.Kind, "scheduled", e.run.Scheduled)
	limited, release := context.WithTimeoutCause(ctx, e.job.Timeout, errTimedOut)
	err := e.protected(limited)
	end := outcome(limited, err, e.job.Timeout)
	release()
	close(ended)
	<-renewing

	took := time.Since(began)
	switch {
	case errors.Is(context.Cause(ctx), ErrLost):
		e.log.WarnContext(ctx, "job lost its lease", "took_ms", health.Milliseconds(took), "error", err)
		return
	case end.Status == Succeeded:
		e.log.InfoContext(ctx, "job succeeded", "took_ms", health.Milliseconds(took))
	default:
		e.log.ErrorContext(ctx, "job failed", "status", end.Status, "took_ms", health.Milliseconds(took), "error", end.Error)
	}
	e.record(ctx, end)
}

// protected turns a panic into an error.
func (e *execution) protected(ctx context.Context) (err error) {
	defer func() {
		if v := recover(); v != nil {
			e.log.ErrorContext(ctx, "panic", "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("panic: %v", v)
		}
	}()
	return e.job.Run(ctx)
}

// outcome says how a run ended that returned err. What the job got done is done,
// even if nobody wanted it any more.
func outcome(ctx context.Context, err error, timeout time.Duration) End {
	cause := context.Cause(ctx)
	switch {
	case err == nil:
		return End{Status: Succeeded}
	case errors.Is(cause, errTimedOut):
		return End{Status: TimedOut, Error: fmt.Sprintf("it took longer than %s: %v", timeout, err)}
	case errors.Is(cause, errStopping):
		return End{Status: Cancelled, Error: fmt.Sprintf("%v: %v", errStopping, err)}
	default:
		return End{Status: Failed, Error: err.Error()}
	}
}

// keepLease renews the lease until the run has ended. It cancels the run as
// soon as the lease may have run out.
func (e *execution) keepLease(ctx context.Context, ended <-chan struct{}) {
	lease := e.c.config.Lease
	tick := time.NewTicker(lease / 3)
	defer tick.Stop()
	expiry := time.NewTimer(lease - time.Since(e.renewed))
	defer expiry.Stop()
	for {
		select {
		case <-ended:
			return
		case <-expiry.C:
			e.cancel(ErrLost)
			return
		case <-tick.C:
		}
		asked := time.Now()
		err := e.renew(ctx, lease)
		switch {
		case err == nil:
			e.renewed = asked
			expiry.Reset(lease - time.Since(asked))
		case errors.Is(err, ErrLost):
			e.cancel(ErrLost)
			return
		default:
			e.log.WarnContext(ctx, "could not renew the lease", "error", err)
		}
	}
}

func (e *execution) renew(ctx context.Context, lease time.Duration) error {
	// A run that was cancelled goes on until it listens. An answer that comes
	// after the lease is of no use.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), max(time.Millisecond, lease-time.Since(e.renewed)))
	defer cancel()
	return e.c.store.Renew(ctx, e.run.ID, e.c.id, lease)
}

// record tells the store how the run ended. It tries as long as the run may
// still be ours.
func (e *execution) record(ctx context.Context, end End) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTimeout)
	defer cancel()
	for {
		err := e.write(ctx, end)
		switch {
		case err == nil:
			return
		case errors.Is(err, ErrLost):
			e.log.WarnContext(ctx, "job ended after its lease")
			return
		}
		select {
		case <-ctx.Done():
			e.log.ErrorContext(ctx, "could not record the end of the job", "error", err)
			return
		case <-time.After(time.Second):
		}
	}
}

// write records the end. A run that is to be repeated is left to whoever takes
// it over, with a lease that has run out.
func (e *execution) write(ctx context.Context, end End) error {
	if end.Status == Cancelled && e.job.RetryLost {
		return e.c.store.Renew(ctx, e.run.ID, e.c.id, 0)
	}
	return e.c.store.Finish(ctx, e.run.ID, e.c.id, end)
}

func (c *Component) forget(run string) {
	c.mu.Lock()
	delete(c.going, run)
	if len(c.going) == 0 && c.empty != nil {
		close(c.empty)
		c.empty = nil
	}
	c.mu.Unlock()
	c.look() // something may have waited for its end
}

// nothingGoes is closed when no run goes on in this process any more.
func (c *Component) nothingGoes() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.empty != nil {
		return c.empty
	}
	done := make(chan struct{})
	close(done)
	return done
}

func (c *Component) cancelAll(cause error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, e := range c.going {
		e.cancel(cause)
	}
}

// giveUpAll records the end of runs that do not listen.
func (c *Component) giveUpAll(ctx context.Context) {
	c.mu.Lock()
	var left []*execution
	for _, e := range c.going {
		left = append(left, e)
	}
	c.mu.Unlock()
	for _, e := range left {
		e.log.ErrorContext(ctx, "job does not end, it is given up")
		if err := e.write(ctx, End{Status: Cancelled, Error: errStopping.Error() + ", and the job did not listen"}); err != nil {
			e.log.ErrorContext(ctx, "could not give up the job", "error", err)
		}
	}
}
