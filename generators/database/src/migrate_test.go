package database_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"testing/fstest"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

// files makes migrations of names and statements, each taken back by what
// follows the bar.
func files(migrations map[string]string) fs.FS {
	folder := fstest.MapFS{}
	for name, text := range migrations {
		up, down, _ := strings.Cut(text, "|")
		folder[name] = &fstest.MapFile{Data: []byte("-- +goose Up\n" + up + ";\n-- +goose Down\n" + down + ";\n")}
	}
	return folder
}

var (
	orders = files(map[string]string{
		"00001_create_orders.sql": "CREATE TABLE orders (id TEXT PRIMARY KEY)|DROP TABLE orders",
		"00002_add_total.sql":     "ALTER TABLE orders ADD COLUMN total BIGINT|ALTER TABLE orders DROP COLUMN total",
	})
	invoices = files(map[string]string{
		"00001_create_invoices.sql": "CREATE TABLE invoices (order_id TEXT NOT NULL REFERENCES orders (id))|DROP TABLE invoices",
	})
)

// owning registers migrations as a component does.
func owning(owner string, files fs.FS) func(*app.App, *database.Component) (app.Component, error) {
	return func(_ *app.App, c *database.Component) (app.Component, error) {
		c.Migrate(owner, files)
		return named(owner), nil
	}
}

type named string

func (n named) Name() string { return string(n) }

// open returns a database that is connected, and has nothing applied.
func open(t *testing.T, url string, others ...func(*app.App, *database.Component) (app.Component, error)) *database.Component {
	t.Helper()
	_, c := databasetest.NewApp(t, url, append([]func(*app.App, *database.Component) (app.Component, error){production}, others...)...)
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Stop(t.Context()) })
	return c
}

// production makes the application one that is in production.
func production(a *app.App, _ *database.Component) (app.Component, error) {
	a.Env = app.Production
	return named("production"), nil
}

// history is what has been applied, and what not, in short.
func history(t *testing.T, c *database.Component) string {
	t.Helper()
	list, err := c.Migrations(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text []string
	for _, m := range list {
		mark := "+"
		if m.Pending() {
			mark = "-"
		}
		text = append(text, mark+fmt.Sprint(m.Owner, m.Version))
	}
	return strings.Join(text, " ")
}

func TestMigrationsAreAppliedInTheOrderOfTheOwners(t *testing.T) {
	// Invoices refer to orders.
	c := databasetest.New(t, owning("orders", orders), owning("invoices", invoices))
	if got, want := history(t, c), "+orders1 +orders2 +invoices1"; got != want {
		t.Errorf("the migrations are %s, want %s", got, want)
	}
	run(t, c, "INSERT INTO orders (id, total) VALUES ('1', 1)")
	run(t, c, "INSERT INTO invoices VALUES ('1')")
	if done, err := c.Up(t.Context()); err != nil || len(done) != 0 {
		t.Errorf("again: %v, %v", done, err)
	}
}

func TestMigrationsAreTakenBackAndAppliedAgain(t *testing.T) {
	c := databasetest.New(t, owning("orders", orders))
	done, err := c.Down(t.Context(), "orders", 1)
	if err != nil || len(done) != 1 || done[0].String() != "orders/00002_add_total" {
		t.Errorf("Down = %v, %v", done, err)
	}
	if got, want := history(t, c), "+orders1 -orders2"; got != want {
		t.Errorf("the migrations are %s, want %s", got, want)
	}
	if done, err := c.Down(t.Context(), "orders", 9); err != nil || len(done) != 1 {
		t.Errorf("Down of more than there are = %v, %v", done, err)
	}
	if done, err := c.Up(t.Context()); err != nil || len(done) != 2 {
		t.Errorf("Up = %v, %v", done, err)
	}
	if _, err := c.Down(t.Context(), "ordres", 1); err == nil || !strings.Contains(err.Error(), "choose among orders, app") {
		t.Errorf("Down of a stranger = %v", err)
	}
}

func TestAFailingMigrationChangesNothing(t *testing.T) {
	broken := files(map[string]string{
		"00001_good.sql": "CREATE TABLE good (x BIGINT)|DROP TABLE good",
		"00002_bad.sql":  "CREATE TABLE bad (x BIGINT); INSERT INTO nowhere VALUES (1)|DROP TABLE bad",
	})
	_, c := databasetest.NewApp(t, databasetest.URL(t), owning("broken", broken))
	err := c.Start(t.Context())
	t.Cleanup(func() { _ = c.Stop(t.Context()) })
	if err == nil || !strings.Contains(err.Error(), "00002_bad.sql") || !strings.Contains(err.Error(), "nowhere") {
		t.Errorf("Start = %v", err)
	}
	if got, want := history(t, c), "+broken1 -broken2"; got != want {
		t.Errorf("the migrations are %s, want %s", got, want)
	}
	if _, err := c.DB().ExecContext(t.Context(), "SELECT * FROM bad"); err == nil {
		t.Error("half of the migration is there")
	}
}

func TestInProductionMigrationsWaitForTheCommand(t *testing.T) {
	c := open(t, databasetest.URL(t), owning("orders", orders))
	if got, want := history(t, c), "-orders1 -orders2"; got != want {
		t.Errorf("the migrations are %s, want %s", got, want)
	}
	node := c.Check(t.Context())
	if want := "2 migrations are pending: run test migrate up"; node.Status != health.Unhealthy || node.Message != want {
		t.Errorf("the health is %s: %s, want %q", node.Status, node.Message, want)
	}
	if len(node.Children) != 1 || node.Children[0].Name != "orders" || node.Children[0].Message != "migrations: 0 applied, 2 pending" {
		t.Errorf("the parts are %+v", node.Children)
	}
	if _, err := c.Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	if node := c.Check(t.Context()); node.Status != health.Healthy || node.Children[0].Message != "migrations: 2 applied" {
		t.Errorf("then it is %+v", node)
	}
}

func TestPendingInDevelopmentIsAWarning(t *testing.T) {
	c := databasetest.New(t, owning("orders", orders))
	if _, err := c.Down(t.Context(), "orders", 1); err != nil {
		t.Fatal(err)
	}
	if node := c.Check(t.Context()); node.Status != health.Warning || node.Message != "1 migration is pending: run test migrate up" {
		t.Errorf("the health is %s: %s", node.Status, node.Message)
	}
}

func TestANewerProgramHasBeenHere(t *testing.T) {
	url := databasetest.URL(t)
	if _, err := open(t, url, owning("orders", orders)).Up(t.Context()); err != nil {
		t.Fatal(err)
	}
	older := open(t, url, owning("orders", files(map[string]string{
		"00001_create_orders.sql": "CREATE TABLE orders (id TEXT PRIMARY KEY)|DROP TABLE orders",
	})))
	node := older.Check(t.Context())
	if node.Children[0].Status != health.Info || !strings.Contains(node.Children[0].Message, "a newer one") {
		t.Errorf("the part is %+v", node.Children[0])
	}
}

func TestOwnersHaveNames(t *testing.T) {
	for _, owner := range []string{"", "Orders", "app", "taken", "drop table"} {
		t.Run(owner, func(t *testing.T) {
			defer func() {
				if recover() == nil {
					t.Errorf("%q may own migrations", owner)
				}
			}()
			databasetest.NewApp(t, databasetest.URL(t), owning("taken", orders), owning(owner, orders))
		})
	}
}

// many is what takes a moment to be applied, so that others come in between.
func many() fs.FS {
	migrations := map[string]string{}
	for i := range 20 {
		migrations[fmt.Sprintf("%05d_create.sql", i+1)] = fmt.Sprintf("CREATE TABLE many_%d (x BIGINT)|DROP TABLE many_%d", i, i)
	}
	return files(migrations)
}

func TestManyAtOnceMigrateOnce(t *testing.T) {
	url := databasetest.URL(t)
	applied := make([]int, 6)
	var wg sync.WaitGroup
	for i := range applied {
		c := open(t, url, owning("many", many()))
		wg.Go(func() {
			done, err := c.Up(t.Context())
			if err != nil {
				t.Error(err)
			}
			applied[i] = len(done)
		})
	}
	wg.Wait()
	sum := 0
	for _, n := range applied {
		sum += n
	}
	if sum != 20 {
		t.Errorf("they applied %v, want 20 in all", applied)
	}
}

// migrateURL has the test binary migrate the database there.
const migrateURL = "TEST_MIGRATE_URL"

func TestManyProcessesMigrateOnce(t *testing.T) {
	if url := os.Getenv(migrateURL); url != "" {
		done, err := open(t, url, owning("many", many())).Up(t.Context())
		fmt.Println("applied", len(done), err)
		return
	}
	url := databasetest.URL(t)
	outputs := make([]bytes.Buffer, 4)
	var wg sync.WaitGroup
	for i := range outputs {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestManyProcessesMigrateOnce$")
		cmd.Env = append(os.Environ(), migrateURL+"="+url)
		cmd.Stdout, cmd.Stderr = &outputs[i], &outputs[i]
		wg.Go(func() {
			if err := cmd.Run(); err != nil {
				t.Errorf("%v: %s", err, outputs[i].String())
			}
		})
	}
	wg.Wait()
	sum := 0
	for i := range outputs {
		var n int
		if _, err := fmt.Sscanf(outputs[i].String(), "applied %d <nil>", &n); err != nil {
			t.Errorf("%v: %s", err, outputs[i].String())
		}
		sum += n
	}
	if sum != 20 {
		t.Errorf("they applied %d in all, want 20", sum)
	}
}
