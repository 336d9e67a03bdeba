package redis

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Queues counts the tasks. It asks Redis itself: the library samples how large all
// tasks are whenever it is asked, and fails for a queue that was never used.
func (b *Backend) Queues(ctx context.Context, names []string) ([]worker.QueueFigures, error) {
	pipe := b.redis.Pipeline()
	counts := make([]struct {
		scheduled, pending, active, retrying, dead *goredis.IntCmd
		processed, failed, oldest                  *goredis.StringCmd
	}, len(names))
	for i, name := range names {
		c := &counts[i]
		c.scheduled = pipe.ZCard(ctx, queueKey(name, "scheduled"))
		c.pending = pipe.LLen(ctx, queueKey(name, "pending"))
		c.active = pipe.LLen(ctx, queueKey(name, "active"))
		c.retrying = pipe.ZCard(ctx, queueKey(name, "retry"))
		c.dead = pipe.ZCard(ctx, queueKey(name, "archived"))
		c.processed = pipe.Get(ctx, queueKey(name, "processed"))
		c.failed = pipe.Get(ctx, queueKey(name, "failed"))
		c.oldest = pipe.LIndex(ctx, queueKey(name, "pending"), -1)
	}
	if _, err := pipe.Exec(ctx); err != nil && !errors.Is(err, goredis.Nil) {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	figures := make([]worker.QueueFigures, len(names))
	for i, name := range names {
		c := &counts[i]
		figures[i] = worker.QueueFigures{
			Name: name, Scheduled: int(c.scheduled.Val()), Pending: int(c.pending.Val()), Active: int(c.active.Val()),
			Retrying: int(c.retrying.Val()), Dead: int(c.dead.Val()), Processed: number(c.processed.Val()), Failed: number(c.failed.Val()),
		}
		if id := c.oldest.Val(); id != "" {
			since, err := b.redis.HGet(ctx, taskKey(name, id), "pending_since").Result()
			if err != nil && !errors.Is(err, goredis.Nil) {
				return nil, fmt.Errorf("look how long a task waits: %w", err)
			}
			if since != "" {
				figures[i].Latency = max(0, time.Since(time.Unix(0, number(since))))
			}
		}
	}
	return figures, nil
}

// number is that which a text says, 0 if there is none.
func number(text string) int64 {
	n, _ := strconv.ParseInt(text, 10, 64)
	return n
}

// Processes returns those that work. The library knows servers, and each of ours
// has one for each queue.
func (b *Backend) Processes(ctx context.Context) ([]worker.Process, error) {
	servers, err := b.inspector.Servers()
	if err := b.state(ctx, err); err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	processes := map[string]worker.Process{}
	for _, s := range servers {
		id := s.Host + ":" + strconv.Itoa(s.PID)
		p, ok := processes[id]
		if !ok || s.Started.Before(p.Started) {
			p.Started = s.Started
		}
		p.ID, p.Host, p.PID = id, s.Host, s.PID
		p.Active += len(s.ActiveWorkers)
		processes[id] = p
	}
	list := make([]worker.Process, 0, len(processes))
	for _, p := range processes {
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b worker.Process) int { return cmp.Compare(a.ID, b.ID) })
	return list, nil
}
