package cache

import (
	"context"
	"time"

	"github.com/aegis-stack/aegis/generators/backend/src"
)

// Store is where everything is kept: the memory of the process, or a server
// that all processes share.
type Store interface {
	// Get returns what is kept under the keys, nil where there is nothing.
	Get(ctx context.Context, keys ...string) ([][]byte, error)
	// Set keeps the value for that long.
	Set(ctx context.Context, key string, value []byte, ttl time.Duration) error
	// Swap keeps the value for that long if what is there begins with old, or if
	// there is nothing and old is empty. Otherwise it does nothing.
	Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) error
	// Clear forgets everything but sessions.
	Clear(ctx context.Context) error
	// Usage says how full the store is.
	Usage(ctx context.Context) (Usage, error)

	// Sessions returns where sessions are kept.
	Sessions() SessionStore
	// Limiter returns the limiter that backend.Component.SetLimiter asks for.
	Limiter(backend.Limits) backend.Limiter
}

// Usage says how full a store is.
type Usage struct {
	Entries   int64 `json:"entries" doc:"What is kept now"`
	Limit     int64 `json:"limit,omitempty" doc:"How many entries there may be, if that is limited"`
	Bytes     int64 `json:"bytes,omitempty" doc:"What keys and values take, in bytes, if that is limited"`
	MaxBytes  int64 `json:"max_bytes,omitempty" doc:"What they may take, in bytes, if that is limited"`
	Evictions int64 `json:"evictions" doc:"What was forgotten to make room"`
	Fallbacks int64 `json:"fallbacks,omitempty" doc:"Requests that were limited by this process alone, because the store failed"`
}
