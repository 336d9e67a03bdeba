package database

import (
	"log/slog"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	connection "github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/worker/src"
	"github.com/aegis-stack/aegis/generators/worker/src/backendtest"
)

// kept is a component that has the backend's tables made.
type kept struct{}

func (kept) Name() string { return "kept" }

// store returns a backend on an empty database.
func store(t *testing.T) *Backend {
	t.Helper()
	var b worker.Backend
	databasetest.New(t, func(a *app.App, d *connection.Component) (_ app.Component, err error) {
		b, err = New(a, d)
		return kept{}, err
	})
	return b.(*Backend)
}

func TestBackend(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backendtest.Store {
		t.Helper()
		b := store(t)
		return backendtest.Store{
			Backend: func() worker.Backend { return open(slog.New(slog.DiscardHandler), b.db, b.sql) },
			Expire: func() {
				t.Helper()
				_, err := b.db.DB().NewUpdate().Model((*taskRow)(nil)).Set("lease_until = 1").
					Where("state = ?", worker.Active).Exec(t.Context())
				if err != nil {
					t.Fatal(err)
				}
			},
		}
	})
}
