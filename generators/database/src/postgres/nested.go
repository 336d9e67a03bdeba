package postgres

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"regexp"

	"github.com/jackc/pgx/v5/stdlib"
)

// nested is a connection with a transaction that does not end: those of others
// on it are savepoints. So all migrations are one transaction.
type nested struct{ *stdlib.Conn }

// within returns the connection as a database.
func within(conn *stdlib.Conn) *sql.DB {
	db := sql.OpenDB(nested{conn})
	db.SetMaxOpenConns(1)
	return db
}

func (c nested) Connect(context.Context) (driver.Conn, error) { return c, nil }

func (c nested) Driver() driver.Driver { return stdlib.GetDefaultDriver() }

// Close leaves the connection to those who opened it.
func (c nested) Close() error { return nil }

func (c nested) ResetSession(context.Context) error { return nil }

func (c nested) BeginTx(ctx context.Context, _ driver.TxOptions) (driver.Tx, error) {
	_, err := c.Conn.ExecContext(ctx, "SAVEPOINT part", nil)
	return part{c.Conn}, err
}

// part is what is a transaction for others.
type part struct{ conn *stdlib.Conn }

func (p part) Commit() error { return p.end("RELEASE part") }

func (p part) Rollback() error { return p.end("ROLLBACK TO part; RELEASE part") }

func (p part) end(statement string) error {
	_, err := p.conn.ExecContext(context.Background(), statement, nil)
	return err
}

var (
	// concurrently needs a transaction of its own, for the sake of others who
	// use the table. There are none yet.
	concurrently = regexp.MustCompile(`(?i)\b(INDEX|VIEW)\s+CONCURRENTLY\b`)
	// extension is there already if one was left in the schema.
	extension = regexp.MustCompile(`(?i)\bCREATE\s+EXTENSION\s+(IF\s+NOT\s+EXISTS\s+)?`)
	// ends would make half of it last.
	ends = regexp.MustCompile(`(?i)^\s*(BEGIN|START\s+TRANSACTION|COMMIT|END|ROLLBACK|ABORT)\b`)
)

func (c nested) ExecContext(ctx context.Context, query string, args []driver.NamedValue) (driver.Result, error) {
	if found := ends.FindString(query); found != "" {
		return nil, fmt.Errorf("%q in a migration: it cannot be applied in one transaction with the others", found)
	}
	query = concurrently.ReplaceAllString(query, "$1")
	query = extension.ReplaceAllString(query, "CREATE EXTENSION IF NOT EXISTS ")
	return c.Conn.ExecContext(ctx, query, args)
}
