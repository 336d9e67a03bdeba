package database

import (
	"context"
	"fmt"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Queues returns the figures of the queues named.
func (b *Backend) Queues(ctx context.Context, names []string) ([]worker.QueueFigures, error) {
	figures := make([]worker.QueueFigures, len(names))
	if len(names) == 0 {
		return figures, nil
	}
	now, err := b.time(ctx)
	if err != nil {
		return nil, err
	}
	var counts []struct {
		Queue, State string
		Count        int
		Oldest       millis
	}
	err = b.db.Read().NewSelect().Model((*taskRow)(nil)).Column("queue").
		ColumnExpr("CASE WHEN state <> ? THEN state WHEN due_at <= ? THEN ? WHEN attempts > 0 THEN ? ELSE ? END AS state",
			waiting, millisOf(now), worker.Pending, worker.Retrying, worker.Scheduled).
		ColumnExpr("count(*) AS count").ColumnExpr("min(due_at) AS oldest").
		Where("state IN (?, ?, ?)", waiting, worker.Active, worker.Dead).Where("queue IN (?)", bun.List(names)).
		GroupExpr("1, 2").Scan(ctx, &counts)
	if err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	var done []queueRow
	if err := b.db.Read().NewSelect().Model(&done).Where("name IN (?)", bun.List(names)).Scan(ctx); err != nil {
		return nil, fmt.Errorf("count tasks: %w", err)
	}
	at := make(map[string]*worker.QueueFigures, len(names))
	for i, name := range names {
		figures[i].Name = name
		at[name] = &figures[i]
	}
	for _, c := range counts {
		switch f := at[c.Queue]; worker.State(c.State) {
		case worker.Pending:
			f.Pending = c.Count
			f.Latency = max(0, now.Sub(c.Oldest.time()))
		case worker.Retrying:
			f.Retrying = c.Count
		case worker.Scheduled:
			f.Scheduled = c.Count
		case worker.Active:
			f.Active = c.Count
		case worker.Dead:
			f.Dead = c.Count
		default: // others are not counted
		}
	}
	for _, q := range done {
		at[q.Name].Processed, at[q.Name].Failed = q.Processed, q.Failed
	}
	return figures, nil
}

// Processes returns those that have been heard of lately.
func (b *Backend) Processes(ctx context.Context) ([]worker.Process, error) {
	var rows []processRow
	err := b.db.Read().NewSelect().Model(&rows).Where("seen_at > ? - ?", b.sql.now, lease.Milliseconds()).
		Order("started_at", "id").Scan(ctx)
	if err != nil {
		return nil, fmt.Errorf("list the processes: %w", err)
	}
	processes := make([]worker.Process, len(rows))
	for i, r := range rows {
		processes[i] = worker.Process{ID: r.ID, Host: r.Host, PID: r.PID, Started: r.StartedAt.time(), Active: r.Active}
	}
	return processes, nil
}

// tally is what a number of tries adds to the counts of queues.
type tally map[string]*queueRow

func (t tally) add(queue string, failed bool) {
	row := t[queue]
	if row == nil {
		row = &queueRow{Name: queue}
		t[queue] = row
	}
	row.Processed++
	if failed {
		row.Failed++
	}
}
