package cache

import (
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// maxPrefixes is how many kinds of keys are counted apart.
	maxPrefixes = 64
	// otherPrefix is that of all further ones.
	otherPrefix = "(others)"
	// logInterval is the time between two lines about a store that fails.
	logInterval = 10 * time.Second
	// failureMemory is how long the cache counts as ailing after a failure.
	failureMemory = 10 * time.Second
)

// counts is what happened since the process started.
type counts struct {
	errors atomic.Int64

	mu       sync.RWMutex
	byPrefix map[string]*count

	failing  sync.Mutex // guards the rest
	last     error
	failedAt time.Time
	loggedAt time.Time
}

// count is that of the keys with one prefix.
type count struct{ hits, misses atomic.Int64 }

// of returns the count for the key: that of all which are the same up to the
// first colon.
func (c *counts) of(key string) *count {
	prefix, _, _ := strings.Cut(key, ":")
	c.mu.RLock()
	one := c.byPrefix[prefix]
	c.mu.RUnlock()
	if one != nil {
		return one
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.byPrefix == nil {
		c.byPrefix = map[string]*count{}
	}
	if len(c.byPrefix) >= maxPrefixes {
		prefix = otherPrefix
	}
	if one = c.byPrefix[prefix]; one == nil {
		one = &count{}
		c.byPrefix[prefix] = one
	}
	return one
}

// fail counts an error and says whether it is worth a line in the log.
func (c *counts) fail(now time.Time, err error) bool {
	c.errors.Add(1)
	c.failing.Lock()
	defer c.failing.Unlock()
	c.last, c.failedAt = err, now
	if now.Sub(c.loggedAt) < logInterval {
		return false
	}
	c.loggedAt = now
	return true
}

// failure returns the last error, nil if it is long ago.
func (c *counts) failure(now time.Time) error {
	c.failing.Lock()
	defer c.failing.Unlock()
	if c.last == nil || now.Sub(c.failedAt) > failureMemory {
		return nil
	}
	return c.last
}
