// Package sqlite keeps the data in a file, in the application's own process.
package sqlite

import (
	"context"
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "modernc.org/sqlite" // the driver

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Engine keeps data in files.
type Engine struct{ config engine.FileConfig }

var _ engine.Engine = (*Engine)(nil)

// New returns the engine for a.
func New(a *app.App) (*Engine, error) {
	e := &Engine{}
	a.Config(&e.config)
	return e, nil
}

// Name is "sqlite".
func (*Engine) Name() string { return "sqlite" }

// Schemes is "sqlite".
func (*Engine) Schemes() []string { return []string{"sqlite"} }

// Example is the URL of a file.
func (*Engine) Example() string { return "sqlite:/var/lib/data/app.db" }

// Dialect is that of SQLite.
func (*Engine) Dialect() goose.Dialect { return goose.DialectSQLite3 }

// Suffix is ".db".
func (*Engine) Suffix() string { return ".db" }

// Path returns the path of the file in a URL such as sqlite:data/app.db,
// sqlite:/data/app.db or sqlite:///data/app.db.
func Path(address string) string {
	path := strings.TrimPrefix(address, "sqlite:")
	return filepath.FromSlash(strings.TrimPrefix(path, "//"))
}

// Open opens the file, and creates it with its folder if it is not there. While
// it is open, no copy can be restored over it.
func (e *Engine) Open(ctx context.Context, address string) (engine.Database, error) {
	path := Path(address)
	if path == "" {
		return nil, fmt.Errorf("%q names no file", address)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, err
	}
	d := &database{path: path, busy: e.config.BusyTimeout}
	var err error
	if d.running, err = openLock(path, e.config.BusyTimeout); err != nil {
		return nil, err
	}
	if err := d.running.hold(ctx, shared); err != nil {
		_ = d.running.release() // nothing is held
		return nil, fmt.Errorf("%s: a backup is being restored: %w", path, err)
	}
	if err := d.connect(ctx, e.config); err != nil {
		_ = d.Close() // the cause matters more
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	return d, nil
}

// create makes an empty file if there is none.
func create(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600) //nolint:gosec // the configuration names the file
	if err != nil {
		return err
	}
	return f.Close()
}

// database is an open file: one connection that writes, and some that read
// without ever being in its way.
type database struct {
	path           string
	busy           time.Duration
	writer, reader *bun.DB
	running        *lock
}

var _ engine.Database = (*database)(nil)

func (d *database) connect(ctx context.Context, config engine.FileConfig) error {
	// Nobody else reads the file, nor those that SQLite puts beside it.
	if err := create(d.path); err != nil {
		return err
	}
	writer, err := open(d.path, config.BusyTimeout, "journal_mode(WAL)", "synchronous(NORMAL)", "foreign_keys(1)", "temp_store(2)")
	if err != nil {
		return err
	}
	writer.SetMaxOpenConns(1)
	writer.SetMaxIdleConns(1)
	d.writer = bun.NewDB(writer, sqlitedialect.New())
	// The first connection creates the file in the mode that readers expect.
	if err := patiently(ctx, config.BusyTimeout, writer.PingContext); err != nil {
		return err
	}
	if err := checkHeader(ctx, writer); err != nil {
		return err
	}
	reader, err := open(d.path, config.BusyTimeout, "query_only(1)", "temp_store(2)")
	if err != nil {
		return err
	}
	reader.SetMaxOpenConns(config.Readers)
	reader.SetMaxIdleConns(config.Readers)
	d.reader = bun.NewDB(reader, sqlitedialect.New())
	return reader.PingContext(ctx)
}

// patiently calls connect until the file is not busy, at most as long as wait.
// SQLite does not wait on its own where two processes could wait for each other:
// both have read that a new file has no write-ahead log yet, and want to add it.
func patiently(ctx context.Context, wait time.Duration, connect func(context.Context) error) error {
	for end := time.Now().Add(wait); ; {
		err := connect(ctx)
		if !isBusy(err) || time.Now().After(end) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(5 * time.Millisecond):
		}
	}
}

// checkHeader reads from the file, which a connection alone does not.
func checkHeader(ctx context.Context, db *sql.DB) error {
	var tables int
	return db.QueryRowContext(ctx, "SELECT count(*) FROM sqlite_schema").Scan(&tables)
}

// open returns a pool whose connections wait for each other and take the lock
// for writing when a transaction begins, when that can still wait.
func open(path string, busy time.Duration, pragmas ...string) (*sql.DB, error) {
	values := url.Values{"_txlock": {"immediate"}, "_time_format": {"sqlite"}}
	values.Add("_pragma", "busy_timeout("+strconv.FormatInt(busy.Milliseconds(), 10)+")")
	for _, pragma := range pragmas {
		values.Add("_pragma", pragma)
	}
	// What has a meaning in URLs may stand in names of files.
	name := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(filepath.ToSlash(path))
	return sql.Open("sqlite", "file:"+name+"?"+values.Encode())
}

func (d *database) Writer() *bun.DB { return d.writer }

func (d *database) Reader() *bun.DB { return d.reader }

func (d *database) Close() error {
	var errs []error
	for _, db := range []*bun.DB{d.reader, d.writer} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return join(append(errs, d.running.release())...)
}
