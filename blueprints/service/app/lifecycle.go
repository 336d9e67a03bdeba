package app

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Run starts the components in order, calls onReady, runs their loops until
// ctx ends or one of them fails, and then shuts down: it reports not ready,
// drains, ends the loops, and stops the components in reverse order.
func (a *App) Run(ctx context.Context, onReady func()) error {
	started, err := a.start(ctx)
	if err != nil {
		limit, cancel := context.WithTimeout(context.WithoutCancel(ctx), a.kernel.ShutdownTimeout)
		defer cancel()
		stopped := a.stop(limit, started)
		if ctx.Err() != nil {
			return stopped // asked to end before it was ready: no failure
		}
		return errors.Join(err, stopped)
	}

	loops := a.launch(ctx)
	a.ready.Store(true)
	onReady()

	var cause error
	select {
	case <-ctx.Done():
	case cause = <-loops.failed:
	}
	return errors.Join(cause, a.shutdown(context.WithoutCancel(ctx), loops, started))
}

func (a *App) start(ctx context.Context) ([]Component, error) {
	var started []Component
	for _, c := range a.components {
		if s, ok := c.(Starter); ok {
			if err := s.Start(ctx); err != nil {
				return started, fmt.Errorf("start %s: %w", c.Name(), err)
			}
		}
		started = append(started, c)
	}
	return started, nil
}

// loops are the background loops of the application.
type loops struct {
	end    context.CancelFunc
	ended  chan struct{}
	failed chan error // takes the first failure
}

func (a *App) launch(ctx context.Context) *loops {
	ctx, end := context.WithCancel(context.WithoutCancel(ctx))
	l := &loops{end: end, ended: make(chan struct{}), failed: make(chan error, 1)}
	var wg sync.WaitGroup
	wg.Go(func() { a.Monitor.Run(ctx) })
	for _, c := range a.components {
		r, ok := c.(Runner)
		if !ok || !a.works(c) {
			continue
		}
		wg.Go(func() {
			if _, ok := c.(Specialist); ok {
				a.Monitor.Latest() // the work gives way to the first sample: nobody counts on this process before
			}
			if err := a.runLoop(ctx, r, c.Name()); err != nil && ctx.Err() == nil {
				select {
				case l.failed <- err:
				default:
				}
			}
		})
	}
	go func() {
		wg.Wait()
		close(l.ended)
	}()
	return l
}

// runLoop turns a panic into an error, so that the others stop in order.
func (a *App) runLoop(ctx context.Context, r Runner, name string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			a.Log.ErrorContext(ctx, "panic", "component", name, "panic", v, "stack", string(debug.Stack()))
			err = fmt.Errorf("run %s: panic: %v", name, v)
		}
	}()
	if err := r.Run(ctx); err != nil {
		return fmt.Errorf("run %s: %w", name, err)
	}
	return nil
}

func (a *App) shutdown(ctx context.Context, l *loops, started []Component) error {
	began := time.Now()
	close(a.draining)
	a.Log.InfoContext(ctx, "shutting down")

	ctx, cancel := context.WithTimeout(ctx, a.kernel.ShutdownTimeout)
	defer cancel()
	time.Sleep(a.notice())
	drained := a.drain(ctx)

	l.end()
	select {
	case <-l.ended:
	case <-ctx.Done():
		drained = errors.Join(drained, errors.New("a background loop did not end in time"))
	}
	err := errors.Join(drained, a.stop(ctx, started))
	a.Log.InfoContext(ctx, "stopped", "took_ms", health.Milliseconds(time.Since(began)))
	return err
}

// notice is how long the application still accepts work after it said that it
// is not ready: whoever balances the load needs that time to see it. On
// somebody's desk there is none.
func (a *App) notice() time.Duration {
	if a.Env == Production {
		return a.kernel.ShutdownTimeout / 10
	}
	return 0
}

// drain leaves a quarter of the time for stopping.
func (a *App) drain(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, a.kernel.ShutdownTimeout*3/4)
	defer cancel()
	errs := make([]error, len(a.components))
	var wg sync.WaitGroup
	for i, c := range a.components {
		if d, ok := c.(Drainer); ok && a.works(c) {
			wg.Go(func() {
				if err := d.Drain(ctx); err != nil {
					errs[i] = fmt.Errorf("drain %s: %w", c.Name(), err)
				}
			})
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

func (a *App) stop(ctx context.Context, started []Component) error {
	var errs []error
	for _, c := range slices.Backward(started) {
		if s, ok := c.(Stopper); ok {
			if err := s.Stop(ctx); err != nil {
				errs = append(errs, fmt.Errorf("stop %s: %w", c.Name(), err))
			}
		}
	}
	return errors.Join(errs...)
}
