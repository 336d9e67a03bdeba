package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
	"github.com/aegis-stack/aegis/generators/database/src/files"
)

// Copy writes what is in the database at this moment into the file. Others may
// go on writing; a copy page by page would begin again each time they do.
func (d *database) Copy(ctx context.Context, file string, _ engine.Migrations) error {
	return copyInto(ctx, d.path, d.busy, file)
}

func copyInto(ctx context.Context, path string, busy time.Duration, file string) error {
	// Nobody else reads the copy, whatever SQLite would have created it with.
	if err := files.Write(file, nil); err != nil {
		return err
	}
	// A connection of its own: the others have better things to do.
	db, err := open(path, busy, "temp_store(2)")
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "VACUUM INTO ?", file)
	return errors.Join(err, db.Close())
}

// Verify has SQLite check every page of the file, and the references between
// the rows.
func (e *Engine) Verify(ctx context.Context, file string) (err error) {
	if _, err := os.Stat(file); err != nil {
		return err // opening it would make an empty one
	}
	// Immutable: the copy stays as it is, without files beside it.
	db, err := open(file, e.config.BusyTimeout, "query_only(1)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	var found []string
	if found, err = column(ctx, db, "PRAGMA integrity_check(10)"); err != nil {
		return err
	}
	if len(found) != 1 || found[0] != "ok" {
		return errors.New(strings.Join(found, "; "))
	}
	if found, err = column(ctx, db, `SELECT DISTINCT "table" FROM pragma_foreign_key_check`); err != nil {
		return err
	}
	if len(found) > 0 {
		return fmt.Errorf("rows of %s refer to rows that are not there", strings.Join(found, ", "))
	}
	return nil
}

// column returns the texts in the only column of a result.
func column(ctx context.Context, db *sql.DB, query string) (texts []string, err error) {
	rows, err := db.QueryContext(ctx, query)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		texts = append(texts, text)
	}
	return texts, rows.Err()
}

// Restore puts a copy of the file where the database is.
func (e *Engine) Restore(ctx context.Context, address, file string, _ engine.Migrations, force bool) (err error) {
	path := Path(address)
	l, err := openLock(path, time.Millisecond)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.release()) }()
	if err := l.hold(ctx, alone); err != nil {
		if e.Explain(err) != locked {
			return err
		}
		return engine.ErrInUse
	}
	if !force {
		if err := e.compare(ctx, path, file); err != nil {
			return err
		}
	}
	next := path + ".restored"
	if err := files.Copy(file, next); err != nil {
		return err
	}
	// What has been written since the last checkpoint lies beside the database.
	// It belongs to the old content, and SQLite would apply it to the new one:
	// it has to go first. Whoever is interrupted here has the old content as of
	// that checkpoint, so that it comes into the database before.
	if err := settle(ctx, path, e.config.BusyTimeout); err != nil && !force {
		return errors.Join(err, os.Remove(next))
	}
	for _, suffix := range []string{"-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return errors.Join(err, os.Remove(next))
		}
	}
	return files.Replace(path, next)
}

// settle brings into the file what lies beside it.
func settle(ctx context.Context, path string, busy time.Duration) error {
	if _, err := os.Stat(path); err != nil {
		return nil //nolint:nilerr // there is nothing to settle
	}
	db, err := open(path, busy)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, "PRAGMA wal_checkpoint(TRUNCATE)")
	return errors.Join(err, db.Close())
}

// compare returns ErrNewer if the database at path has a content, and another
// one than the copy in the file.
func (e *Engine) compare(ctx context.Context, path, file string) error {
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return nil
	}
	present := path + ".compared"
	if err := copyInto(ctx, path, e.config.BusyTimeout, present); err != nil {
		return fmt.Errorf("%w, or is damaged: %w", engine.ErrNewer, err)
	}
	defer func() { _ = os.Remove(present) }() // only a leftover
	empty, err := isEmpty(ctx, present, e.config.BusyTimeout)
	if err != nil || empty {
		return err
	}
	// Equal contents make equal copies.
	a, err := files.Checksum(present)
	if err != nil {
		return err
	}
	b, err := files.Checksum(file)
	if err != nil {
		return err
	}
	if a != b {
		return engine.ErrNewer
	}
	return nil
}

func isEmpty(ctx context.Context, path string, busy time.Duration) (bool, error) {
	db, err := open(path, busy, "query_only(1)")
	if err != nil {
		return false, err
	}
	names, err := column(ctx, db, "SELECT name FROM sqlite_schema")
	return len(names) == 0, errors.Join(err, db.Close())
}
