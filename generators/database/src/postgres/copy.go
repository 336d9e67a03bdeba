package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// session makes what COPY writes the same on all servers, and reads all of it:
// rows that a policy hides are an error.
const session = `
SET client_encoding = 'UTF8'; SET datestyle = 'ISO'; SET intervalstyle = 'postgres'; SET timezone = 'UTC';
SET bytea_output = 'hex'; SET extra_float_digits = 3; SET row_security = off; SET statement_timeout = 0;
SET idle_in_transaction_session_timeout = 0; SET lock_timeout = '1min'; SET standard_conforming_strings = on`

// Copy reads the tables of the schema in one transaction, as they were when it
// began, and writes them into the file. Migrations wait meanwhile: some of them
// change what older transactions see.
func (s *server) Copy(ctx context.Context, file string, made engine.Migrations) error {
	return s.engine.connect(ctx, s.config, func(conn *pgx.Conn, schema string) error {
		if _, err := conn.Exec(ctx, "SELECT pg_advisory_lock_shared($1)", lockOf(schema)); err != nil {
			return err
		}
		if _, err := conn.Exec(ctx, "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"); err != nil {
			return err
		}
		return writeArchive(file, func(rows func(table) (io.Writer, error)) (contents, error) {
			c, err := read(ctx, conn, made, rows)
			if err != nil {
				return c, err
			}
			return c, s.engine.report(ctx, c, made)
		})
	})
}

// report logs which tables have to be made again before all is as it was.
func (e *Engine) report(ctx context.Context, c contents, made engine.Migrations) error {
	var strange []string
	for _, t := range c.Tables {
		if t.Versions || t.Partition != "" {
			continue
		}
		known, err := made.Mention(t.Name)
		if err != nil {
			return err
		}
		if !known {
			strange = append(strange, t.Name)
		}
	}
	if len(strange) > 0 {
		e.log.WarnContext(ctx, "no migration makes these tables: the backup has their rows, but not their constraints, defaults and indices",
			"tables", strings.Join(strange, ", "))
	}
	return nil
}

// connect calls do with a connection that does nothing else.
func (*Engine) connect(ctx context.Context, config *pgx.ConnConfig, do func(conn *pgx.Conn, schema string) error) (err error) {
	conn, err := pgx.ConnectConfig(ctx, config.Copy())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, conn.Close(context.WithoutCancel(ctx))) }()
	if _, err := conn.Exec(ctx, session); err != nil {
		return err
	}
	schema, err := currentSchema(ctx, conn)
	if err != nil {
		return err
	}
	return do(conn, schema)
}

func currentSchema(ctx context.Context, conn *pgx.Conn) (string, error) {
	var schema *string
	if err := conn.QueryRow(ctx, "SELECT current_schema()").Scan(&schema); err != nil {
		return "", err
	}
	if schema == nil {
		return "", errors.New("no schema of the search path exists")
	}
	return *schema, nil
}

// read returns what is in the schema, with the rows written to what rows returns
// for each table.
func read(ctx context.Context, conn *pgx.Conn, made engine.Migrations, rows func(table) (io.Writer, error)) (contents, error) {
	c := contents{Format: format, Program: app.ReadBuild().Version, Migrations: map[string][]int64{}}
	if err := conn.QueryRow(ctx, "SHOW server_version").Scan(&c.Server); err != nil {
		return c, err
	}
	var err error
	if c.Tables, err = tables(ctx, conn); err != nil {
		return c, err
	}
	for owner, name := range made.Tables() {
		i := slices.IndexFunc(c.Tables, func(t table) bool { return t.Name == name })
		if i < 0 {
			continue
		}
		c.Tables[i].Versions = true
		if c.Migrations[owner], err = list[int64](ctx, conn, "SELECT version_id FROM "+ident(name)+" WHERE version_id > 0 AND is_applied ORDER BY version_id"); err != nil {
			return c, err
		}
	}
	for i := range c.Tables {
		t := &c.Tables[i]
		w, err := rows(*t)
		if err != nil {
			return c, err
		}
		seen := newTally()
		if t.Partition == "" {
			if _, err := conn.PgConn().CopyTo(ctx, io.MultiWriter(w, seen), t.copyTo()); err != nil {
				return c, fmt.Errorf("table %s: %w", t.Name, err)
			}
		}
		t.Rows, t.Sum = seen.rows, seen.sum()
	}
	// After the rows: a sequence does not wait for transactions, and must not be
	// behind them.
	c.Sequences, err = sequences(ctx, conn)
	return c, err
}

// tables lists the tables of the schema that are not part of an extension, those
// first that others are partitions of.
func tables(ctx context.Context, conn *pgx.Conn) ([]table, error) {
	rows, err := conn.Query(ctx, `
		SELECT c.relname, c.relkind = 'p',
			CASE WHEN c.relispartition THEN format('PARTITION OF %I %s', p.relname, pg_get_expr(c.relpartbound, c.oid))
				|| CASE c.relkind WHEN 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(c.oid) ELSE '' END ELSE '' END,
			(SELECT coalesce(json_agg(json_build_object('name', attname, 'type', format_type(atttypid, atttypmod), 'generated', attgenerated <> '') ORDER BY attnum), '[]')
				FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped)
		FROM pg_class c
		LEFT JOIN pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
		LEFT JOIN pg_class p ON p.oid = i.inhparent
		WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind IN ('r', 'p')
		AND NOT EXISTS (SELECT FROM pg_depend WHERE classid = 'pg_class'::regclass AND objid = c.oid AND deptype = 'e')
		ORDER BY (SELECT count(*) FROM pg_partition_ancestors(c.oid)), c.relname`)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t table, err error) {
		err = row.Scan(&t.Name, &t.Parted, &t.Partition, &t.Columns)
		return t, err
	})
}

func sequences(ctx context.Context, conn *pgx.Conn) ([]sequence, error) {
	names, err := list[string](ctx, conn, "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1")
	if err != nil {
		return nil, err
	}
	all := make([]sequence, len(names))
	for i, name := range names {
		all[i].Name = name
		if err := conn.QueryRow(ctx, "SELECT last_value, is_called FROM "+ident(name)).Scan(&all[i].Last, &all[i].Called); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// copyTo is the statement that writes the rows, and copyFrom the one that reads
// them.
func (t table) copyTo() string {
	if t.Parted {
		return "COPY (SELECT " + t.copied() + " FROM " + ident(t.Name) + ") TO STDOUT"
	}
	return "COPY " + ident(t.Name) + t.inBrackets() + " TO STDOUT"
}

func (t table) copyFrom() string { return "COPY " + ident(t.Name) + t.inBrackets() + " FROM STDIN" }

func (t table) inBrackets() string {
	if columns := t.copied(); columns != "" {
		return " (" + columns + ")"
	}
	return ""
}

func (t table) copied() string {
	var names []string
	for _, c := range t.Columns {
		if !c.Generated {
			names = append(names, ident(c.Name))
		}
	}
	return strings.Join(names, ", ")
}

func ident(name string) string { return pgx.Identifier{name}.Sanitize() }

// list returns the only column of a result.
func list[T any](ctx context.Context, conn *pgx.Conn, query string, args ...any) ([]T, error) {
	rows, err := conn.Query(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	return pgx.CollectRows(rows, pgx.RowTo[T])
}
