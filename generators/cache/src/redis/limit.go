package redis

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/backend/src"
)

const (
	// generation is how many clients are remembered before the older half is
	// forgotten. It bounds the memory to some megabytes.
	generation = 16384
	// leaseTime is how long a process may use permits that it took in advance.
	leaseTime = time.Second
	// leaseShare is the part of the burst that a process takes in advance at most.
	leaseShare = 8
	// growth is how many times as many permits it takes if it used the last ones.
	growth = 4
)

// limiter limits what clients ask all processes together. Who asks often gets
// more than one permit at a time, so that few requests wait for the server; no
// client ever gets more of them than the limits allow. While the server does not
// answer, each process limits for itself.
type limiter struct {
	store     *store
	limits    backend.Limits
	fallbacks atomic.Int64

	mu         sync.Mutex
	young, old map[netip.Addr]*lease
}

// lease is what a process holds for a client.
type lease struct {
	mu      sync.Mutex // held while the server is asked, so that one request asks for all
	size    int        // permits taken last
	left    int        // those not used yet
	until   time.Time  // when they are lost
	blocked time.Time  // when there will be another
}

func newLimiter(s *store, limits backend.Limits) *limiter {
	return &limiter{store: s, limits: limits, young: map[netip.Addr]*lease{}}
}

func (l *limiter) Wait(ctx context.Context, client netip.Addr) time.Duration {
	own := l.lease(client)
	own.mu.Lock()
	defer own.mu.Unlock()
	now := time.Now()
	if now.Before(own.blocked) {
		return own.blocked.Sub(now)
	}
	if own.left > 0 && now.Before(own.until) {
		own.left--
		return 0
	}
	size := own.next(now, max(1, l.limits.Burst/leaseShare))
	granted, wait, err := l.take(ctx, client, size)
	switch {
	case err != nil:
		own.left = 0
		l.fallbacks.Add(1)
		return l.limits.Local.Wait(ctx, client)
	case granted == 0:
		own.left, own.blocked = 0, now.Add(wait)
		return wait
	}
	own.size, own.left, own.until = size, granted-1, now.Add(leaseTime)
	return 0
}

// next returns how many permits to take: more and more as long as they are used
// in time, and no more than were used otherwise.
func (l *lease) next(now time.Time, most int) int {
	if now.Before(l.until) {
		return min(growth*l.size, most)
	}
	return max(1, min(l.size-l.left, most))
}

// takeScript is the generic cell rate algorithm. What it keeps for a client is
// when all permits are there again, in microseconds; ARGV is the time for one,
// the burst, and how many are wanted.
var takeScript = goredis.NewScript(`
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local each, burst, want = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local full = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local free = math.floor((now + burst * each - full) / each)
if free < 1 then
	return {0, math.ceil(full - now - (burst - 1) * each)}
end
local granted = math.min(want, free)
full = full + granted * each
redis.call('SET', KEYS[1], string.format('%.0f', full), 'PX', math.ceil((full - now) / 1000))
return {granted, 0}`)

// take asks the server for permits. It returns how many there are, and if there
// are none, when there will be one.
func (l *limiter) take(ctx context.Context, client netip.Addr, want int) (granted int, wait time.Duration, err error) {
	key := l.store.app.Name + ":limit:" + client.String()
	each := float64(time.Second/time.Microsecond) / l.limits.PerSecond
	err = l.store.ask(ctx, func(ctx context.Context) error {
		answer, err := takeScript.Run(ctx, l.store.client, []string{key}, each, l.limits.Burst, want).Int64Slice()
		if err != nil {
			return err
		}
		granted, wait = int(answer[0]), time.Duration(answer[1])*time.Microsecond
		return nil
	})
	return granted, wait, err
}

func (l *limiter) lease(client netip.Addr) *lease {
	l.mu.Lock()
	defer l.mu.Unlock()
	if own, ok := l.young[client]; ok {
		return own
	}
	own, ok := l.old[client]
	if !ok {
		own = &lease{}
	}
	if len(l.young) >= generation {
		l.old, l.young = l.young, map[netip.Addr]*lease{}
	}
	l.young[client] = own
	return own
}
