package cache

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"
	"sync"
)

// flights are the computations in progress, one for each key.
type flights struct {
	mu    sync.Mutex
	byKey map[string]*flight
}

// flight is a computation, and those who wait for it.
type flight struct {
	cancel  context.CancelFunc
	waiting int // guarded by flights.mu
	done    chan struct{}

	// Set before done is closed.
	text     []byte
	err      error
	panicked *panicked
}

// panicked is what everybody panics with who waited for a function that did.
type panicked struct {
	value any
	stack []byte
}

func (p *panicked) Error() string {
	return fmt.Sprintf("%v\n\ncomputed by\n%s", p.value, p.stack)
}

// Unwrap returns the error that was panicked with, nil if it was none.
func (p *panicked) Unwrap() error {
	err, _ := p.value.(error)
	return err
}

var errExited = errors.New("cache: the goroutine ended while it computed")

// do has compute run, unless it does so already, and waits for it.
func (f *flights) do(ctx context.Context, key string, compute func(context.Context) ([]byte, error)) ([]byte, error) {
	f.mu.Lock()
	one := f.byKey[key]
	if one == nil {
		one = &flight{done: make(chan struct{})}
		var inner context.Context
		inner, one.cancel = context.WithCancel(context.WithoutCancel(ctx))
		if f.byKey == nil {
			f.byKey = map[string]*flight{}
		}
		f.byKey[key] = one
		go f.run(inner, key, one, compute)
	}
	one.waiting++
	f.mu.Unlock()

	select {
	case <-one.done:
		if one.panicked != nil {
			panic(one.panicked)
		}
		return one.text, one.err
	case <-ctx.Done():
		f.leave(key, one)
		return nil, ctx.Err()
	}
}

// leave ends the computation when nobody waits for it any more.
func (f *flights) leave(key string, one *flight) {
	f.mu.Lock()
	defer f.mu.Unlock()
	one.waiting--
	if one.waiting == 0 {
		one.cancel()
		f.remove(key, one) // whoever comes now must not share its end
	}
}

func (f *flights) run(ctx context.Context, key string, one *flight, compute func(context.Context) ([]byte, error)) {
	one.err = errExited // unless it returns
	defer func() {
		if v := recover(); v != nil {
			one.panicked = &panicked{value: v, stack: debug.Stack()}
		}
		one.cancel()
		f.mu.Lock()
		f.remove(key, one)
		f.mu.Unlock()
		close(one.done)
	}()
	one.text, one.err = compute(ctx)
}

// forget has those who come from now on compute anew.
func (f *flights) forget(key string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	delete(f.byKey, key)
}

func (f *flights) forgetAll() {
	f.mu.Lock()
	defer f.mu.Unlock()
	clear(f.byKey)
}

// remove is called with the lock held. Another flight may have taken the place.
func (f *flights) remove(key string, one *flight) {
	if f.byKey[key] == one {
		delete(f.byKey, key)
	}
}
