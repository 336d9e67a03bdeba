package databasetest

import (
	"context"
	"crypto/rand"
	"errors"
	"net/url"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/postgres"
)

var _ server = servers{}

func (servers) Engine(a *app.App) (database.Engine, error) { return postgres.New(a) }

func (servers) Schema(tb testing.TB, address string) string {
	tb.Helper()
	at, err := url.Parse(address)
	if err != nil {
		tb.Fatal("DATABASE_URL is not a URL")
	}
	schema := "test_" + strings.ToLower(rand.Text())
	run := func(statement string) {
		ctx := context.WithoutCancel(tb.Context())
		conn, err := pgx.Connect(ctx, address)
		if err != nil {
			tb.Fatalf("DATABASE_URL: %v", err)
		}
		_, err = conn.Exec(ctx, statement)
		if err := errors.Join(err, conn.Close(ctx)); err != nil {
			tb.Fatalf("DATABASE_URL: %v", err)
		}
	}
	run("CREATE SCHEMA " + schema)
	tb.Cleanup(func() { run("DROP SCHEMA " + schema + " CASCADE") })
	query := at.Query()
	query.Set("search_path", schema)
	query.Set("application_name", schema)
	at.RawQuery = query.Encode()
	return at.String()
}
