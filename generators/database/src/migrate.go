package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pressly/goose/v3"
	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/database/src/migrations"
)

// owner has migrations, with versions and a table to remember them that are
// nobody else's.
type owner struct {
	name  string
	files fs.FS
}

// application is the owner of the migrations in the folder migrations.
const application = "app"

var ownerName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Migrate has the migrations in files applied: those at its root that are named
// like 00001_create_orders.sql, in that order, after those of the owners before.
// Their SQL has to run on every engine. Call it from a constructor.
func (c *Component) Migrate(name string, files fs.FS) {
	taken := slices.ContainsFunc(c.owners, func(o owner) bool { return o.name == name })
	if taken || name == application || !ownerName.MatchString(name) {
		panic(fmt.Sprintf("database: %q cannot own migrations: the name is taken or no small letters", name))
	}
	c.owners = append(c.owners, owner{name, files})
}

// allOwners has the application's own migrations last, so that its tables may
// refer to all others.
func (c *Component) allOwners() []owner {
	return append(slices.Clone(c.owners), owner{application, migrations.Files})
}

// table is where the applied versions are remembered.
func (o owner) table() string { return "migrations_" + o.name }

// sources lists the migrations by version.
func (o owner) sources() ([]Migration, error) {
	names, err := fs.Glob(o.files, "*.sql")
	if err != nil {
		return nil, err
	}
	list := make([]Migration, len(names))
	for i, name := range names {
		version, err := goose.NumericComponent(name)
		if err != nil {
			return nil, fmt.Errorf("migrations of %s: %s: want a name such as 00001_create_orders.sql", o.name, name)
		}
		list[i] = Migration{Owner: o.name, Version: version, Name: name}
	}
	slices.SortFunc(list, func(a, b Migration) int { return cmp.Compare(a.Version, b.Version) })
	return list, nil
}

// Migration is one step in the history of the database's structure.
type Migration struct {
	Owner   string    `json:"owner"`
	Version int64     `json:"version"`
	Name    string    `json:"name"`             // of its file; empty if this program does not know it
	Applied time.Time `json:"applied,omitzero"` // zero while it is pending
}

// Pending says whether the migration has still to be applied.
func (m Migration) Pending() bool { return m.Applied.IsZero() }

// String is the owner with the title.
func (m Migration) String() string { return m.Owner + "/" + m.title() }

// title is the name without the suffix of the file.
func (m Migration) title() string {
	if m.Name == "" {
		return strconv.FormatInt(m.Version, 10) + ", not known here"
	}
	return strings.TrimSuffix(m.Name, ".sql")
}

// Migrations lists all migrations in the order in which they are applied.
// Those that are applied but not known are from a newer program.
func (c *Component) Migrations(ctx context.Context) ([]Migration, error) {
	tables, err := c.opened.TableNames(ctx)
	if err != nil {
		return nil, c.explained(err)
	}
	var all []Migration
	for _, o := range c.allOwners() {
		list, err := o.sources()
		if err != nil {
			return nil, err
		}
		if slices.Contains(tables, o.table()) {
			if list, err = c.applied(ctx, o, list); err != nil {
				return nil, c.explained(err)
			}
		}
		all = append(all, list...)
	}
	return all, nil
}

// applied marks those of the list that are, and adds those that are not in it.
func (c *Component) applied(ctx context.Context, o owner, list []Migration) ([]Migration, error) {
	var rows []struct {
		Version int64     `bun:"version_id"`
		Time    time.Time `bun:"tstamp"`
	}
	err := c.opened.Reader().NewRaw("SELECT version_id, tstamp FROM ? WHERE version_id > 0 ORDER BY id", bun.Ident(o.table())).Scan(ctx, &rows)
	for _, row := range rows {
		i := slices.IndexFunc(list, func(m Migration) bool { return m.Version == row.Version })
		if i < 0 {
			list = append(list, Migration{Owner: o.name, Version: row.Version})
			i = len(list) - 1
		}
		list[i].Applied = row.Time.UTC()
	}
	return list, err
}

// pending counts the migrations that are.
func pending(list []Migration) int {
	n := 0
	for _, m := range list {
		if m.Pending() {
			n++
		}
	}
	return n
}

// Up applies all pending migrations and returns them. Processes that do so at
// the same time wait for each other.
func (c *Component) Up(ctx context.Context) ([]Migration, error) {
	list, err := c.Migrations(ctx)
	if err != nil || pending(list) == 0 {
		return nil, err
	}
	var done []Migration
	err = c.migrate(ctx, func(db *sql.DB) error {
		for _, o := range c.allOwners() {
			p, err := c.provider(o, db)
			if p == nil || err != nil {
				return err
			}
			results, err := p.Up(ctx)
			if partial, ok := errors.AsType[*goose.PartialError](err); ok {
				results = partial.Applied
			}
			for _, r := range results {
				done = append(done, c.report(ctx, o, "migrated", r))
			}
			if err != nil {
				return fmt.Errorf("migrations of %s: %w", o.name, failed(err))
			}
		}
		return nil
	})
	return done, err
}

// Down takes back the last n migrations of an owner and returns them.
func (c *Component) Down(ctx context.Context, name string, n int) ([]Migration, error) {
	owners := c.allOwners()
	i := slices.IndexFunc(owners, func(o owner) bool { return o.name == name })
	if i < 0 {
		names := make([]string, len(owners))
		for i, o := range owners {
			names[i] = o.name
		}
		return nil, fmt.Errorf("%q has no migrations: choose among %s", name, strings.Join(names, ", "))
	}
	var done []Migration
	err := c.migrate(ctx, func(db *sql.DB) error {
		p, err := c.provider(owners[i], db)
		if p == nil || err != nil {
			return err
		}
		for range n {
			result, err := p.Down(ctx)
			if errors.Is(err, goose.ErrNoNextVersion) {
				return nil
			}
			if err != nil {
				return fmt.Errorf("migrations of %s: %w", name, failed(err))
			}
			done = append(done, c.report(ctx, owners[i], "migration taken back", result))
		}
		return nil
	})
	return done, err
}

// failed names the file of the migration that an error is about.
func failed(err error) error {
	if partial, ok := errors.AsType[*goose.PartialError](err); ok {
		return fmt.Errorf("%s: %w", path.Base(partial.Failed.Source.Path), partial.Err)
	}
	return err
}

// migrate calls do while no other process can migrate.
func (c *Component) migrate(ctx context.Context, do func(*sql.DB) error) (err error) {
	db, giveBack, err := c.opened.Migrator(ctx)
	if err != nil {
		return c.explained(fmt.Errorf("wait for migrations: %w", err))
	}
	defer func() { err = errors.Join(err, giveBack()) }()
	if err := do(db); err != nil {
		return c.explained(err)
	}
	return nil
}

// provider runs the migrations of an owner; it is nil if there are none.
func (c *Component) provider(o owner, db *sql.DB) (*goose.Provider, error) {
	p, err := goose.NewProvider(c.engine.Dialect(), db, o.files,
		goose.WithTableName(o.table()),
		goose.WithDisableGlobalRegistry(true),
		// Branches that are merged bring migrations that are older than the
		// newest one applied.
		goose.WithAllowOutofOrder(true),
		goose.WithLogger(goose.NopLogger()))
	if errors.Is(err, goose.ErrNoMigrations) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("migrations of %s: %w", o.name, err)
	}
	return p, nil
}

func (c *Component) report(ctx context.Context, o owner, message string, r *goose.MigrationResult) Migration {
	m := Migration{Owner: o.name, Version: r.Source.Version, Name: path.Base(r.Source.Path), Applied: time.Now().UTC()}
	c.log.InfoContext(ctx, message, "migration", m.String(), "took_ms", health.Milliseconds(r.Duration)) //nolint:sloglint // two constants
	return m
}

// reportPending logs what operators have to do before the application is ready.
func (c *Component) reportPending(ctx context.Context) error {
	list, err := c.Migrations(ctx)
	if n := pending(list); n > 0 {
		c.log.WarnContext(ctx, "migrations are pending", "pending", n, "command", c.app.Name+" migrate up")
	}
	return err
}
