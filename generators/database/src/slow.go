package database

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"
)

// slowQueries counts and logs the queries that take longer than limit.
type slowQueries struct {
	log   *slog.Logger
	limit time.Duration
	count atomic.Int64
}

var _ bun.QueryHook = (*slowQueries)(nil)

// BeforeQuery does nothing: the event knows when it began.
func (*slowQueries) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery looks at how long it took.
func (s *slowQueries) AfterQuery(ctx context.Context, event *bun.QueryEvent) {
	took := time.Since(event.StartTime)
	if took < s.limit {
		return
	}
	s.count.Add(1)
	s.log.WarnContext(ctx, "slow query", "took", took.Round(time.Millisecond), "query", withoutValues(event.Query))
}
