package postgres

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/stdlib"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// Copy has pg_dump write the schema into the file.
func (s *server) Copy(ctx context.Context, file string) error {
	var schema string
	if err := s.db.NewRaw("SELECT current_schema()").Scan(ctx, &schema); err != nil {
		return err
	}
	return dump(ctx, s.address, schema, file)
}

func dump(ctx context.Context, address, schema, file string) error {
	return run(ctx, address, nil, "pg_dump",
		"--format=custom", "--no-owner", "--no-privileges", "--schema="+quoted(schema), "--file="+file)
}

// quoted makes a pattern that matches nothing but the name.
func quoted(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Verify has pg_restore read the file to its end.
func (*Engine) Verify(ctx context.Context, file string) error {
	if _, err := os.Stat(file); err != nil {
		return err
	}
	return run(ctx, "", nil, "pg_restore", "--file="+os.DevNull, file)
}

// emptySchema drops what a schema consists of, and leaves the schema: its
// owner, and whoever may use it, are not in the copy.
const emptySchema = `
DO $$
DECLARE x record;
BEGIN
	FOR x IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE' WHEN 'f' THEN 'FOREIGN TABLE' ELSE 'TABLE' END, nspname, relname) AS statement
		FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
		WHERE nspname = '%[1]s' AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
		AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = c.oid AND deptype = 'e')
		ORDER BY relkind = 'S' -- many go with their tables
	LOOP EXECUTE x.statement; END LOOP;
	FOR x IN SELECT format('DROP ROUTINE IF EXISTS %s CASCADE', p.oid::regprocedure) AS statement
		FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
		WHERE nspname = '%[1]s' AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = p.oid AND deptype = 'e')
	LOOP EXECUTE x.statement; END LOOP;
	FOR x IN SELECT format('DROP %s IF EXISTS %I.%I CASCADE', CASE typtype WHEN 'd' THEN 'DOMAIN' ELSE 'TYPE' END, nspname, typname) AS statement
		FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
		WHERE nspname = '%[1]s' AND typtype IN ('e', 'd', 'r', 'c') AND (typrelid = 0 OR EXISTS (SELECT FROM pg_class WHERE oid = typrelid AND relkind = 'c'))
		AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = t.oid AND deptype = 'e')
	LOOP EXECUTE x.statement; END LOOP;
END $$;
`

// Restore replaces what is in the schema in one transaction.
func (e *Engine) Restore(ctx context.Context, address, file string, force bool) (err error) {
	schema, empty, err := e.examine(ctx, address)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "restore")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	// In a file first: a script that breaks off would be committed as it is.
	script := filepath.Join(folder, "script.sql")
	if err := run(ctx, "", nil, "pg_restore", "--no-owner", "--no-privileges", "--file="+script, file); err != nil {
		return err
	}
	if err := checkSchema(script, schema); err != nil {
		return err
	}
	if !force && !empty {
		if err := compare(ctx, address, schema, folder, script); err != nil {
			return err
		}
	}
	body, err := os.Open(script) //nolint:gosec // it is ours
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, body.Close()) }()
	input := io.MultiReader(strings.NewReader(strings.ReplaceAll(emptySchema, "%[1]s", strings.ReplaceAll(schema, "'", "''"))), withoutSchema(body))
	return run(ctx, address, input, "psql",
		"--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1", "--output="+os.DevNull, "--file=-")
}

// withoutSchema leaves out of a script that it creates the schema, which is
// there.
func withoutSchema(script io.Reader) io.Reader {
	r, w := io.Pipe()
	go func() {
		lines := bufio.NewReader(script)
		created := false
		for {
			line, err := lines.ReadBytes('\n')
			if !created && bytes.HasPrefix(line, []byte("CREATE SCHEMA ")) {
				created, line = true, nil
			}
			if _, writeErr := w.Write(line); writeErr != nil {
				return // nobody reads any more
			}
			if err != nil {
				w.CloseWithError(err) // an end is one as well
				return
			}
		}
	}()
	return r
}

// origin is the line above what a script creates, that tells the schema.
var origin = regexp.MustCompile(`^-- Name: .*; Type: .*; Schema: ([^-;].*?); Owner: `)

// checkSchema returns an error if the script is for another schema: it names it
// everywhere.
func checkSchema(script, schema string) (err error) {
	f, err := os.Open(script) //nolint:gosec // it is ours
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadString('\n')
		if found := origin.FindStringSubmatch(line); found != nil {
			if found[1] != schema {
				return fmt.Errorf("the backup is of the schema %q, and the database uses %q", found[1], schema)
			}
			return nil
		}
		if errors.Is(err, io.EOF) {
			return nil // nothing is in it
		}
		if err != nil {
			return err
		}
	}
}

// examine returns the schema, and whether it is empty. It fails with ErrInUse if
// the application is connected.
func (e *Engine) examine(ctx context.Context, address string) (schema string, empty bool, err error) {
	config, err := e.parse(address)
	if err != nil {
		return "", false, err
	}
	pool := stdlib.OpenDB(*config)
	pool.SetMaxOpenConns(1)
	defer func() { err = errors.Join(err, pool.Close()) }()
	for range 10 {
		var others int
		err := pool.QueryRowContext(ctx, `
			SELECT count(*) FROM pg_stat_activity
			WHERE datname = current_database() AND application_name = $1 AND pid <> pg_backend_pid()`,
			config.RuntimeParams["application_name"]).Scan(&others)
		if err != nil {
			return "", false, err
		}
		if others == 0 {
			var name sql.NullString
			var tables int
			err := pool.QueryRowContext(ctx, "SELECT current_schema(), (SELECT count(*) FROM pg_tables WHERE schemaname = current_schema())").Scan(&name, &tables)
			return name.String, tables == 0, err
		}
		// A connection that was closed just now may still be listed.
		select {
		case <-ctx.Done():
			return "", false, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
	return "", false, engine.ErrInUse
}

// compare returns ErrNewer if the schema has another content than the script.
func compare(ctx context.Context, address, schema, folder, script string) error {
	present := filepath.Join(folder, "present")
	if err := dump(ctx, address, schema, present); err != nil {
		return err
	}
	other := filepath.Join(folder, "present.sql")
	if err := run(ctx, "", nil, "pg_restore", "--no-owner", "--no-privileges", "--file="+other, present); err != nil {
		return err
	}
	a, err := fingerprint(script)
	if err != nil {
		return err
	}
	b, err := fingerprint(other)
	if err != nil {
		return err
	}
	if a != b {
		return engine.ErrNewer
	}
	return nil
}

// restriction is a line of a script that has another key each time, and versions
// one that is not about the content.
var restriction = regexp.MustCompile(`^(\\(un)?restrict \w+|-- Dumped (from|by) .*)\n$`)

func fingerprint(script string) (_ string, err error) {
	f, err := os.Open(script) //nolint:gosec // it is ours
	if err != nil {
		return "", err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	hash := sha256.New()
	lines := bufio.NewReader(f)
	for {
		line, err := lines.ReadBytes('\n')
		if !restriction.Match(line) {
			_, _ = hash.Write(line) // never fails
		}
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(hash.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}

// run runs a program of PostgreSQL's, on the server at address if there is one.
func run(ctx context.Context, address string, input io.Reader, program string, args ...string) error {
	path, err := exec.LookPath(program)
	if err != nil {
		return fmt.Errorf("%s is not on the PATH: install PostgreSQL's client programs (postgresql-client), at least as new as the server", program)
	}
	cmd := exec.CommandContext(ctx, path, args...) //nolint:gosec // the arguments are ours
	cmd.Stdin = input
	if address != "" {
		dsn, environ, err := forPrograms(address)
		if err != nil {
			return err
		}
		cmd.Args = append(cmd.Args, "--dbname="+dsn, "--no-password")
		cmd.Env = append(os.Environ(), environ...)
	}
	var failure bytes.Buffer
	cmd.Stderr = &failure
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w: %s", program, err, strings.TrimSpace(failure.String()))
	}
	return nil
}
