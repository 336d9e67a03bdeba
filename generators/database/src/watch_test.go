package database_test

import (
	"bytes"
	"context"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

func figure(n health.Node, name string) float64 {
	for _, f := range n.Figures {
		if f.Name == name {
			return f.Value
		}
	}
	return -1
}

// TestSlowQueriesAreCountedAndLoggedWithoutValues has a query wait for the lock.
func TestSlowQueriesAreCountedAndLoggedWithoutValues(t *testing.T) {
	for limit, counted := range map[string]bool{"50ms": true, "1h": false} {
		var log bytes.Buffer
		url := "DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x.db")
		c, err := construct(&log, url, "DATABASE_SLOW_QUERY="+limit)
		if err != nil {
			t.Fatal(err)
		}
		started(t, c)
		run(t, c, "CREATE TABLE a (x TEXT)")
		other, err := construct(new(bytes.Buffer), url)
		if err != nil {
			t.Fatal(err)
		}
		started(t, other)
		before := figure(c.Check(t.Context()), "slow queries")
		var waiting sync.WaitGroup
		err = other.Transaction(t.Context(), func(context.Context, bun.Tx) error {
			waiting.Go(func() {
				if _, err := c.DB().NewRaw("INSERT INTO a VALUES (?)", "confidential").Exec(t.Context()); err != nil {
					t.Error(err)
				}
			})
			time.Sleep(200 * time.Millisecond)
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		waiting.Wait()
		if slower := figure(c.Check(t.Context()), "slow queries") > before; slower != counted {
			t.Errorf("with the limit %s it is counted: %t", limit, slower)
		}
		stopped(t, c)
		stopped(t, other)
		if logged := strings.Contains(log.String(), `"query":"INSERT INTO a VALUES (?)"`); logged != counted || strings.Contains(log.String(), "confidential") {
			t.Errorf("with the limit %s the log says %s", limit, log.String())
		}
	}
}

// TestALockedDatabaseIsSeen has another process, as it were, keep the lock.
func TestALockedDatabaseIsSeen(t *testing.T) {
	var log bytes.Buffer
	url := "DATABASE_URL=sqlite:" + filepath.Join(t.TempDir(), "x.db")
	c, err := construct(&log, url, "DATABASE_BUSY_TIMEOUT=10ms")
	if err != nil {
		t.Fatal(err)
	}
	started(t, c)
	defer stopped(t, c)
	run(t, c, "CREATE TABLE a (x BIGINT)")
	other, err := construct(&log, url)
	if err != nil {
		t.Fatal(err)
	}
	started(t, other)
	defer stopped(t, other)
	insert := func(ctx context.Context, db bun.IDB) error {
		_, err := db.ExecContext(ctx, "INSERT INTO a VALUES (1)")
		return err
	}
	for name, write := range map[string]func(context.Context) error{
		"a statement": func(ctx context.Context) error { return insert(ctx, c.DB()) },
		"a transaction": func(ctx context.Context) error {
			return c.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error { return insert(ctx, tx) })
		},
	} {
		request := app.WithRequest(t.Context(), name)
		err := other.Transaction(t.Context(), func(context.Context, bun.Tx) error { return write(request) })
		if err == nil || !strings.Contains(err.Error(), "locked") || !app.Unavailable(request) {
			t.Fatalf("%s beside the lock: %v", name, err)
		}
		const want = "the database is locked by another process that writes"
		if node := c.Check(t.Context()); node.Status != health.Unhealthy || node.Message != want {
			t.Errorf("after %s the health is %s: %s", name, node.Status, node.Message)
		}
		if err := write(t.Context()); err != nil {
			t.Fatal(err)
		}
		if node := c.Check(t.Context()); node.Status != health.Healthy {
			t.Errorf("afterwards it is %s: %s", node.Status, node.Message)
		}
	}
}

func TestAFullDiskIsSeen(t *testing.T) {
	c, err := construct(new(bytes.Buffer), "DATABASE_URL=sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	started(t, c)
	defer stopped(t, c)
	run(t, c, "CREATE TABLE a (x TEXT)")
	run(t, c, "PRAGMA max_page_count = 8")
	if _, err := c.DB().NewRaw("INSERT INTO a VALUES (?)", strings.Repeat("x", 100_000)).Exec(t.Context()); err == nil {
		t.Fatal("there was room")
	}
	if node := c.Check(t.Context()); node.Status != health.Unhealthy || node.Message != "the disk is full" {
		t.Errorf("the health is %s: %s", node.Status, node.Message)
	}
	if n := number(t, c, "SELECT count(*) FROM a"); n != 0 {
		t.Errorf("there are %d rows", n)
	}
	if node := c.Check(t.Context()); node.Status != health.Unhealthy {
		t.Error("that something can be read says nothing about writing")
	}
}

func TestFigures(t *testing.T) {
	c := databasetest.New(t)
	run(t, c, "CREATE TABLE a (x TEXT)")
	node := c.Check(t.Context())
	if node.Status != health.Healthy || node.Message != c.Engine() {
		t.Errorf("the health is %s: %s", node.Status, node.Message)
	}
	if figure(node, "size") < 4096 || figure(node, "tables") != 1 || figure(node, "connections in use") < 0 {
		t.Errorf("the figures are %+v", node.Figures)
	}
}
