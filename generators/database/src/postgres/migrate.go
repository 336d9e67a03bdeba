package postgres

import (
	"context"
	"database/sql"
	"errors"
	"hash/fnv"

	"github.com/jackc/pgx/v5/stdlib"
)

// Migrator returns connections of their own, without a timeout for statements.
// One of them holds a lock of the schema until it is given back, or dies.
func (s *server) Migrator(ctx context.Context) (_ *sql.DB, _ func() error, err error) {
	pool := stdlib.OpenDB(*s.config)
	pool.SetMaxOpenConns(2)
	defer func() {
		if err != nil {
			err = errors.Join(err, pool.Close())
		}
	}()
	holder, err := pool.Conn(ctx)
	if err != nil {
		return nil, nil, err
	}
	var schema sql.NullString
	if err := holder.QueryRowContext(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return nil, nil, err
	}
	if !schema.Valid {
		return nil, nil, errors.New("no schema of the search path exists")
	}
	if _, err := holder.ExecContext(ctx, "SELECT pg_advisory_lock($1)", lockOf(schema.String)); err != nil {
		return nil, nil, err
	}
	return pool, func() error { return errors.Join(holder.Close(), pool.Close()) }, nil
}

// lockOf returns the number of the lock for migrations of the schema.
func lockOf(schema string) int64 {
	hash := fnv.New64a()
	_, _ = hash.Write([]byte("migrations of " + schema)) // never fails
	return int64(hash.Sum64())                           //nolint:gosec // any number will do
}
