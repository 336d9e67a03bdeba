package database_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

// construct makes the database of an application with these variables.
func construct(log *bytes.Buffer, environ ...string) (*database.Component, error) {
	var c *database.Component
	for i := range environ {
		environ[i] = "SHOP_" + environ[i]
	}
	_, err := app.New(app.Options{Name: "shop", Environ: environ, LogTo: log}, func(a *app.App) (_ []app.Component, err error) {
		c, err = database.New(a)
		return []app.Component{c}, err
	})
	return c, err
}

func run(t *testing.T, c *database.Component, query string, args ...any) {
	t.Helper()
	if _, err := c.DB().NewRaw(query, args...).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func number(t *testing.T, c *database.Component, query string) (n int) {
	t.Helper()
	if err := c.DB().NewRaw(query).Scan(t.Context(), &n); err != nil {
		t.Fatal(err)
	}
	return n
}

func TestWithoutAURLThereIsAFileToDevelopWith(t *testing.T) {
	t.Chdir(t.TempDir())
	var log bytes.Buffer
	c, err := construct(&log, "LOG_FORMAT=json")
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Stop(context.Background()) }()
	folder, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "data", "shop.db")
	for _, name := range []string{path, filepath.Join(folder, "data", ".gitignore")} {
		if _, err := os.Stat(name); err != nil {
			t.Error(err)
		}
	}
	want := `"msg":"embedded","component":"database","variable":"SHOP_DATABASE_URL","value":"sqlite:` + path + `"`
	if !strings.Contains(log.String(), want) {
		t.Errorf("the log says %s, want %s", log.String(), want)
	}
}

func TestConfiguration(t *testing.T) {
	for _, test := range []struct {
		environ []string
		want    string // "" is no error
	}{
		{[]string{"ENV=production"}, "SHOP_DATABASE_URL: needed in production, such as sqlite:/var/lib/data/app.db"},
		{[]string{"ENV=production", "ZEBRA=x"}, "SHOP_DATABASE_URL: needed in production, such as sqlite:/var/lib/data/app.db\nSHOP_ZEBRA is not a variable"},
		{[]string{"ENV=production", "DATABASE_URL=sqlite:x.db"}, ""},
		{[]string{"DATABASE_URL=mysql://u:secret@h/d"}, "SHOP_DATABASE_URL: want a URL such as sqlite:"},
		{[]string{"DATABASE_READERS=0"}, "SHOP_DATABASE_READERS"},
	} {
		_, err := construct(new(bytes.Buffer), test.environ...)
		if test.want == "" && err == nil {
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("with %q: %v, want %q", test.environ, err, test.want)
		}
	}
}

func TestWhatCannotBeOpenedNamesItsVariable(t *testing.T) {
	folder := t.TempDir()
	c, err := construct(new(bytes.Buffer), "DATABASE_URL=sqlite:"+folder)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err == nil || !strings.HasPrefix(err.Error(), "SHOP_DATABASE_URL: ") || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder as the database: %v", err)
	}
}

func TestReadersCannotWrite(t *testing.T) {
	c := databasetest.New(t)
	if c.Engine() != "sqlite" {
		t.Skip("the server has one pool")
	}
	run(t, c, "CREATE TABLE a (x BIGINT)")
	if _, err := c.Read().ExecContext(t.Context(), "INSERT INTO a VALUES (1)"); err == nil {
		t.Error("a reader has written")
	}
	if n := number(t, c, "SELECT count(*) FROM a"); n != 0 {
		t.Errorf("there are %d rows", n)
	}
}

func TestReadersDoNotWaitForTheWriter(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE a (x BIGINT)")
	err := c.Transaction(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO a VALUES (1)"); err != nil {
			return err
		}
		var n int
		if err := c.Read().NewRaw("SELECT count(*) FROM a").Scan(t.Context(), &n); err != nil || n != 0 {
			t.Errorf("others see %d rows before the end (%v)", n, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if n := number(t, c, "SELECT count(*) FROM a"); n != 1 {
		t.Errorf("there are %d rows afterwards", n)
	}
}

func TestTransactionTakesEverythingBack(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE a (x BIGINT)")
	failure := errors.New("no")
	err := c.Transaction(t.Context(), func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.ExecContext(ctx, "INSERT INTO a VALUES (1)"); err != nil {
			return err
		}
		// One in the other is part of it.
		if err := c.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
			_, err := tx.ExecContext(ctx, "INSERT INTO a VALUES (2)")
			return err
		}); err != nil {
			return err
		}
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("Transaction = %v", err)
	}
	if n := number(t, c, "SELECT count(*) FROM a"); n != 0 {
		t.Errorf("%d rows are left", n)
	}
}

// TestTransactionsBehaveAsIfOneRanAfterTheOther reads a number and writes the
// next, from many sides at once: none may be lost.
func TestTransactionsBehaveAsIfOneRanAfterTheOther(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE a (x BIGINT)")
	run(t, c, "INSERT INTO a VALUES (0)")
	const sides, times = 8, 10
	var wg sync.WaitGroup
	for range sides {
		wg.Go(func() {
			for range times {
				err := c.Transaction(t.Context(), func(ctx context.Context, tx bun.Tx) error {
					var x int
					if err := tx.NewRaw("SELECT x FROM a").Scan(ctx, &x); err != nil {
						return err
					}
					_, err := tx.NewRaw("UPDATE a SET x = ?", x+1).Exec(ctx)
					return err
				})
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if x := number(t, c, "SELECT x FROM a"); x != sides*times {
		t.Errorf("the number is %d, want %d", x, sides*times)
	}
}

func TestForeignKeysAreChecked(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE a (id TEXT PRIMARY KEY)")
	run(t, c, "CREATE TABLE b (a_id TEXT NOT NULL REFERENCES a (id))")
	if _, err := c.DB().ExecContext(t.Context(), "INSERT INTO b VALUES ('nobody')"); err == nil {
		t.Error("a row refers to one that is not there")
	}
}

type item struct {
	bun.BaseModel `bun:"table:items"`

	ID int64 `bun:"id,pk"`
}

func TestList(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE items (id BIGINT PRIMARY KEY)")
	for i := range 5 {
		run(t, c, "INSERT INTO items VALUES (?)", i)
	}
	for _, test := range []struct {
		page database.Page
		want []int64
	}{
		{database.Page{Limit: 2}, []int64{4, 3}},
		{database.Page{Limit: 2, Offset: 4}, []int64{0}},
		{database.Page{Limit: 2, Offset: 9}, []int64{}},
	} {
		got, err := database.List[item](t.Context(), c.Read().NewSelect().Model((*item)(nil)).Order("id DESC"), test.page)
		if err != nil {
			t.Fatal(err)
		}
		if got.Items == nil || len(got.Items) != len(test.want) || got.Total != 5 || got.Limit != test.page.Limit || got.Offset != test.page.Offset {
			t.Errorf("List(%+v) = %+v", test.page, got)
			continue
		}
		for i := range got.Items {
			if got.Items[i].ID != test.want[i] {
				t.Errorf("List(%+v) = %+v", test.page, got)
			}
		}
	}
}
