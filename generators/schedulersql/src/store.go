package schedulersql

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
)

// forgotten is how long an instance is remembered that is not seen any more.
const forgotten = 24 * time.Hour

// errFaster ends the transaction of a change that others were faster than.
var errFaster = errors.New("others were faster")

// store is the store of a scheduler in the database.
type store struct {
	db  *database.Component
	now bun.Safe // expression
}

var (
	_ scheduler.Store  = (*store)(nil)
	_ scheduler.Sharer = (*store)(nil)
)

// NewStore returns a store of jobs in the database. Its tables are those of the
// migrations that New registers.
func NewStore(d *database.Component, others ...Clock) (scheduler.Store, error) {
	clock, err := clockOf(d.Engine(), others)
	if err != nil {
		return nil, err
	}
	return &store{db: d, now: bun.Safe(clock.Now())}, nil
}

// Open connects to the database.
func (s *store) Open(ctx context.Context) error { return s.db.Start(ctx) }

// Close closes the connections.
func (s *store) Close(ctx context.Context) error { return s.db.Stop(ctx) }

// Read reads the jobs before the runs: whoever changes both changes the job's
// fence, so that what is decided on a mixture of before and after is not made.
func (s *store) Read(ctx context.Context) (scheduler.State, error) {
	var state scheduler.State
	var jobs []jobRow
	if err := s.db.Read().NewSelect().Model(&jobs).Order("name").Scan(ctx); err != nil {
		return state, err
	}
	var running []runRow
	if err := s.db.Read().NewSelect().Model(&running).Where("status = ?", scheduler.Running).Order("started_at", "id").Scan(ctx); err != nil {
		return state, err
	}
	var instances []instanceRow
	if err := s.db.Read().NewSelect().Model(&instances).Order("id").Scan(ctx); err != nil {
		return state, err
	}
	now, err := s.time(ctx)
	if err != nil {
		return state, err
	}
	state.Now, state.Running = now.time(), runsOf(running)
	for _, j := range jobs {
		state.Jobs = append(state.Jobs, j.job())
	}
	for _, i := range instances {
		state.Instances = append(state.Instances, scheduler.Instance{
			ID: i.ID, Started: i.StartedAt.time(), Seen: i.SeenAt.time(), Stopped: i.Stopped,
		})
	}
	return state, nil
}

func (s *store) time(ctx context.Context) (millis, error) {
	var now millis
	err := s.db.Read().NewRaw("SELECT ?", s.now).Scan(ctx, &now)
	return now, err
}

func (s *store) Recent(ctx context.Context, window time.Duration) (scheduler.Recent, error) {
	var recent scheduler.Recent
	var last []runRow
	err := s.db.Read().NewSelect().Model(&last).
		Join("JOIN scheduler_jobs AS j ON r.job = j.name").
		Where("r.id = (SELECT l.id FROM scheduler_runs AS l WHERE l.job = j.name ORDER BY l.started_at DESC, l.scheduled_for DESC, l.attempt DESC LIMIT 1)").
		Order("r.job").Scan(ctx)
	if err != nil {
		return recent, err
	}
	recent.Last = runsOf(last)
	failed, err := s.db.Read().NewSelect().Model((*runRow)(nil)).
		Where("status NOT IN (?, ?)", scheduler.Running, scheduler.Succeeded).
		Where("finished_at > ? - ?", s.now, window.Milliseconds()).Count(ctx)
	recent.Failed = int(failed)
	return recent, err
}

func (s *store) Create(ctx context.Context, job scheduler.Job) error {
	_, err := s.db.DB().NewInsert().Model(rowOfJob(job)).On("CONFLICT (name) DO NOTHING").Exec(ctx)
	return err
}

func (s *store) Apply(ctx context.Context, change scheduler.Change) (made, begun bool, err error) {
	err = s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		begun = false
		if err := s.changeJob(ctx, tx, change.Job); err != nil {
			return err
		}
		if change.Lost != "" {
			if err := s.lose(ctx, tx, change.Lost); err != nil {
				return err
			}
		}
		if change.Begin == nil {
			return nil
		}
		err := one(tx.NewInsert().Model(rowOfRun(*change.Begin)).
			Value("started_at", "?", s.now).
			Value("lease_until", "? + ?", s.now, change.Lease.Milliseconds()).
			On("CONFLICT (job, kind, scheduled_for, attempt) DO NOTHING").Exec(ctx))
		if errors.Is(err, errFaster) {
			return nil // it has begun before
		}
		begun = err == nil
		return err
	})
	if errors.Is(err, errFaster) {
		return false, false, nil
	}
	return err == nil, begun && err == nil, err
}

func (s *store) changeJob(ctx context.Context, tx bun.Tx, job scheduler.Job) error {
	row := rowOfJob(job)
	row.Fence++
	return one(tx.NewUpdate().Model(row).WherePK().Where("fence = ?", job.Fence).Exec(ctx))
}

func (s *store) lose(ctx context.Context, tx bun.Tx, run string) error {
	return one(tx.NewUpdate().Model((*runRow)(nil)).
		Set("status = ?", scheduler.Lost).Set("error = ?", scheduler.LostText).Set("finished_at = ?", s.now).
		Where("id = ?", run).Where("status = ?", scheduler.Running).Where("lease_until <= ?", s.now).Exec(ctx))
}

// one returns errFaster unless a row was changed.
func one(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(err, errFaster)
	}
	return nil
}

func (s *store) Renew(ctx context.Context, run, owner string, lease time.Duration) error {
	return mine(s.own(run, owner).Set("lease_until = ? + ?", s.now, lease.Milliseconds()).Exec(ctx))
}

func (s *store) Finish(ctx context.Context, run, owner string, end scheduler.End) error {
	return mine(s.own(run, owner).
		Set("status = ?", end.Status).Set("error = ?", end.Error).Set("finished_at = ?", s.now).Exec(ctx))
}

// own updates a run that goes on and belongs to owner.
func (s *store) own(run, owner string) *bun.UpdateQuery {
	return s.db.DB().NewUpdate().Model((*runRow)(nil)).
		Where("id = ?", run).Where("owner = ?", owner).Where("status = ?", scheduler.Running)
}

// mine returns scheduler.ErrLost unless a row was changed.
func mine(result sql.Result, err error) error {
	if err = one(result, err); errors.Is(err, errFaster) {
		return scheduler.ErrLost
	}
	return err
}

func (s *store) Runs(ctx context.Context, job string, limit int) ([]scheduler.Run, error) {
	var rows []runRow
	q := s.db.Read().NewSelect().Model(&rows).OrderExpr("started_at DESC, scheduled_for DESC, attempt DESC").Limit(int64(limit))
	if job != "" {
		q = q.Where("job = ?", job)
	}
	err := q.Scan(ctx)
	return runsOf(rows), err
}

func (s *store) Prune(ctx context.Context, keep int) error {
	ranked := s.db.DB().NewSelect().Model((*runRow)(nil)).Column("id").
		ColumnExpr("row_number() OVER (PARTITION BY job ORDER BY started_at DESC, scheduled_for DESC, attempt DESC) AS place")
	old := s.db.DB().NewSelect().TableExpr("(?) AS ranked", ranked).Column("id").Where("place > ?", keep)
	_, err := s.db.DB().NewDelete().Model((*runRow)(nil)).
		Where("status <> ?", scheduler.Running).Where("id IN (?)", old).Exec(ctx)
	return err
}

func (s *store) Beat(ctx context.Context, instance scheduler.Instance) error {
	_, err := s.db.DB().NewInsert().Model(&instanceRow{ID: instance.ID, Stopped: instance.Stopped}).
		Value("started_at", "?", s.now).Value("seen_at", "?", s.now).
		On("CONFLICT (id) DO UPDATE").Set("seen_at = EXCLUDED.seen_at").Set("stopped = EXCLUDED.stopped").Exec(ctx)
	if err != nil {
		return err
	}
	_, err = s.db.DB().NewDelete().Model((*instanceRow)(nil)).Where("seen_at < ? - ?", s.now, forgotten.Milliseconds()).Exec(ctx)
	return err
}
