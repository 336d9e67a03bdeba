// Package databasetest gives tests a database of their own: a file, or a schema
// on the server that the environment variable DATABASE_URL names.
package databasetest

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// New returns the running database of an application in development. The
// others are constructors of what has migrations, which are applied before New
// returns.
func New(tb testing.TB, others ...func(*app.App, *database.Component) (app.Component, error)) *database.Component {
	tb.Helper()
	_, c := NewApp(tb, URL(tb), others...)
	if err := c.Start(tb.Context()); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Stop(context.WithoutCancel(tb.Context())) })
	return c
}

// NewApp returns an application with a database at the URL, and the database.
// It does not start them.
func NewApp(tb testing.TB, url string, others ...func(*app.App, *database.Component) (app.Component, error)) (*app.App, *database.Component) {
	tb.Helper()
	var c *database.Component
	a, err := app.New(app.Options{
		Name:    "test",
		Environ: []string{"TEST_DATABASE_URL=" + url, "TEST_DATABASE_BACKUP_DIR=" + filepath.Join(tb.TempDir(), "backups")},
		LogTo:   io.Discard,
	}, func(a *app.App) ([]app.Component, error) {
		engines, err := Engines(a)
		if err != nil {
			return nil, err
		}
		if c, err = database.New(a, engines...); err != nil {
			return nil, err
		}
		components := []app.Component{c}
		for _, construct := range others {
			component, err := construct(a, c)
			if err != nil {
				return nil, err
			}
			components = append(components, component)
		}
		return components, nil
	})
	if err != nil {
		tb.Fatal(err)
	}
	return a, c
}

// Engines returns those that database.New is given besides SQLite.
func Engines(a *app.App) ([]database.Engine, error) {
	s, ok := any(servers{}).(server)
	if !ok {
		return nil, nil
	}
	e, err := s.Engine(a)
	return []database.Engine{e}, err
}

// servers has the methods of server if the application can use one: they are in
// a file of their own then.
type servers struct{}

// server makes schemas for tests.
type server interface {
	Engine(a *app.App) (database.Engine, error)
	// Schema returns the URL of a new schema on the server at address. It is
	// dropped after the test.
	Schema(tb testing.TB, address string) string
}

// URL returns the URL of an empty database that is nobody else's.
func URL(tb testing.TB) string {
	tb.Helper()
	address := os.Getenv("DATABASE_URL")
	s, ok := any(servers{}).(server)
	switch {
	case address == "" || strings.HasPrefix(address, "sqlite:"):
		return "sqlite:" + filepath.ToSlash(filepath.Join(tb.TempDir(), "test.db"))
	case !ok:
		tb.Fatal("DATABASE_URL names a server, but the application uses none")
	}
	return s.Schema(tb, address)
}
