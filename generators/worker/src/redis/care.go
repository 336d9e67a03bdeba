package redis

import (
	"context"
	"errors"
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

// reap decides about the tasks whose processes have died.
func (s *server) reap(ctx context.Context, now time.Time) error {
	until := now.Add(-skew).Unix()
	for _, q := range s.queues {
		ids, err := s.backend.redis.ZRangeByScore(ctx, queueKey(q.Name, "lease"), &goredis.ZRangeBy{
			Min: "-inf", Max: strconv.FormatInt(until, 10),
		}).Result()
		for _, id := range ids {
			err = errors.Join(err, s.backend.reap(ctx, q.Name, id, until, now))
		}
		if err != nil {
			return fmt.Errorf("give back the tasks of dead processes: %w", err)
		}
	}
	return nil
}

// reap gives back a task whose lease was over at that time, or lets it be dead.
func (b *Backend) reap(ctx context.Context, queue, id string, until int64, now time.Time) error {
	info, err := b.inspector.GetTaskInfo(queue, id)
	if err = b.state(ctx, err); errors.Is(err, worker.ErrNotFound) {
		return b.redis.ZRem(ctx, queueKey(queue, "lease"), id).Err()
	}
	if err != nil {
		return err
	}
	text, err := record{Ended: now.UnixMilli(), Error: worker.ProcessDied}.encode()
	if err != nil {
		return err
	}
	h, _ := cutHeader(info.Payload)
	b.log.WarnContext(ctx, "task lost by its process", "task", info.Type, "id", id)
	return reap.Run(ctx, b.redis, keysOf(queue, id, "lease", "active", "pending", "archived"),
		id, until, now.UnixNano(), now.Unix(), h.Retries-info.Retried, string(text)).Err()
}

func (s *server) forget(ctx context.Context, now time.Time) error {
	until := strconv.FormatInt(now.Add(-worker.DeadRetention).Unix(), 10)
	for _, q := range s.queues {
		if err := forget.Run(ctx, s.backend.redis, []string{queueKey(q.Name, "archived")}, until, taskPrefix(q.Name)).Err(); err != nil {
			return fmt.Errorf("forget the dead tasks: %w", err)
		}
	}
	return nil
}
