package cache

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// ErrNotFound says that there is nothing to remember. A compute function that
// returns it, or an error that wraps it, is not asked again for a short time.
var ErrNotFound = errors.New("not found")

// notFoundTTL is how long it is remembered that there was nothing.
const notFoundTTL = 15 * time.Second

// Get returns the value that is kept under the key, or has compute make it and
// keeps that for ttl; 0 is the configured time. However many ask at once in this
// process, compute runs once. It goes on as long as anybody waits: its context
// has the values of one caller's, but not the end. If compute panics, so does
// everybody who waits for it.
//
// Invalidating one of the tags forgets the value, and so does deleting the key,
// even while compute is running. A store that fails costs no more than time:
// compute is asked instead.
//
// Values are kept as JSON. Give the key another name when the type changes, and
// start it with what it is about: "product:17".
func Get[T any](ctx context.Context, c *Component, key string, ttl time.Duration, compute func(context.Context) (T, error), tags ...string) (T, error) {
	var value T
	accept := func(text []byte) error {
		var decoded T
		err := json.Unmarshal(text, &decoded)
		value = decoded
		return err
	}
	err := c.get(ctx, key, ttl, accept, func(ctx context.Context) ([]byte, error) {
		made, err := compute(ctx)
		if err != nil {
			return nil, err
		}
		return json.Marshal(made)
	}, tags)
	return value, err
}

// Set keeps a value that is at hand.
func Set[T any](ctx context.Context, c *Component, key string, ttl time.Duration, value T, tags ...string) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("cache %q: %w", key, err)
	}
	made := entry{kind: isValue, text: text}
	if len(tags) > 0 {
		tags = sorted(tags)
		found, err := c.lookup(ctx, key, tags)
		if err != nil {
			return c.failed(ctx, "set", err)
		}
		c.complete(ctx, tags, &found)
		made.versions = found.versions
	}
	if err := c.store.Set(ctx, entryKey(key), made.encode(), c.jitter(ttl)); err != nil {
		return c.failed(ctx, "set", err)
	}
	return nil
}

// Delete forgets the values of the keys. What is being computed at the moment is
// not kept.
func (c *Component) Delete(ctx context.Context, keys ...string) error {
	for _, key := range keys {
		// Whoever computes has seen something else here and does not overwrite this.
		if err := c.store.Set(ctx, entryKey(key), entry{kind: isDeleted}.encode(), deletedTTL); err != nil {
			return c.failed(ctx, "delete", err)
		}
		c.flights.forget(key)
	}
	return nil
}

// Invalidate forgets all values that were kept with one of the tags, however
// many there are.
func (c *Component) Invalidate(ctx context.Context, tags ...string) error {
	for _, tag := range tags {
		if err := c.store.Set(ctx, tagKey(tag), newVersion(), tagTTL); err != nil {
			return c.failed(ctx, "invalidate", err)
		}
	}
	c.forgetUnderWay()
	return nil
}

// Clear forgets all values and limits. Sessions stay.
func (c *Component) Clear(ctx context.Context) error {
	c.cleared.Add(1)
	if err := c.store.Clear(ctx); err != nil {
		return c.failed(ctx, "clear", err)
	}
	c.forgetUnderWay()
	return nil
}

// forgetUnderWay has those who come from now on not wait for what others began
// to make before.
func (c *Component) forgetUnderWay() {
	c.epoch.Add(1)
	c.flights.forgetAll()
}

// get is Get for what accept decodes. What it does not accept is made anew: the
// type has changed since.
func (c *Component) get(ctx context.Context, key string, ttl time.Duration, accept func([]byte) error, compute func(context.Context) ([]byte, error), tags []string) error {
	tags = sorted(tags)
	count := c.counts.of(key)
	found, err := c.lookup(ctx, key, tags)
	switch {
	case err != nil && ctx.Err() != nil:
		return ctx.Err()
	case err != nil:
		_ = c.failed(ctx, "get", err) // counted and logged; compute does without
	case found.hit && found.entry.kind == isNotFound:
		count.hits.Add(1)
		return ErrNotFound
	case found.hit && accept(found.entry.text) == nil:
		count.hits.Add(1)
		return nil
	}
	count.misses.Add(1)
	store := err == nil
	text, err := c.flights.do(ctx, key, func(ctx context.Context) ([]byte, error) {
		if !store {
			return compute(ctx)
		}
		return c.make(ctx, key, c.ttl(ttl), tags, found, compute)
	})
	if err != nil {
		return err
	}
	// What was just made is decoded too: a value that loses a part on the way
	// shall not look whole once.
	if err := accept(text); err != nil {
		return fmt.Errorf("cache %q: %w", key, err)
	}
	return nil
}

// make computes and keeps a value in the place of what was found.
func (c *Component) make(ctx context.Context, key string, ttl time.Duration, tags []string, f found, compute func(context.Context) ([]byte, error)) ([]byte, error) {
	// Before anything is read that an invalidation may be about.
	c.complete(ctx, tags, &f)
	text, err := compute(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		c.keep(ctx, key, min(notFoundTTL, ttl), f, entry{kind: isNotFound})
	case err == nil:
		c.keep(ctx, key, ttl, f, entry{kind: isValue, text: text})
	}
	return text, err
}

// keep puts an entry in the place of what was found. If the store fails, that is
// counted: the value is there all the same.
func (c *Component) keep(ctx context.Context, key string, ttl time.Duration, f found, e entry) {
	if f.incomplete {
		return
	}
	e.versions = f.versions
	raw := e.encode()
	err := c.store.Swap(ctx, entryKey(key), f.head, raw, c.jitter(ttl))
	if err == nil && c.cleared.Load() != f.cleared {
		// Nothing was left that could tell it from what is new.
		err = c.store.Swap(ctx, entryKey(key), raw[:headSize], entry{kind: isDeleted}.encode(), deletedTTL)
	}
	if err != nil {
		_ = c.failed(ctx, "set", err)
	}
}

// failed counts and logs what the store could not do.
func (c *Component) failed(ctx context.Context, what string, err error) error {
	err = fmt.Errorf("cache: %s: %w", what, err)
	if c.counts.fail(time.Now(), err) {
		c.log.WarnContext(ctx, "the store of the cache fails", "error", err)
	}
	return err
}

func (c *Component) ttl(ttl time.Duration) time.Duration {
	if ttl <= 0 {
		return c.config.TTL
	}
	return ttl
}

// jitter takes up to a tenth off, so that what was kept at once does not expire
// at once.
func (c *Component) jitter(ttl time.Duration) time.Duration {
	ttl = c.ttl(ttl)
	return max(ttl-time.Duration(rand.Int64N(int64(ttl)/10+1)), time.Millisecond) //nolint:gosec // no secret
}
