package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Restore replaces what is in the schema, in one transaction: the migrations
// that were applied make the tables, and the rows come from the file.
func (e *Engine) Restore(ctx context.Context, address, file string, made engine.Migrations, force bool) (err error) {
	a, err := openArchive(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, a.Close()) }()
	config, err := e.parse(address)
	if err != nil {
		return err
	}
	opened, err := stdlib.GetConnector(*config).Connect(ctx)
	if err != nil {
		return err
	}
	// What is not committed when the connection ends has not been.
	defer func() { err = errors.Join(err, opened.Close()) }()
	conn := opened.(*stdlib.Conn) //nolint:forcetypeassert // that is what its package opens
	r := restoring{engine: e, a: a, made: made, conn: conn.Conn(), outer: conn}
	if err := r.begin(ctx, config.RuntimeParams["application_name"]); err != nil {
		return err
	}
	if !force {
		if err := r.compare(ctx); err != nil {
			return err
		}
	}
	for _, step := range []func(context.Context) error{r.empty, r.migrate, r.complete, r.load} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	_, err = r.conn.Exec(ctx, "COMMIT")
	return err
}

// restoring is a transaction that restores a copy.
type restoring struct {
	engine *Engine
	a      *archive
	made   engine.Migrations
	conn   *pgx.Conn
	outer  *stdlib.Conn // the same for package sql
}

// begin begins the transaction when nobody migrates or copies, and keeps others
// away from the tables. It fails with ErrInUse if the application is connected.
func (r *restoring) begin(ctx context.Context, application string) error {
	if _, err := r.conn.Exec(ctx, session); err != nil {
		return err
	}
	schema, err := currentSchema(ctx, r.conn)
	if err != nil {
		return err
	}
	if err := r.alone(ctx, application); err != nil {
		return err
	}
	if _, err := r.conn.Exec(ctx, "SELECT pg_advisory_lock($1)", lockOf(schema)); err != nil {
		return err
	}
	if _, err := r.conn.Exec(ctx, "BEGIN"); err != nil {
		return err
	}
	present, err := tables(ctx, r.conn)
	if err != nil {
		return err
	}
	return r.each(ctx, present, "LOCK TABLE %s IN ACCESS EXCLUSIVE MODE")
}

func (r *restoring) alone(ctx context.Context, application string) error {
	for range 10 {
		var others int
		err := r.conn.QueryRow(ctx, `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`, application).Scan(&others)
		if err != nil || others == 0 {
			return err
		}
		// A connection that was closed just now may still be listed.
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return engine.ErrInUse
}

// compare returns ErrNewer if there is something, and not that of the copy.
func (r *restoring) compare(ctx context.Context) error {
	present, err := read(ctx, r.conn, r.made, func(table) (io.Writer, error) { return io.Discard, nil })
	if err != nil {
		return err
	}
	if r.a.overwrites(present) {
		return engine.ErrNewer
	}
	return nil
}

// emptySchema drops what a schema consists of, and leaves the schema: its
// owner, and whoever may use it, are not in the copy. Extensions stay.
const emptySchema = `
DO $$
DECLARE x record;
BEGIN
	FOR x IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, nspname, relname) AS statement
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE nspname = current_schema() AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
		AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
		ORDER BY relkind = 'S' -- many go with their tables
	LOOP EXECUTE x.statement; END LOOP;
	FOR x IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS statement
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE nspname = current_schema() AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
	LOOP EXECUTE x.statement; END LOOP;
	FOR x IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, nspname, typname) AS statement
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
		WHERE nspname = current_schema() AND typtype IN ('e', 'd', 'r', 'c') AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
		AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
	LOOP EXECUTE x.statement; END LOOP;
END $$`

func (r *restoring) empty(ctx context.Context) error {
	_, err := r.conn.Exec(ctx, emptySchema)
	return err
}

// migrate makes the tables. Migrations may have written rows, whose constraints
// are checked now.
func (r *restoring) migrate(ctx context.Context) error {
	db := within(r.outer)
	err := errors.Join(r.made.Apply(ctx, db, r.a.Migrations), db.Close())
	if err != nil {
		return fmt.Errorf("make the tables, as version %s of the program had them: %w", r.a.Program, err)
	}
	_, err = r.conn.Exec(ctx, "SET CONSTRAINTS ALL IMMEDIATE")
	return err
}

// complete makes the tables and columns that no migration makes, as far as the
// copy knows them.
func (r *restoring) complete(ctx context.Context) error {
	present, err := tables(ctx, r.conn)
	if err != nil {
		return err
	}
	var added []string
	for _, t := range r.a.Tables {
		i := slices.IndexFunc(present, func(p table) bool { return p.Name == t.Name })
		statement := "CREATE TABLE " + ident(t.Name) + " " + t.Partition
		switch {
		case i >= 0 && t.Partition != "": // it gets the columns of the one that it is a part of
			continue
		case i >= 0:
			statement = "ALTER TABLE " + ident(t.Name)
			var columns []string
			for _, c := range t.Columns {
				if !c.Generated && !slices.ContainsFunc(present[i].Columns, func(p column) bool { return p.Name == c.Name }) {
					columns = append(columns, " ADD COLUMN "+ident(c.Name)+" "+c.Type)
					added = append(added, t.Name+"."+c.Name)
				}
			}
			if len(columns) == 0 {
				continue
			}
			statement += strings.Join(columns, ",")
		case t.Partition == "":
			columns := make([]string, len(t.Columns))
			for i, c := range t.Columns {
				columns[i] = ident(c.Name) + " " + c.Type
			}
			statement += "(" + strings.Join(columns, ", ") + ")"
			added = append(added, t.Name)
		}
		if _, err := r.conn.Exec(ctx, statement); err != nil {
			return fmt.Errorf("table %s, which no migration makes: %w", t.Name, err)
		}
	}
	if len(added) > 0 {
		r.engine.log.WarnContext(ctx, "no migration makes these: they have their rows again, but neither constraints, defaults nor indices",
			"tables", strings.Join(added, ", "))
	}
	return nil
}

// load replaces the rows. Meanwhile tables do not refer to each other, and no
// triggers of the application fire: the rows are the results of both.
func (r *restoring) load(ctx context.Context) error {
	references, err := list[string](ctx, r.conn, `
		SELECT format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
		FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype = 'f' AND conparentid = 0 ORDER BY oid`)
	if err != nil {
		return err
	}
	triggers, err := list[string](ctx, r.conn, `
		SELECT format('ALTER TABLE %s ENABLE %s TRIGGER %I', tgrelid::regclass, CASE tgenabled WHEN 'R' THEN 'REPLICA' WHEN 'A' THEN 'ALWAYS' END, tgname)
		FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
		WHERE c.relnamespace = current_schema()::regnamespace AND NOT tgisinternal AND tgenabled <> 'D' AND NOT c.relispartition ORDER BY pg_trigger.oid`)
	if err != nil {
		return err
	}
	if _, err := r.conn.Exec(ctx, detach); err != nil {
		return err
	}
	// Of everything that is there: migrations may make tables that were dropped
	// by hand since.
	present, err := tables(ctx, r.conn)
	if err != nil {
		return err
	}
	if err := r.each(ctx, present, "TRUNCATE %s"); err != nil {
		return err
	}
	for _, t := range r.a.Tables {
		if t.Partition != "" {
			continue
		}
		err := r.a.rows(t, func(rows io.Reader) error {
			_, err := r.conn.PgConn().CopyFrom(ctx, rows, t.copyFrom())
			return err
		})
		if err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	for _, statement := range slices.Concat(references, triggers) {
		if _, err := r.conn.Exec(ctx, statement); err != nil {
			return err
		}
	}
	for _, s := range r.a.Sequences {
		// Those of tables that no migration makes are not there.
		if _, err := r.conn.Exec(ctx, "SELECT setval(to_regclass($1), $2, $3)", ident(s.Name), s.Last, s.Called); err != nil {
			return fmt.Errorf("sequence %s: %w", s.Name, err)
		}
	}
	_, err = r.conn.Exec(ctx, refresh)
	return err
}

const (
	detach = `
DO $$
DECLARE x record;
BEGIN
	FOR x IN SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname) AS statement
		FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND contype = 'f' AND conparentid = 0
	LOOP EXECUTE x.statement; END LOOP;
	FOR x IN SELECT format('ALTER TABLE %s DISABLE TRIGGER USER', oid::regclass) AS statement
		FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p') AND relhastriggers
	LOOP EXECUTE x.statement; END LOOP;
END $$`
	refresh = `
DO $$
DECLARE x record;
BEGIN
	FOR x IN SELECT format('REFRESH MATERIALIZED VIEW %s', oid::regclass) AS statement
		FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'm' AND relispopulated ORDER BY oid
	LOOP EXECUTE x.statement; END LOOP;
END $$`
)

// each executes a statement about each of the tables.
func (r *restoring) each(ctx context.Context, all []table, statement string) error {
	for _, t := range all {
		if _, err := r.conn.Exec(ctx, fmt.Sprintf(statement, ident(t.Name))); err != nil {
			return fmt.Errorf("table %s: %w", t.Name, err)
		}
	}
	return nil
}
