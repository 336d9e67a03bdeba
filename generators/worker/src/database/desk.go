package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"math"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Get returns a task.
func (b *Backend) Get(ctx context.Context, id string) (worker.Task, error) {
	now, err := b.time(ctx)
	if err != nil {
		return worker.Task{}, err
	}
	var row taskRow
	err = b.db.Read().NewSelect().Model(&row).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return worker.Task{}, worker.ErrNotFound
	}
	return row.task(now), err
}

// List returns the tasks that the filter lets through: a later one has a greater
// id.
func (b *Backend) List(ctx context.Context, f worker.Filter) ([]worker.Task, error) {
	now, err := b.time(ctx)
	if err != nil {
		return nil, err
	}
	var rows []taskRow
	q := b.db.Read().NewSelect().Model(&rows).OrderExpr("id DESC").Limit(math.MaxInt32).Offset(int64(f.Offset))
	if f.Limit > 0 {
		q = q.Limit(int64(f.Limit))
	}
	if f.Queue != "" {
		q = q.Where("queue = ?", f.Queue)
	}
	if f.Name != "" {
		q = q.Where("name = ?", f.Name)
	}
	switch f.State {
	case "":
	case worker.Scheduled:
		q = q.Where("state = ?", waiting).Where("due_at > ?", millisOf(now)).Where("attempts = 0")
	case worker.Retrying:
		q = q.Where("state = ?", waiting).Where("due_at > ?", millisOf(now)).Where("attempts > 0")
	case worker.Pending:
		q = q.Where("state = ?", waiting).Where("due_at <= ?", millisOf(now))
	default:
		q = q.Where("state = ?", f.State)
	}
	if err := q.Scan(ctx); err != nil {
		return nil, fmt.Errorf("list tasks: %w", err)
	}
	tasks := make([]worker.Task, len(rows))
	for i := range rows {
		tasks[i] = rows[i].task(now)
	}
	return tasks, nil
}

// Retry makes a task due now.
func (b *Backend) Retry(ctx context.Context, id string) error {
	err := b.change(ctx, id, func(tx bun.Tx) (sql.Result, error) {
		return tx.NewUpdate().Model((*taskRow)(nil)).
			Set("state = ?", waiting).Set("due_at = ?", b.sql.now).Set("ended_at = 0").Set("expires_at = 0").Set("cancel = FALSE").
			Where("id = ?", id).
			Where("(state = ? AND due_at > ?) OR state = ?", waiting, b.sql.now, worker.Dead).Exec(ctx)
	})
	if err == nil {
		b.wake.ring()
	}
	return err
}

// Cancel ends a task: one that runs, when its process renews the lease.
func (b *Backend) Cancel(ctx context.Context, id string) error {
	return b.change(ctx, id, func(tx bun.Tx) (sql.Result, error) {
		result, err := canceled(tx.NewUpdate().Model((*taskRow)(nil)), b.sql.now).
			Where("id = ?", id).Where("state = ?", waiting).Exec(ctx)
		if err != nil {
			return nil, err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return result, err
		}
		return tx.NewUpdate().Model((*taskRow)(nil)).Set("cancel = TRUE").
			Where("id = ?", id).Where("state = ?", worker.Active).Exec(ctx)
	})
}

// canceled says that tasks have ended because somebody wanted that.
func canceled(q *bun.UpdateQuery, now bun.Safe) *bun.UpdateQuery {
	return q.Set("state = ?", worker.Canceled).Set("ended_at = ?", now).Set("expires_at = ? + retention", now).
		Set("unique_key = ''").Set("owner = ''").Set("lease_until = 0")
}

// Delete forgets a task.
func (b *Backend) Delete(ctx context.Context, id string) error {
	return b.change(ctx, id, func(tx bun.Tx) (sql.Result, error) {
		return tx.NewDelete().Model((*taskRow)(nil)).Where("id = ?", id).Where("state <> ?", worker.Active).Exec(ctx)
	})
}

// change changes the task, and says why do has found nothing to be changed.
func (b *Backend) change(ctx context.Context, id string, do func(tx bun.Tx) (sql.Result, error)) error {
	return b.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		result, err := do(tx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		exists, err := tx.NewSelect().Model((*taskRow)(nil)).Where("id = ?", id).Exists(ctx)
		switch {
		case err != nil:
			return err
		case exists:
			return worker.ErrState
		default:
			return worker.ErrNotFound
		}
	})
}

// Report notes how far a task is that runs in this process.
func (b *Backend) Report(ctx context.Context, id string, p worker.Progress) error {
	b.mu.Lock()
	r := b.runs[id]
	b.mu.Unlock()
	if r == nil {
		return worker.ErrState
	}
	progress, err := json.Marshal(p)
	if err != nil {
		return err
	}
	return b.change(ctx, id, func(tx bun.Tx) (sql.Result, error) {
		return tx.NewUpdate().Model((*taskRow)(nil)).Set("progress = ?", text(string(progress))).
			Where("id = ?", id).Where("fence = ?", r.fence).Where("state = ?", worker.Active).Exec(ctx)
	})
}
