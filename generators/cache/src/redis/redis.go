// Package redis keeps the cache in Redis, for all processes of the application.
package redis

import (
	"context"
	"errors"
	"strconv"
	"strings"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
	"github.com/aegis-stack/aegis/generators/redis/src"
)

const (
	// timeout is how long the cache waits for the server. What takes longer than
	// that is sooner computed.
	timeout = 250 * time.Millisecond
	// sessionTimeout is that of sessions, which nothing can stand in for.
	sessionTimeout = time.Second
)

// clearBatch is how many keys are removed at a time.
const clearBatch = 500

// store keeps entries and limits in the database that may be evicted, sessions
// in the durable one.
type store struct {
	app    *app.App
	redis  *redis.Component
	client goredis.UniversalClient
	prefix string // of all keys
	fuse   fuse
	limits *limiter // nil: there are none
}

// New returns the store of a in r.
func New(a *app.App, r *redis.Component) (cache.Store, error) {
	return &store{app: a, redis: r, client: r.Cache(), prefix: a.Name + ":cache:"}, nil
}

func (s *store) Get(ctx context.Context, keys ...string) (values [][]byte, err error) {
	err = s.ask(ctx, func(ctx context.Context) error {
		if len(keys) == 1 {
			value, err := s.client.Get(ctx, s.prefix+keys[0]).Bytes()
			values = [][]byte{value}
			if errors.Is(err, goredis.Nil) {
				return nil
			}
			return err
		}
		full := make([]string, len(keys))
		for i, key := range keys {
			full[i] = s.prefix + key
		}
		found, err := s.client.MGet(ctx, full...).Result()
		values = make([][]byte, len(keys))
		for i, value := range found {
			if text, ok := value.(string); ok {
				values[i] = []byte(text)
			}
		}
		return err
	})
	return values, err
}

func (s *store) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return s.ask(ctx, func(ctx context.Context) error {
		return s.client.Set(ctx, s.prefix+key, value, ttl).Err()
	})
}

var swapScript = goredis.NewScript(`
if redis.call('GETRANGE', KEYS[1], 0, #ARGV[1] - 1) == ARGV[1] then
	redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end
return 1`)

func (s *store) Swap(ctx context.Context, key string, old, value []byte, ttl time.Duration) error {
	return s.ask(ctx, func(ctx context.Context) error {
		if len(old) == 0 {
			err := s.client.SetNX(ctx, s.prefix+key, value, ttl).Err()
			return err
		}
		return swapScript.Run(ctx, s.client, []string{s.prefix + key}, old, value, max(ttl.Milliseconds(), 1)).Err()
	})
}

// Clear removes the keys of the cache one by one: the database holds others.
func (s *store) Clear(ctx context.Context) error {
	var cursor uint64
	for {
		keys, next, err := s.client.Scan(ctx, cursor, s.prefix+"*", clearBatch).Result()
		if err != nil {
			return err
		}
		if len(keys) > 0 {
			if err := s.client.Unlink(ctx, keys...).Err(); err != nil {
				return err
			}
		}
		if cursor = next; cursor == 0 {
			return nil
		}
	}
}

// Usage counts all keys of the database, which is the cache's own, and what the
// server has evicted from any.
func (s *store) Usage(ctx context.Context) (cache.Usage, error) {
	pipe := s.client.Pipeline()
	entries, text := pipe.DBSize(ctx), pipe.Info(ctx, "stats")
	if _, err := pipe.Exec(ctx); err != nil {
		return cache.Usage{}, err
	}
	u := cache.Usage{Entries: entries.Val()}
	if _, rest, ok := strings.Cut(text.Val(), "evicted_keys:"); ok {
		count, _, _ := strings.Cut(rest, "\r")
		u.Evictions, _ = strconv.ParseInt(count, 10, 64) // 0 if the server does not say
	}
	if s.limits != nil {
		u.Fallbacks = s.limits.fallbacks.Load()
	}
	return u, nil
}

func (s *store) Sessions() cache.SessionStore {
	return &sessions{client: s.redis.Client(), prefix: s.app.Name + ":session:"}
}

// Limiter returns limits that all processes share.
func (s *store) Limiter(limits backend.Limits) backend.Limiter {
	s.limits = newLimiter(s, limits)
	return s.limits
}

// ask puts a question about entries or limits.
func (s *store) ask(ctx context.Context, question func(context.Context) error) error {
	return s.fuse.ask(ctx, timeout, question)
}
