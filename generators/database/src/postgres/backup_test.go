package postgres_test

import (
	"archive/zip"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/jackc/pgx/v5"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// shop is a structure with what is not easily made again: tables that refer to
// each other in a circle, values that the server makes, triggers, rows of a
// migration, an index that wants no transaction.
var shop = map[string]string{
	"00001_shop.sql": `-- +goose Up
CREATE TYPE state AS ENUM ('new', 'paid');
CREATE TABLE customers (
	id BIGINT GENERATED ALWAYS AS IDENTITY PRIMARY KEY, "Full Name" TEXT NOT NULL, born DATE, photo BYTEA, score DOUBLE PRECISION,
	tags TEXT[] NOT NULL DEFAULT '{}', details JSONB, seen TIMESTAMPTZ, favourite BIGINT,
	initial TEXT GENERATED ALWAYS AS (left("Full Name", 1)) STORED
);
CREATE TABLE orders (id BIGSERIAL PRIMARY KEY, customer BIGINT NOT NULL REFERENCES customers (id), state state NOT NULL DEFAULT 'new', parent BIGINT REFERENCES orders (id));
ALTER TABLE customers ADD CONSTRAINT favourite FOREIGN KEY (favourite) REFERENCES orders (id) DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE rates (name TEXT PRIMARY KEY, rate NUMERIC NOT NULL);
INSERT INTO rates VALUES ('low', 0.07), ('high', 0.19);
CREATE TABLE log (at BIGINT, what TEXT) PARTITION BY RANGE (at);
CREATE TABLE log_1 PARTITION OF log FOR VALUES FROM (0) TO (10);
CREATE VIEW paid AS SELECT id FROM orders WHERE state = 'paid';
CREATE MATERIALIZED VIEW buyers AS SELECT count(*) AS n FROM customers;
CREATE TABLE "Odd ""name""/" (x TEXT, "select" BIGINT);
-- +goose StatementBegin
CREATE FUNCTION logged() RETURNS trigger AS $$ BEGIN INSERT INTO log VALUES (NEW.id, 'order'); RETURN NEW; END $$ LANGUAGE plpgsql;
-- +goose StatementEnd
CREATE TRIGGER logged AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION logged();
-- +goose Down
`,
	"00002_refunds.sql": "-- +goose Up\nALTER TYPE state ADD VALUE 'refunded';\n-- +goose Down\n",
	"00003_index.sql":   "-- +goose NO TRANSACTION\n-- +goose Up\nCREATE INDEX CONCURRENTLY orders_by_customer ON orders (customer);\n-- +goose Down\n",
}

const rows = `
INSERT INTO customers ("Full Name", born, photo, score, tags, details, seen) VALUES
	(E'Zoë\t"\\N"\n\\.', '0044-03-15 BC', '\x00ff0a5c', 0.1::float8 + 0.2, '{a,"b,\"c",NULL}', '{"a": [1, null]}', '2026-02-03 04:05:06.789012+09'),
	('', NULL, NULL, 'NaN', '{}', NULL, 'infinity');
INSERT INTO orders (customer, state) VALUES (1, 'paid'), (2, 'refunded');
INSERT INTO orders (customer, parent) VALUES (2, 1);
UPDATE customers SET favourite = 3 WHERE id = 1;
UPDATE rates SET rate = 0.16 WHERE name = 'high';
DELETE FROM rates WHERE name = 'low';
REFRESH MATERIALIZED VIEW buyers;
INSERT INTO "Odd ""name""/" VALUES ('\', 1);
DELETE FROM orders WHERE id = 2 -- what a sequence has given out stays so
`

// owning has an application own the migrations.
func owning(sources map[string]string) func(*app.App, *database.Component) (app.Component, error) {
	return func(_ *app.App, c *database.Component) (app.Component, error) {
		files := fstest.MapFS{}
		for name, text := range sources {
			files[name] = &fstest.MapFile{Data: []byte(text)}
		}
		c.Migrate("shop", files)
		return owner{}, nil
	}
}

type owner struct{}

func (owner) Name() string { return "shop" }

func schema(t *testing.T) string {
	t.Helper()
	if !strings.HasPrefix(os.Getenv("DATABASE_URL"), "postgres") {
		t.Skip("DATABASE_URL names no Postgres")
	}
	return databasetest.URL(t)
}

// program is one that is not running, with its migrations applied if it may.
func program(t *testing.T, url string, sources map[string]string, up bool) *database.Component {
	t.Helper()
	_, c := databasetest.NewApp(t, url, owning(sources))
	if up {
		running(t, c, func() {})
	}
	return c
}

func running(t *testing.T, c *database.Component, do func()) {
	t.Helper()
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	do()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func backup(t *testing.T, c *database.Component) (b database.Backup) {
	t.Helper()
	running(t, c, func() {
		var err error
		if b, err = c.Backup(t.Context()); err != nil {
			t.Fatal(err)
		}
	})
	return b
}

// ask returns the first column of all results.
func ask(t *testing.T, url, query string) string {
	t.Helper()
	config, err := pgx.ParseConfig(url)
	if err != nil {
		t.Fatal(err)
	}
	config.RuntimeParams["application_name"] = "psql"
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	conn, err := pgx.ConnectConfig(t.Context(), config)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close(context.WithoutCancel(t.Context())) }()
	results, err := conn.PgConn().Exec(t.Context(), query).ReadAll()
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	var lines []string
	for _, result := range results {
		for _, row := range result.Rows {
			lines = append(lines, string(row[0]))
		}
	}
	return strings.Join(lines, "\n")
}

// state is all that can be asked about a schema: its columns, constraints,
// indices, triggers, rows, and what sequences give out next.
func state(t *testing.T, url string) string {
	t.Helper()
	return ask(t, url, `
		SELECT concat(attrelid::regclass, '.', attname, ' ', format_type(atttypid, atttypmod), ' ', attnotnull, attidentity, attgenerated, pg_get_expr(adbin, adrelid))
			FROM pg_attribute JOIN pg_class c ON c.oid = attrelid LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
			WHERE relnamespace = current_schema()::regnamespace AND attnum > 0 ORDER BY 1;
		SELECT concat(conrelid::regclass, ' ', conname, ' ', pg_get_constraintdef(oid)) FROM pg_constraint WHERE connamespace = current_schema()::regnamespace ORDER BY 1;
		SELECT replace(indexdef, current_schema(), '') FROM pg_indexes WHERE schemaname = current_schema() ORDER BY 1;
		SELECT concat(pg_get_triggerdef(t.oid, true), tgenabled) FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal ORDER BY 1;
		SELECT query_to_xml(format('SELECT x::text FROM %s x', oid::regclass), true, false, '')::text FROM pg_class
			WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm') ORDER BY relname;
		SELECT concat(sequencename, ' ', last_value) FROM pg_sequences WHERE schemaname = current_schema() ORDER BY 1;`)
}

func TestARestoredSchemaIsTheSame(t *testing.T) {
	url := schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows)
	before := state(t, url)
	for _, want := range []string{"0044-03-15 BC", "customers_id_seq 2", "orders_id_seq 3", "(2)", "orders_by_customer", "favourite FOREIGN KEY"} {
		if !strings.Contains(before, want) {
			t.Fatalf("%q is not in the state before:\n%s", want, before)
		}
	}
	b := backup(t, c)
	ask(t, url, "UPDATE customers SET tags = '{}'; DROP TABLE rates; INSERT INTO log VALUES (5, 'later'); CREATE TABLE later (x BIGINT)")
	if err := c.Restore(t.Context(), b, false); !errors.Is(err, engine.ErrNewer) {
		t.Fatalf("over something else: %v", err)
	}
	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	if after := state(t, url); after != before {
		t.Errorf("restored is\n%s\nbefore it was\n%s", after, before)
	}
	// The trigger fires again, and the server goes on counting.
	if id := ask(t, url, "INSERT INTO orders (customer) VALUES (1) RETURNING id"); id != "4" || ask(t, url, "SELECT count(*) FROM log WHERE at = 4") != "1" {
		t.Errorf("the next order is %s", id)
	}
	// What was there is saved, and can be brought back.
	saved, err := c.Find("latest")
	if err != nil || saved.Name == b.Name {
		t.Fatalf("saved before is %v (%v)", saved, err)
	}
	if err := c.Restore(t.Context(), saved, true); err != nil {
		t.Fatal(err)
	}
	if n := ask(t, url, "SELECT count(*) FROM log WHERE what = 'later'"); n != "1" {
		t.Errorf("of what was saved before, %s rows are there", n)
	}
}

// What is committed while the tables are read is in none of them, also not in
// those that are read afterwards.
func TestACopyIsOfOneMoment(t *testing.T) {
	url := schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows)
	before := state(t, url)
	other, err := pgx.Connect(t.Context(), url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Close(context.WithoutCancel(t.Context())) }()
	do := func(statement string) {
		if _, err := other.Exec(t.Context(), statement); err != nil {
			t.Error(err)
		}
	}
	var b database.Backup
	running(t, c, func() {
		do("BEGIN; LOCK TABLE rates IN ACCESS EXCLUSIVE MODE")
		done := make(chan error)
		go func() {
			var err error
			b, err = c.Backup(t.Context())
			done <- err
		}()
		for ask(t, url, "SELECT count(*) FROM pg_locks WHERE relation = 'rates'::regclass AND NOT granted") == "0" {
			select {
			case err := <-done:
				t.Fatalf("the backup did not wait for the table: %v", err)
			case <-time.After(time.Millisecond):
			}
		}
		do("DELETE FROM log; INSERT INTO rates VALUES ('new', 1); COMMIT")
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	if err := other.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	if after := state(t, url); after != before {
		t.Errorf("restored is\n%s\nbefore it was\n%s", after, before)
	}
}

func TestARestoreThatFailsChangesNothing(t *testing.T) {
	url := schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows)
	b := backup(t, c)
	ask(t, url, "UPDATE rates SET rate = 1")
	before := state(t, url)
	for name, sources := range map[string]map[string]string{
		// Others have edited a migration since, or an older program restores.
		"table rates: ERROR: null value":          with(shop, "00001_shop.sql", strings.ReplaceAll(shop["00001_shop.sql"], "rate NUMERIC NOT NULL)", "rate NUMERIC NOT NULL, since DATE NOT NULL)"), "0.07", "0.07, now()", "0.19", "0.19, now()"),
		"does not have the migrations shop/00003": with(shop, "00003_index.sql", ""),
		"cannot be applied in one transaction":    with(shop, "00003_index.sql", "-- +goose NO TRANSACTION\n-- +goose Up\nCOMMIT;\n-- +goose Down\n"),
	} {
		if err := program(t, url, sources, false).Restore(t.Context(), b, true); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("Restore = %v, want %q", err, name)
		}
	}
	if after := state(t, url); after != before {
		t.Errorf("it is now\n%s\nbefore it was\n%s", after, before)
	}
}

// with changes one file of the sources, or takes it away.
func with(sources map[string]string, name, text string, replace ...string) map[string]string {
	other := map[string]string{}
	for n, t := range sources {
		other[n] = t
	}
	if other[name] = strings.NewReplacer(replace...).Replace(text); text == "" {
		delete(other, name)
	}
	return other
}

// What is the same as in a new database is overwritten without a word.
func TestRestoreWhereNothingIsYet(t *testing.T) {
	url, other := schema(t), schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows)
	b := backup(t, c)
	next := with(shop, "00004_more.sql", "-- +goose Up\nCREATE TABLE more (x BIGINT);\n-- +goose Down\n")
	empty := with(map[string]string{}, "00001_a.sql", "-- +goose Up\nCREATE TABLE a (x BIGINT);\n-- +goose Down\n")
	if err := program(t, other, next, false).Restore(t.Context(), b, false); err != nil {
		t.Errorf("into an empty schema, with a newer program: %v", err)
	}
	if state(t, other) != state(t, url) {
		t.Error("another schema has something else")
	}
	newer := program(t, other, next, true)
	if n := ask(t, other, "SELECT count(*) FROM customers, more"); n != "0" {
		t.Error("the newer program cannot go on from there")
	}
	if err := newer.Restore(t.Context(), b, false); !errors.Is(err, engine.ErrNewer) {
		t.Errorf("over a newer structure: %v", err)
	}
	if err := program(t, schema(t), empty, false).Restore(t.Context(), b, true); err == nil || !strings.Contains(err.Error(), "shop/00002, shop/00003") {
		t.Errorf("with a program that knows nothing of it: %v", err)
	}
}

// What no migration makes has its rows, and partitions are made again.
func TestTablesThatNoMigrationMakes(t *testing.T) {
	url := schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows+`; CREATE TABLE "By Hand" (id SERIAL PRIMARY KEY, note VARCHAR(10)); INSERT INTO "By Hand" (note) VALUES ('a');
		ALTER TABLE rates ADD COLUMN extra TEXT; UPDATE rates SET extra = 'more';
		CREATE TABLE log_2 PARTITION OF log FOR VALUES FROM (10) TO (20) PARTITION BY LIST (what); CREATE TABLE log_2a PARTITION OF log_2 FOR VALUES IN ('a'); INSERT INTO log VALUES (11, 'a');
		ALTER TABLE log ADD COLUMN by_hand TEXT; UPDATE log SET by_hand = 'x'`)
	b := backup(t, c)
	ask(t, url, `DROP TABLE "By Hand", log_2; ALTER TABLE rates DROP COLUMN extra`)
	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	got := ask(t, url, `SELECT note FROM "By Hand"; SELECT extra FROM rates; SELECT what FROM log_2a; SELECT count(*) FROM log WHERE by_hand = 'x';
		SELECT count(*) FROM pg_constraint WHERE conrelid = '"By Hand"'::regclass`)
	if got != "a\nmore\na\n4\n0" {
		t.Errorf("restored is %q", got)
	}
}

// The rows can be read without the program.
func TestACopyIsAZipFile(t *testing.T) {
	url := schema(t)
	c := program(t, url, shop, true)
	ask(t, url, rows)
	b := backup(t, c)
	if filepath.Ext(b.Name) != ".zip" {
		t.Errorf("it is called %s", b.Name)
	}
	archive, err := zip.OpenReader(b.Path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = archive.Close() }()
	text := func(name string) string {
		f, err := archive.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = f.Close() }()
		content, err := io.ReadAll(f)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if got := text("tables/rates.copy"); got != "high\t0.16\n" {
		t.Errorf("the rates are %q", got)
	}
	var contents struct {
		Migrations map[string][]int64
		Tables     []struct {
			Name string
			Rows int
		}
	}
	if err := json.Unmarshal([]byte(text("contents.json")), &contents); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(contents.Migrations["shop"], []int64{1, 2, 3}) || len(contents.Tables) != 7 {
		t.Errorf("the contents are %+v", contents)
	}
	if info, err := os.Stat(b.Path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("its mode is %v (%v)", info.Mode(), err)
	}
}
