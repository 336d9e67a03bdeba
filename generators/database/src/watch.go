package database

import (
	"context"
	"log/slog"
	"regexp"
	"sync"
	"sync/atomic"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
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
	reading bool // it was met by reading, too
	since   time.Time
}

// reads matches the statements that write nothing. BEGIN is none of them: what
// cannot begin may have wanted to write.
var reads = regexp.MustCompile(`(?i)^\s*(SELECT|ROLLBACK)\b`)

var _ bun.QueryHook = (*watch)(nil)

// BeforeQuery does nothing: the event knows when it began.
func (*watch) BeforeQuery(ctx context.Context, _ *bun.QueryEvent) context.Context { return ctx }

// AfterQuery looks at how long it took, and what came of it.
func (w *watch) AfterQuery(ctx context.Context, event *bun.QueryEvent) {
	if took := time.Since(event.StartTime); took >= w.limit {
		w.slow.Add(1)
		w.log.WarnContext(ctx, "slow query", "took_ms", health.Milliseconds(took), "query", withoutValues(event.Query))
	}
	if event.Err == nil {
		w.worked(event)
	} else if problem := w.explain(event.Err); problem != "" {
		w.failed(problem, reads.MatchString(event.Query))
		app.NoteUnavailable(ctx)
	}
}

func (w *watch) failed(problem string, reading bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.reading = reading || w.reading && problem == w.problem
	w.problem, w.since = problem, time.Now()
}

// worked forgets the problem. It may well be possible to read while nothing can
// be written, unless that was what did not go. The event is nil for what only reads.
func (w *watch) worked(event *bun.QueryEvent) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.problem != "" && (w.reading || changed(event)) {
		w.problem = ""
	}
}

// changed says whether the statement has changed rows. One that found none to change
// has written no more than a query.
func changed(event *bun.QueryEvent) bool {
	if event == nil || event.Result == nil || reads.MatchString(event.Query) {
		return false
	}
	n, err := event.Result.RowsAffected()
	return err == nil && n > 0
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
