// Package postgres keeps the data on a PostgreSQL server.
package postgres

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"strconv"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/pgdialect"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Config is what the engine reads from the environment.
type Config struct {
	PoolSize         int           `env:"DATABASE_POOL_SIZE" envDefault:"10" min:"2" max:"1000" doc:"Connections to Postgres at most"`
	ConnIdle         time.Duration `env:"DATABASE_CONN_IDLE" envDefault:"5m" min:"1s" max:"24h" doc:"How long a connection to Postgres may be unused before it is closed"`
	ConnLifetime     time.Duration `env:"DATABASE_CONN_LIFETIME" envDefault:"1h" min:"1s" max:"168h" doc:"How long a connection to Postgres is used"`
	ConnectTimeout   time.Duration `env:"DATABASE_CONNECT_TIMEOUT" envDefault:"30s" min:"1s" max:"1h" doc:"How long the start waits for Postgres"`
	StatementTimeout time.Duration `env:"DATABASE_STATEMENT_TIMEOUT" envDefault:"30s" min:"10ms" max:"24h" doc:"How long Postgres may work on a statement; migrations take the time they need"`
}

// Engine keeps data on servers.
type Engine struct {
	config Config
	name   string // of the application, which the server shows for its connections
	log    *slog.Logger
}

// New returns the engine for a.
func New(a *app.App) (database.Engine, error) {
	e := &Engine{name: a.Name, log: a.Log.With("component", "database")}
	a.Config(&e.config)
	return e, nil
}

// Name is "postgres".
func (*Engine) Name() string { return "postgres" }

// Schemes are the two that people write.
func (*Engine) Schemes() []string { return []string{"postgres", "postgresql"} }

// Example is the URL of a server.
func (*Engine) Example() string { return "postgres://user:password@host:5432/name" }

// Dialect is that of PostgreSQL.
func (*Engine) Dialect() goose.Dialect { return goose.DialectPostgres }

// Suffix is ".zip".
func (*Engine) Suffix() string { return ".zip" }

// Open connects to the server, and tries again for a while if it is not there.
func (e *Engine) Open(ctx context.Context, address string) (engine.Database, error) {
	config, err := e.parse(address)
	if err != nil {
		return nil, err
	}
	limited := config.Copy()
	limited.RuntimeParams["statement_timeout"] = strconv.FormatInt(e.config.StatementTimeout.Milliseconds(), 10)
	pool := stdlib.OpenDB(*limited)
	pool.SetMaxOpenConns(e.config.PoolSize)
	pool.SetMaxIdleConns(e.config.PoolSize)
	pool.SetConnMaxIdleTime(e.config.ConnIdle)
	pool.SetConnMaxLifetime(e.config.ConnLifetime)
	if err := e.await(ctx, pool); err != nil {
		return nil, errors.Join(err, pool.Close())
	}
	return &server{engine: e, config: config, db: bun.NewDB(pool, pgdialect.New())}, nil
}

// parse returns the settings in the URL, with ours where it has none.
func (e *Engine) parse(address string) (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, err
	}
	// The queries come with their values: to prepare them is of no use, and keeps
	// poolers such as pgbouncer from sharing connections.
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = e.config.ConnectTimeout
	}
	own := map[string]string{"application_name": e.name, "timezone": "UTC"}
	maps.Copy(own, config.RuntimeParams)
	config.RuntimeParams = own
	return config, nil
}

// await pings until the server answers, or refuses for a reason that stays.
func (e *Engine) await(ctx context.Context, pool *sql.DB) error {
	ctx, cancel := context.WithTimeout(ctx, e.config.ConnectTimeout)
	defer cancel()
	pause := 50 * time.Millisecond
	for {
		err := pool.PingContext(ctx)
		if err == nil || lasting(err) {
			return err
		}
		e.log.WarnContext(ctx, "waiting for the database", "error", err)
		select {
		case <-ctx.Done():
			return fmt.Errorf("no answer within %s: %w", e.config.ConnectTimeout, err)
		case <-time.After(pause):
		}
		pause = min(2*pause, 2*time.Second)
	}
}

// server is an open database on a server.
type server struct {
	engine *Engine
	config *pgx.ConnConfig // without the timeout for statements
	db     *bun.DB
}

var _ engine.Database = (*server)(nil)

func (s *server) Writer() *bun.DB { return s.db }

func (s *server) Reader() *bun.DB { return s.db }

func (s *server) Close() error { return s.db.Close() }

// TableNames lists the tables in the schema.
func (s *server) TableNames(ctx context.Context) ([]string, error) {
	var names []string
	err := s.db.NewRaw("SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename").Scan(ctx, &names)
	return names, err
}

// Tables measures the tables in the schema. The rows are an estimate.
func (s *server) Tables(ctx context.Context) ([]engine.Table, error) {
	var tables []engine.Table
	err := s.db.NewRaw(`
		SELECT relname AS name, n_live_tup AS rows, pg_total_relation_size(relid) AS bytes
		FROM pg_stat_user_tables WHERE schemaname = current_schema() ORDER BY relname`).Scan(ctx, &tables)
	return tables, err
}

// Size is that of the whole database, other schemas included.
func (s *server) Size(ctx context.Context) (int64, error) {
	var bytes int64
	err := s.db.NewRaw("SELECT pg_database_size(current_database())").Scan(ctx, &bytes)
	return bytes, err
}
