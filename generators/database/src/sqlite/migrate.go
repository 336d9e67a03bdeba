package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// migrationWait is how long a process waits for another one that migrates.
const migrationWait = 10 * time.Minute

// Migrator returns the connection that writes, and holds the lock meanwhile.
func (d *database) Migrator(ctx context.Context) (*sql.DB, func() error, error) {
	l, err := openLock(d.path, migrationWait)
	if err != nil {
		return nil, nil, err
	}
	if err := l.hold(ctx, single); err != nil {
		return nil, nil, errors.Join(err, l.release())
	}
	return d.writer.DB, l.release, nil
}
