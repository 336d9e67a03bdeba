// Package engine is what the database component asks of the kinds of databases
// that it can keep the data in: a file, or a server.
package engine

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
)

// Engine is one kind of database.
type Engine interface {
	// Name is that of the kind: "sqlite".
	Name() string
	// Schemes are those of the URLs that it opens.
	Schemes() []string
	// Example is a URL that it opens.
	Example() string
	// Dialect is how migrations speak to it.
	Dialect() goose.Dialect
	// Suffix is what the names of files with copies end in: ".db".
	Suffix() string
	// Open connects to the database and waits until it answers, for a while.
	Open(ctx context.Context, url string) (Database, error)
	// Verify opens the copy in the file and says what is wrong with it.
	Verify(ctx context.Context, file string) error
	// Restore replaces the content of the database at url by that of the copy in
	// the file, all of it or nothing. Unless forced, it refuses with ErrNewer
	// when the database holds what the copy does not. It refuses with ErrInUse
	// when the application is connected to the database.
	// What makes the tables may be needed for it.
	Restore(ctx context.Context, url, file string, made Migrations, force bool) error
	// Retryable says whether a transaction that ended with err would do better
	// if it ran again.
	Retryable(err error) bool
	// Explain says in words for operators what err means if the database as a
	// whole is in trouble: locked, full, not there; "" otherwise.
	Explain(err error) string
}

// FileConfig is what the engine that keeps data in files reads from the
// environment.
type FileConfig struct {
	BusyTimeout time.Duration `env:"DATABASE_BUSY_TIMEOUT" envDefault:"5s" min:"1ms" max:"10m" doc:"How long SQLite waits for another process that writes"`
	Readers     int           `env:"DATABASE_READERS" envDefault:"4" min:"1" max:"1000" doc:"Connections that read a SQLite database at the same time"`
}

// Database is an open database.
type Database interface {
	// Writer and Reader are what queries go to; they may be the same.
	Writer() *bun.DB
	Reader() *bun.DB
	// Migrator returns a connection for migrations, that only one process has at
	// a time. Others wait until it is given back.
	Migrator(ctx context.Context) (db *sql.DB, giveBack func() error, err error)
	// TableNames lists the tables that there are.
	TableNames(ctx context.Context) ([]string, error)
	// Tables measures them, which takes a while if they are large.
	Tables(ctx context.Context) ([]Table, error)
	// Size is that of the whole database, in bytes.
	Size(ctx context.Context) (int64, error)
	// Copy writes a consistent copy of the database to the file, which does not
	// exist yet, while others go on writing. What makes the tables may be needed
	// to restore it.
	Copy(ctx context.Context, file string, made Migrations) error
	// Close gives back the connections.
	Close() error
}

// Migrations make the tables of the application, each owner some of them.
type Migrations interface {
	// Tables are those that remember which versions are applied, by owner.
	Tables() map[string]string
	// Mention says whether a migration is about something of that name.
	Mention(name string) (bool, error)
	// Apply applies those versions of each owner to an empty database. It fails
	// before it begins if it does not know one of them.
	Apply(ctx context.Context, db *sql.DB, versions map[string][]int64) error
}

// Table is what there is to say about a table.
type Table struct {
	Name  string
	Rows  int64 // Postgres estimates them
	Bytes int64 // with the indices
}

var (
	// ErrNewer means that a restored copy would overwrite what it does not hold.
	ErrNewer = errors.New("the database holds data that the backup does not")
	// ErrInUse means that the application is connected to the database.
	ErrInUse = errors.New("the application is running: stop it first")
)
