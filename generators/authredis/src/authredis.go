// Package authredis counts attempts to sign in, and what else auth limits, in
// Redis, for all processes together.
package authredis

import (
	"context"
	"log/slog"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/redis/src"
)

// Component gives auth its limiter.
type Component struct{}

// New has what people try at a counted in r.
func New(a *app.App, u *auth.Component, r *redis.Component) (*Component, error) {
	client := r.Client()
	u.SetLimiter(func(database auth.Limiter) auth.Limiter {
		return &limiter{client: client, prefix: a.Name + ":auth:", database: database, log: a.Log.With("component", "authredis")}
	})
	return &Component{}, nil
}

// Name is "authredis".
func (*Component) Name() string { return "authredis" }

// limiter is an auth.Limiter. While Redis does not answer, the one of the database
// counts: whoever could get rid of Redis must not get rid of the limits.
type limiter struct {
	client   goredis.UniversalClient
	prefix   string // of all keys
	database auth.Limiter
	log      *slog.Logger
}

// takeScript is the generic cell rate algorithm. What it keeps for a key is when
// all attempts are there again, in microseconds; ARGV is the time for one, and
// how many there are at once. It returns how long to wait, 0 for not at all.
var takeScript = goredis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, burst = tonumber(ARGV[1]), tonumber(ARGV[2])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
if full - now > (burst - 1) * each then
	return math.ceil(full - now - (burst - 1) * each)
end
full = full + each
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return 0`)

func (l *limiter) Take(ctx context.Context, key string, limit auth.Limit) (time.Duration, error) {
	wait, err := takeScript.Run(ctx, l.client, []string{l.prefix + key}, limit.Every.Microseconds(), limit.Burst).Int64()
	if err != nil {
		l.log.WarnContext(ctx, "redis does not count attempts, so the database does", "error", err)
		return l.database.Take(ctx, key, limit)
	}
	return time.Duration(wait) * time.Microsecond, nil
}

func (l *limiter) Forget(ctx context.Context, key string) error {
	if err := l.client.Del(ctx, l.prefix+key).Err(); err != nil {
		l.log.WarnContext(ctx, "redis does not forget attempts", "error", err)
	}
	// What was counted there while Redis did not answer.
	return l.database.Forget(ctx, key)
}
