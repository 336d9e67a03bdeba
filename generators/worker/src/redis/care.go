package redis

import (
	"context"
	"fmt"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

const (
	careInterval   = 250 * time.Millisecond
	reapInterval   = time.Second
	forgetInterval = time.Minute
	// skew is how much the clocks of two processes may differ. The library has each
	// of them write when its leases end.
	skew = 5 * time.Second
	// tooOften is how many processes may die with a task.
	tooOften = 10
	// askedFor is how long it is remembered that a task is to be canceled: longer
	// than any try takes.
	askedFor = 48 * time.Hour
)

// takeCare does what must be done beside the work, until ctx ends.
func (s *server) takeCare(ctx context.Context) {
	tick := time.NewTicker(careInterval)
	defer tick.Stop()
	var reaped, forgotten time.Time
	for {
		now := time.Now()
		s.cancelAsked(ctx)
		if now.Sub(reaped) >= reapInterval {
			reaped = now
			s.warn(ctx, s.reap(ctx, now))
		}
		if now.Sub(forgotten) >= forgetInterval {
			forgotten = now
			s.warn(ctx, s.forget(ctx, now))
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *server) warn(ctx context.Context, err error) {
	if err != nil && ctx.Err() == nil {
		s.backend.log.WarnContext(ctx, "could not look after the queues", "error", err)
	}
}

// cancelAsked cancels the tasks of this process that somebody wants canceled.
// What could not be read is read the next time.
func (s *server) cancelAsked(ctx context.Context) {
	s.mu.Lock()
	idle := len(s.runs) == 0
	s.mu.Unlock()
	if idle {
		return
	}
	ids, err := s.backend.redis.ZRange(ctx, cancelKey, 0, -1).Result()
	if err != nil {
		return
	}
	for _, id := range ids {
		if r := s.backend.running(id); r != nil {
			r.cancel(errCanceled)
		}
	}
}

func (b *Backend) running(id string) *run {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.runs[id]
}

func (s *server) reap(ctx context.Context, now time.Time) error {
	text, err := record{Ended: now.UnixMilli(), Error: "its process died, again and again"}.encode()
	if err != nil {
		return err
	}
	return s.eachQueue(ctx, "give back the tasks of dead processes", reap, []string{"lease", "active", "pending", "archived"}, func(queue string) []any {
		return []any{now.Add(-skew).Unix(), taskPrefix(queue), now.UnixNano(), now.Unix(), tooOften, string(text)}
	})
}

func (s *server) forget(ctx context.Context, now time.Time) error {
	return s.eachQueue(ctx, "forget the dead tasks", forget, []string{"archived"}, func(queue string) []any {
		return []any{strconv.FormatInt(now.Add(-worker.DeadRetention).Unix(), 10), taskPrefix(queue)}
	})
}

// eachQueue runs a script for each queue, which does what.
func (s *server) eachQueue(ctx context.Context, what string, script *goredis.Script, kinds []string, arguments func(queue string) []any) error {
	for _, q := range s.queues {
		keys := make([]string, len(kinds))
		for i, kind := range kinds {
			keys[i] = queueKey(q.Name, kind)
		}
		if err := script.Run(ctx, s.backend.redis, keys, arguments(q.Name)...).Err(); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	return nil
}
