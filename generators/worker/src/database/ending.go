package database

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// ending is what becomes of a task after a try.
type ending struct {
	run    *run
	state  string // waiting, or a worker.State
	result string
	err    string
	failed bool
	wait   time.Duration // before the next try
}

// mailbox gathers endings, so that many of them are noted at once.
type mailbox struct {
	mu      sync.Mutex
	letters []ending
	some    chan struct{} // has a value when there are letters
}

func newMailbox() *mailbox { return &mailbox{some: make(chan struct{}, 1)} }

func (m *mailbox) put(letters ...ending) {
	if len(letters) == 0 {
		return
	}
	m.mu.Lock()
	m.letters = append(m.letters, letters...)
	m.mu.Unlock()
	select {
	case m.some <- struct{}{}:
	default: // it has one already
	}
}

// empty returns what was in the mailbox, at most n.
func (m *mailbox) empty(n int) []ending {
	m.mu.Lock()
	defer m.mu.Unlock()
	n = min(n, len(m.letters))
	letters := m.letters[:n:n]
	m.letters = m.letters[n:]
	return letters
}

// deliver notes what is in the mailbox; what cannot be noted stays there. A task
// makes room for the next one when its end is noted, so that a process that dies
// leaves no more behind than it may work on at once.
func (s *server) deliver(ctx context.Context) error {
	for {
		batch := s.ended.empty(endingsAtOnce)
		if len(batch) == 0 {
			return nil
		}
		if err := s.backend.end(ctx, batch); err != nil {
			s.ended.put(batch...)
			return err
		}
		for _, e := range batch {
			s.leave(e.run)
		}
	}
}

// endingsAtOnce bounds the size of a statement.
const endingsAtOnce = 100

// note notes endings until ctx ends.
func (s *server) note(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.ended.some:
		}
		if err := s.within(context.WithoutCancel(ctx), s.deliver); err != nil {
			s.backend.log.WarnContext(ctx, "could not note what became of tasks", "error", err)
			select {
			case <-ctx.Done():
			case <-time.After(longestPoll):
			}
		}
	}
}

// end notes endings, except those of tasks that were lost.
func (b *Backend) end(ctx context.Context, endings []ending) error {
	rows := make([]bun.TupleValues, len(endings))
	for i, e := range endings {
		rows[i] = bun.Tuple([]any{e.run.task.ID, e.run.fence, e.state, e.result, e.err, e.wait.Milliseconds()})
	}
	return b.db.DB().RunInTx(ctx, nil, func(ctx context.Context, tx bun.Tx) error {
		var kept []string
		err := tx.NewRaw(`WITH e (task, lease, ending, outcome, fault, pause) AS (VALUES ?)
UPDATE worker_tasks AS t
SET state = e.ending, owner = '', lease_until = 0,
	result = e.outcome,
	error = CASE WHEN e.fault = '' THEN t.error ELSE e.fault END,
	due_at = CASE WHEN e.ending = ? THEN ? + e.pause ELSE t.due_at END,
	ended_at = CASE WHEN e.ending = ? THEN 0 ELSE ? END,
	expires_at = CASE e.ending WHEN ? THEN 0 WHEN ? THEN ? + ? ELSE ? + t.retention END,
	unique_key = CASE WHEN e.ending = ? THEN t.unique_key ELSE '' END
FROM e
WHERE t.id = e.task AND t.fence = e.lease AND t.state = ?
RETURNING id`,
			bun.List(rows), waiting, b.sql.now, waiting, b.sql.now,
			waiting, worker.Dead, b.sql.now, worker.DeadRetention.Milliseconds(), b.sql.now,
			waiting, worker.Active).Scan(ctx, &kept)
		if err != nil {
			return err
		}
		counts := tally{}
		var again []string
		for _, e := range endings {
			if slices.Contains(kept, e.run.task.ID) {
				counts.add(e.run.task.Queue, e.failed)
				if e.state == waiting {
					again = append(again, e.run.task.ID)
				}
			}
		}
		if len(again) > 0 {
			// Somebody may have canceled one before it failed.
			_, err := canceled(tx.NewUpdate().Model((*taskRow)(nil)), b.sql.now).
				Where("id IN (?)", bun.List(again)).Where("cancel").Exec(ctx)
			if err != nil {
				return err
			}
		}
		return b.count(ctx, tx, counts)
	})
}

// count adds to the counts of queues, in the order in which everybody does.
func (b *Backend) count(ctx context.Context, tx bun.Tx, counts tally) error {
	for _, name := range slices.Sorted(maps.Keys(counts)) {
		_, err := tx.NewInsert().Model(counts[name]).On("CONFLICT (name) DO UPDATE").
			Set("processed = q.processed + EXCLUDED.processed").Set("failed = q.failed + EXCLUDED.failed").Exec(ctx)
		if err != nil {
			return err
		}
	}
	return nil
}
