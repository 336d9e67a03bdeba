package database

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// troubleLasts is how long the health remembers a failure that nothing has
// shown to be over.
const troubleLasts = time.Minute

// watch looks at each query: it counts and logs the slow ones, and remembers
// what is wrong with the database as a whole.
type watch struct {
	log     *slog.Logger
	limit   time.Duration
	explain func(error) string
	slow    atomic.Int64

	mu      sync.Mutex
	problem string
	since   time.Time
}

var _ bun.QueryHook = (*watch)(nil)

// BeforeQuery does nothing: the event knows when it began.
func (*watch) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery looks at how long it took, and what came of it.
func (w *watch) AfterQuery(ctx context.Context, event *bun.QueryEvent) {
	if took := time.Since(event.StartTime); took >= w.limit {
		w.slow.Add(1)
		w.log.WarnContext(ctx, "slow query", "took", took.Round(time.Millisecond), "query", withoutValues(event.Query))
	}
	if event.Err != nil {
		if problem := w.explain(event.Err); problem != "" {
			w.remember(problem)
			app.NoteUnavailable(ctx)
		}
		return
	}
	switch event.Operation() {
	case "SELECT", "BEGIN", "ROLLBACK":
		// These may well succeed while nothing can be written.
	default:
		w.remember("")
	}
}

func (w *watch) remember(problem string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.problem, w.since = problem, time.Now()
}

// trouble returns what is wrong with the database, "" if nothing is known.
func (w *watch) trouble(now time.Time) string {
	w.mu.Lock()
	defer w.mu.Unlock()
	if now.Sub(w.since) > troubleLasts {
		return ""
	}
	return w.problem
}
