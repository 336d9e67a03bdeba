package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"time"
)

// lock is a file beside the database that processes hold while they use it. It
// is a database itself: SQLite's own locks are the same on every system, and
// end with the process.
type lock struct {
	db   *sql.DB
	conn *sql.Conn
}

// level says what the holder of a lock shares it with.
type level string

const (
	// shared is held by whoever uses the database.
	shared level = "BEGIN DEFERRED"
	// single is held by one at a time, beside those that share.
	single level = "BEGIN IMMEDIATE"
	// alone is held by one, and by nobody else in any way.
	alone level = "BEGIN EXCLUSIVE"
)

// openLock returns the lock of the database at path. It waits for others as
// long as wait.
func openLock(path string, wait time.Duration) (*lock, error) {
	// Without a journal no file comes and goes beside the lock.
	db, err := open(path+".lock", wait, "journal_mode(OFF)")
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(1)
	return &lock{db: db}, nil
}

// hold takes the lock until release.
func (l *lock) hold(ctx context.Context, how level) error {
	var err error
	if l.conn, err = l.db.Conn(ctx); err != nil {
		return err
	}
	if _, err := l.conn.ExecContext(ctx, string(how)); err != nil {
		return err
	}
	if how != shared {
		return nil
	}
	// Such a transaction only begins with the first reading.
	var n int
	return l.conn.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&n)
}

// release gives back whatever is held, and closes the file.
func (l *lock) release() error {
	var err error
	if l.conn != nil {
		err = l.conn.Close()
	}
	return errors.Join(err, l.db.Close())
}
