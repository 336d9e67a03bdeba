// Package postgres has the clock of Postgres.
package postgres

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/schedulersql/src"
)

type clock struct{}

// New returns the clock of the server.
func New(*app.App) (schedulersql.Clock, error) { return clock{}, nil }

func (clock) Engine() string { return "postgres" }

// Now goes on during a transaction, unlike the time that the standard knows.
func (clock) Now() string {
	return "CAST(round(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)"
}
