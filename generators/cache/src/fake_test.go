package cache

import (
	"bytes"
	"context"
	"errors"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

var errDown = errors.New("the store is down")

// fake is a store that a test can break.
type fake struct {
	SessionStore

	down atomic.Bool
	gets atomic.Int64

	mu     sync.Mutex
	values map[string]kept
}

type kept struct {
	value []byte
	until time.Time
}

func (f *fake) locked(do func(now time.Time)) error {
	if f.down.Load() {
		return errDown
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	do(time.Now())
	return nil
}

func (f *fake) at(key string, now time.Time) []byte {
	if k, ok := f.values[key]; ok && now.Before(k.until) {
		return k.value
	}
	return nil
}

func (f *fake) Get(_ context.Context, keys ...string) ([][]byte, error) {
	f.gets.Add(1)
	values := make([][]byte, len(keys))
	err := f.locked(func(now time.Time) {
		for i, key := range keys {
			values[i] = f.at(key, now)
		}
	})
	return values, err
}

func (f *fake) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	return f.locked(func(now time.Time) { f.values[key] = kept{value, now.Add(ttl)} })
}

func (f *fake) Swap(_ context.Context, key string, old, value []byte, ttl time.Duration) error {
	return f.locked(func(now time.Time) {
		if there := f.at(key, now); bytes.HasPrefix(there, old) && (len(old) > 0 || there == nil) {
			f.values[key] = kept{value, now.Add(ttl)}
		}
	})
}

func (f *fake) Clear(context.Context) error { return f.locked(func(time.Time) { clear(f.values) }) }

func (f *fake) Usage(context.Context) (Usage, error) {
	var u Usage
	err := f.locked(func(time.Time) { u.Entries = int64(len(f.values)) })
	return u, err
}

func (f *fake) Sessions() SessionStore { return f.SessionStore }

func (f *fake) Limiter(limits backend.Limits) backend.Limiter { return limits.Local }

// newCache returns the cache of an application named shop, and its store.
func newCache(tb testing.TB, settings ...string) (*Component, *fake) {
	tb.Helper()
	_, c, f := newApp(tb, settings...)
	return c, f
}

func newApp(tb testing.TB, settings ...string) (*app.App, *Component, *fake) {
	tb.Helper()
	f := &fake{values: map[string]kept{}}
	var c *Component
	a, err := app.New(app.Options{Name: "shop", Environ: settings, LogTo: io.Discard}, func(a *app.App) ([]app.Component, error) {
		b, err := backend.New(a)
		if err != nil {
			return nil, err
		}
		c, err = New(a, b, f)
		return []app.Component{b, c}, err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a, c, f
}
