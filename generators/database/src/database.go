// Package database keeps the application's data: connections, migrations,
// transactions, pages of long lists, backups.
//
// Start reading at Component. The engines that it can use are in packages of
// their own.
package database

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Engine is a kind of database that the data can be kept in.
type Engine = engine.Engine

// Component is the application's database.
type Component struct {
	app    *app.App
	log    *slog.Logger
	config Config

	engine Engine
	url    string
	file   string // that is used because nobody said which database to use

	owners         []owner
	watch          watch
	hooks          []bun.QueryHook
	opened         engine.Database // nil before Start
	writer, reader *bun.DB         // of opened, with the watch

	copying sync.Mutex // one backup at a time
}

var (
	_ app.Starter   = (*Component)(nil)
	_ app.Stopper   = (*Component)(nil)
	_ app.Checker   = (*Component)(nil)
	_ app.Router    = (*Component)(nil)
	_ app.Pager     = (*Component)(nil)
	_ app.Commander = (*Component)(nil)
)

// New returns the database of a, which is kept by one of the engines, or by one
// that is there to develop with.
func New(a *app.App, engines ...Engine) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "database")}
	a.Config(&c.config)
	if opening(engines, "sqlite") == nil {
		more, err := embedded(a)
		if err != nil {
			return nil, err
		}
		engines = append(more, engines...)
	}
	c.choose(a, engines)
	c.hooks = []bun.QueryHook{&c.watch}
	c.watch.log, c.watch.limit, c.watch.explain = c.log, c.config.SlowQuery, c.engine.Explain
	return c, nil
}

// Name is "database".
func (c *Component) Name() string { return "database" }

// Engine is the name of the engine in use: "sqlite" or another.
func (c *Component) Engine() string { return c.engine.Name() }

// DB is for writing, and for reading what has just been written. Between Start
// and Stop only. SQLite has one such connection: whoever has it in a
// Transaction, and asks for another, waits for himself.
func (c *Component) DB() *bun.DB { return c.writer }

// Read is for reading. Between Start and Stop only.
func (c *Component) Read() *bun.DB { return c.reader }

// Start connects. In development it applies the pending migrations; in
// production that is for the command, and the application is not ready before.
func (c *Component) Start(ctx context.Context) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	if c.file != "" {
		path, err := filepath.Abs(c.file)
		if err != nil {
			return err
		}
		c.log.InfoContext(ctx, "embedded", "variable", c.app.Prefix()+"DATABASE_URL", "value", "sqlite:"+path)
	}
	if c.app.Env == app.Production {
		return c.reportPending(ctx)
	}
	_, err := c.Up(ctx)
	return err
}

// Stop closes the connections.
func (c *Component) Stop(context.Context) error { return c.close() }

func (c *Component) open(ctx context.Context) error {
	if c.file != "" {
		if err := ignoreFolder(filepath.Dir(c.file)); err != nil {
			return err
		}
	}
	db, err := c.engine.Open(ctx, c.url)
	switch {
	case err != nil && c.file == "":
		return fmt.Errorf("%sDATABASE_URL: %w", c.app.Prefix(), c.explained(err)) // what to mend
	case err != nil:
		return c.explained(err)
	}
	c.opened = db
	c.writer = c.hooked(db.Writer())
	if c.reader = c.writer; db.Reader() != db.Writer() {
		c.reader = c.hooked(db.Reader())
	}
	return nil
}

// Hook has h see every query. Call it from a constructor.
func (c *Component) Hook(h bun.QueryHook) { c.hooks = append(c.hooks, h) }

func (c *Component) hooked(db *bun.DB) *bun.DB {
	for _, h := range c.hooks {
		db = db.WithQueryHook(h)
	}
	return db
}

func (c *Component) close() error {
	if c.opened == nil {
		return nil
	}
	return c.opened.Close()
}

// explained adds what operators should know to an error.
func (c *Component) explained(err error) error {
	if text := c.engine.Explain(err); text != "" {
		return fmt.Errorf("%s: %w", text, err)
	}
	return err
}
