// Package memory keeps the cache in the memory of the process. It is fast, it
// ends with the process, and no other one shares it.
package memory

import (
	"bytes"
	"container/list"
	"context"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
)

// Config is what the store reads from the environment.
type Config struct {
	MaxEntries int   `env:"CACHE_MAX_ENTRIES" envDefault:"10000" min:"16" max:"10000000" doc:"How many values are kept in memory at most"`
	MaxBytes   int64 `env:"CACHE_MAX_BYTES" envDefault:"67108864" min:"65536" max:"1099511627776" doc:"What keys and values take in memory at most, in bytes"`
}

// store forgets what was not used for the longest time when it is full.
type store struct {
	config   Config
	sessions *sessions

	mu        sync.Mutex
	byKey     map[string]*list.Element // of *item
	used      *list.List               // the last one used is in front
	bytes     int64                    // of all keys and values
	evictions int64
}

// item is an entry.
type item struct {
	key     string
	value   []byte // never changed
	expires time.Time
}

func (it *item) bytes() int64 { return int64(len(it.key) + len(it.value)) }

// New returns a store for a.
func New(a *app.App) (cache.Store, error) {
	s := &store{byKey: map[string]*list.Element{}, used: list.New(), sessions: newSessions()}
	a.Config(&s.config)
	return s, nil
}

func (s *store) Get(_ context.Context, keys ...string) ([][]byte, error) {
	now := time.Now()
	values := make([][]byte, len(keys))
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, key := range keys {
		values[i] = s.get(key, now)
	}
	return values, nil
}

func (s *store) Set(_ context.Context, key string, value []byte, ttl time.Duration) error {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.set(key, value, now.Add(ttl))
	return nil
}

func (s *store) Swap(_ context.Context, key string, old, value []byte, ttl time.Duration) error {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	there := s.get(key, now)
	if len(old) == 0 && len(there) == 0 || len(old) > 0 && bytes.HasPrefix(there, old) {
		s.set(key, value, now.Add(ttl))
	}
	return nil
}

func (s *store) Clear(context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.byKey)
	s.used.Init()
	s.bytes = 0
	return nil
}

func (s *store) Usage(context.Context) (cache.Usage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return cache.Usage{
		Entries: int64(len(s.byKey)), Limit: int64(s.config.MaxEntries),
		Bytes: s.bytes, MaxBytes: s.config.MaxBytes, Evictions: s.evictions,
	}, nil
}

func (s *store) Sessions() cache.SessionStore { return s.sessions }

// Limiter returns the limiter of the process: there is nobody to share with.
func (s *store) Limiter(limits backend.Limits) backend.Limiter { return limits.Local }

func (s *store) get(key string, now time.Time) []byte {
	element, ok := s.byKey[key]
	if !ok {
		return nil
	}
	it := kept(element)
	if !now.Before(it.expires) {
		s.remove(element)
		return nil
	}
	s.used.MoveToFront(element)
	return it.value
}

// set keeps a value, unless it is larger than all of them may be together.
func (s *store) set(key string, value []byte, expires time.Time) {
	if element, ok := s.byKey[key]; ok {
		s.remove(element)
	}
	it := &item{key: key, value: value, expires: expires}
	if it.bytes() > s.config.MaxBytes {
		s.evictions++
		return
	}
	for len(s.byKey) >= s.config.MaxEntries || s.bytes+it.bytes() > s.config.MaxBytes {
		s.remove(s.used.Back())
		s.evictions++
	}
	s.byKey[key] = s.used.PushFront(it)
	s.bytes += it.bytes()
}

func (s *store) remove(element *list.Element) {
	it := kept(element)
	s.used.Remove(element)
	delete(s.byKey, it.key)
	s.bytes -= it.bytes()
}

func kept(element *list.Element) *item {
	return element.Value.(*item) //nolint:forcetypeassert,errcheck // nothing else is put in
}
