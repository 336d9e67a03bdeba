package database

import (
	"context"
	"os"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

const (
	// sweepInterval is the time between two looks for tasks to be forgotten, and
	// sweptAtOnce is how many of them are with one statement.
	sweepInterval = time.Minute
	sweptAtOnce   = 1000
)

// beat says again and again that this process works, and takes care of what nobody
// else does.
func (s *server) beat(ctx context.Context) {
	ticker := time.NewTicker(beatInterval)
	defer ticker.Stop()
	var swept time.Time
	for {
		if err := s.within(ctx, s.care); err != nil && ctx.Err() == nil {
			s.backend.log.WarnContext(ctx, "could not renew the leases of tasks", "error", err)
		}
		if time.Since(swept) > sweepInterval {
			swept = time.Now()
			if err := s.within(ctx, s.backend.sweep); err != nil && ctx.Err() == nil {
				s.backend.log.WarnContext(ctx, "could not forget old tasks", "error", err)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

// within calls do with a context that ends when the database has had its time: one
// that does not answer must not keep this process from noticing that it has lost its
// tasks, nor from stopping.
func (s *server) within(ctx context.Context, do func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(ctx, s.backend.lease/3)
	defer cancel()
	return do(ctx)
}

func (s *server) care(ctx context.Context) error {
	if err := s.renew(ctx); err != nil {
		if time.Since(s.renewed) > s.backend.lease {
			s.interrupt(errLost) // by now others have them
		}
		return err
	}
	if err := s.appear(ctx); err != nil {
		return err
	}
	return s.backend.reclaim(ctx)
}

// renew extends the leases of this process, and stops the runs that have lost
// theirs or were canceled.
func (s *server) renew(ctx context.Context) error {
	began := time.Now()
	s.mu.Lock()
	runs, ids := make([]*run, 0, len(s.runs)), make([]string, 0, len(s.runs))
	for r := range s.runs {
		runs, ids = append(runs, r), append(ids, r.task.ID)
	}
	s.mu.Unlock()
	if len(runs) > 0 {
		var rows []taskRow
		_, err := s.backend.db.DB().NewUpdate().Model(&rows).
			Set("lease_until = ? + ?", s.backend.sql.now, s.backend.lease.Milliseconds()).
			// Not all of the owner's: it may never have heard of what it took last.
			Where("id IN (?)", bun.List(ids)).
			Where("owner = ?", s.id).Where("state = ?", worker.Active).Where("lease_until > ?", s.backend.sql.now).
			Returning("id, fence, cancel").Exec(ctx)
		if err != nil {
			return err
		}
		held := make(map[string]taskRow, len(rows))
		for _, row := range rows {
			held[row.ID] = row
		}
		for _, r := range runs {
			switch row, ok := held[r.task.ID]; {
			case !ok || row.Fence != r.fence:
				r.cancel(errLost)
			case row.Cancel:
				r.cancel(errCanceled)
			}
		}
	}
	s.renewed = began
	return nil
}

// appear says that this process works, and how much.
func (s *server) appear(ctx context.Context) error {
	s.mu.Lock()
	row := &processRow{ID: s.id, Host: hostname(), PID: os.Getpid(), Active: len(s.runs)}
	s.mu.Unlock()
	now := s.backend.sql.now
	_, err := s.backend.db.DB().NewInsert().Model(row).Value("started_at", "?", now).Value("seen_at", "?", now).
		On("CONFLICT (id) DO UPDATE").Set("seen_at = EXCLUDED.seen_at").Set("active = EXCLUDED.active").Exec(ctx)
	return err
}

// disappear says that this process does not work any more.
func (s *server) disappear(ctx context.Context) error {
	_, err := s.backend.db.DB().NewDelete().Model((*processRow)(nil)).Where("id = ?", s.id).Exec(ctx)
	return err
}

// giveBack lets others have the tasks of this process, whose tries do not count.
func (s *server) giveBack(ctx context.Context) error {
	db, now := s.backend.db.DB(), s.backend.sql.now
	_, err := canceled(db.NewUpdate().Model((*taskRow)(nil)), now).
		Where("owner = ?", s.id).Where("state = ?", worker.Active).Where("cancel").Exec(ctx)
	if err != nil {
		return err
	}
	_, err = db.NewUpdate().Model((*taskRow)(nil)).
		Set("state = ?", waiting).Set("attempts = attempts - 1").Set("owner = ''").Set("fence = fence + 1").Set("lease_until = 0").
		Where("owner = ?", s.id).Where("state = ?", worker.Active).Exec(ctx)
	if err == nil {
		s.backend.wake.ring()
	}
	return err
}

// reclaim decides about the tasks whose leases have run out: one that was canceled
// has ended, one that had its last try is dead, and the rest goes back to the
// queues. Each is in one of the three at any time: a lease may run out in between.
func (b *Backend) reclaim(ctx context.Context) error {
	lost := func(q *bun.UpdateQuery) *bun.UpdateQuery {
		return q.Where("state = ?", worker.Active).Where("lease_until > 0").Where("lease_until <= ?", b.sql.now)
	}
	_, err := lost(canceled(b.db.DB().NewUpdate().Model((*taskRow)(nil)), b.sql.now)).Where("cancel").Exec(ctx)
	if err != nil {
		return err
	}
	var rows, dead []taskRow
	_, err = lost(b.db.DB().NewUpdate().Model(&dead)).Where("NOT cancel").Where("attempts > retries").
		Set("state = ?", worker.Dead).Set("error = ?", worker.ProcessDied).
		Set("ended_at = ?", b.sql.now).Set("expires_at = ? + ?", b.sql.now, worker.DeadRetention.Milliseconds()).
		Set("unique_key = ''").Set("owner = ''").Set("fence = fence + 1").Set("lease_until = 0").
		Returning("id, name, state").Exec(ctx)
	if err != nil {
		return err
	}
	_, err = lost(b.db.DB().NewUpdate().Model(&rows)).Where("NOT cancel").Where("attempts <= retries").
		Set("state = ?", waiting).Set("owner = ''").Set("fence = fence + 1").Set("lease_until = 0").
		Returning("id, name, state").Exec(ctx)
	if err != nil {
		return err
	}
	for _, row := range append(dead, rows...) {
		b.log.WarnContext(ctx, "task lost by its process", "task", row.Name, "id", row.ID, "state", row.State)
	}
	if len(rows) > 0 {
		b.wake.ring()
	}
	return nil
}

// sweep forgets the tasks whose time is over, and the processes that died long ago.
func (b *Backend) sweep(ctx context.Context) error {
	for {
		old := b.db.DB().NewSelect().Model((*taskRow)(nil)).Column("id").
			Where("expires_at > 0").Where("expires_at <= ?", b.sql.now).Limit(sweptAtOnce)
		result, err := b.db.DB().NewDelete().Model((*taskRow)(nil)).Where("id IN (?)", old).Exec(ctx)
		if err != nil {
			return err
		}
		n, err := result.RowsAffected()
		if err != nil {
			return err
		}
		if n < sweptAtOnce {
			break
		}
	}
	_, err := b.db.DB().NewDelete().Model((*processRow)(nil)).Where("seen_at <= ? - ?", b.sql.now, lease.Milliseconds()*10).Exec(ctx)
	return err
}
