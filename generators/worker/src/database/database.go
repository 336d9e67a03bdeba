// Package database keeps tasks in the application's database.
//
// A process that works takes tasks by a lease, which it renews while it works on
// them: whoever finds a lease that has run out takes the task over. What a process
// says of a task that it has lost is not heeded, as each lease has a number of its
// own. Read Backend first, then server.run.
package database

import (
	"context"
	"embed"
	"fmt"
	"io/fs"
	"log/slog"
	"sync"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	connection "github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

//go:embed migrations
var files embed.FS

// Backend is a worker.Backend. What changes tasks becomes part of the transaction
// that its context belongs to: a task that is enqueued in one exists if that
// succeeds, and only then.
type Backend struct {
	log  *slog.Logger
	db   *connection.Component
	sql  dialect
	wake alarm // rings when a task may have become due

	lease time.Duration

	mu   sync.Mutex
	runs map[string]*run // in progress in this process, by the id of the task
}

// New returns the backend that keeps tasks in d.
func New(a *app.App, d *connection.Component) (worker.Backend, error) {
	sql, err := dialectOf(d.Engine())
	if err != nil {
		return nil, err
	}
	migrations, err := fs.Sub(files, "migrations")
	if err != nil {
		return nil, err
	}
	d.Migrate("worker", migrations)
	return open(a.Log, d, sql), nil
}

func open(log *slog.Logger, d *connection.Component, sql dialect) *Backend {
	return &Backend{log: log.With("component", "worker"), db: d, sql: sql, lease: lease, runs: map[string]*run{}}
}

// Name is "database".
func (b *Backend) Name() string { return "database" }

// Open connects to the database.
func (b *Backend) Open(ctx context.Context) error { return b.db.Start(ctx) }

// Close closes the connections.
func (b *Backend) Close(ctx context.Context) error { return b.db.Stop(ctx) }

// Enqueue adds a task.
func (b *Backend) Enqueue(ctx context.Context, t worker.NewTask) error {
	row := rowOf(t)
	err := b.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if t.UniqueKey != "" {
			// The one before may have had its time.
			_, err := tx.NewUpdate().Model((*taskRow)(nil)).Set("unique_key = ''").
				Where("unique_key = ?", t.UniqueKey).Where("unique_until <= ?", b.sql.now).Exec(ctx)
			if err != nil {
				return err
			}
		}
		result, err := tx.NewInsert().Model(row).
			Value("enqueued_at", "?", b.sql.now).
			Value("due_at", "CASE WHEN ? > ? THEN ? ELSE ? END", row.DueAt, b.sql.now, row.DueAt, b.sql.now).
			Value("unique_until", "? + ?", b.sql.now, t.UniqueFor.Milliseconds()).
			On("CONFLICT (unique_key) WHERE unique_key <> '' DO NOTHING").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := result.RowsAffected(); err != nil || n > 0 {
			return err
		}
		return worker.ErrDuplicate
	})
	if err != nil {
		return err
	}
	b.wake.ring()
	return nil
}

// time is that of the database.
func (b *Backend) time(ctx context.Context) (time.Time, error) {
	var now millis
	if err := b.db.Read().NewRaw("SELECT ?", b.sql.now).Scan(ctx, &now); err != nil {
		return time.Time{}, fmt.Errorf("ask the database for the time: %w", err)
	}
	return now.time(), nil
}
