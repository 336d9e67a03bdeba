package redis_test

import (
	"context"
	"errors"
	"io"
	"os"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	connection "github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
	"github.com/aegis-stack/aegis/generators/worker/src"
	"github.com/aegis-stack/aegis/generators/worker/src/backendtest"
	"github.com/aegis-stack/aegis/generators/worker/src/redis"
)

func TestBackend(t *testing.T) {
	backendtest.Run(t, func(t *testing.T) backendtest.Store {
		t.Helper()
		return store(t, redistest.URL(t))
	})
}

func TestKill(t *testing.T) {
	backendtest.Kill(t, func(t *testing.T) string {
		t.Helper()
		if os.Getenv("REDIS_URL") != "" {
			return redistest.URL(t)
		}
		// A server whose clock nobody asks, for that costs a look at all keys.
		return "redis://" + miniredis.RunT(t).Addr() + "/0"
	}, store)
}

func store(t *testing.T, url string) backendtest.Store {
	t.Helper()
	return backendtest.Store{
		Backend: func() worker.Backend { return redis.Distrust(open(t, url)) },
		Expire:  func() { expire(t, url) },
	}
}

// open returns a backend on the server at url.
func open(tb testing.TB, url string) worker.Backend {
	tb.Helper()
	b, _ := openWith(tb, url)
	return b
}

// openWith returns the connection, too.
func openWith(tb testing.TB, url string) (b worker.Backend, c *connection.Component) {
	tb.Helper()
	_, err := app.New(app.Options{Name: "test", Environ: []string{"TEST_REDIS_URL=" + url}, LogTo: io.Discard},
		func(a *app.App) (_ []app.Component, err error) {
			if c, err = connection.New(a); err != nil {
				return nil, err
			}
			b, err = redis.New(a, c)
			return []app.Component{c}, err
		})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close(context.WithoutCancel(tb.Context())) })
	return b, c
}

// twice sends every command twice, as the client does when it waits in vain for the
// answer to the first.
type twice struct{}

func (twice) DialHook(next goredis.DialHook) goredis.DialHook { return next }

func (twice) ProcessHook(next goredis.ProcessHook) goredis.ProcessHook {
	return func(ctx context.Context, cmd goredis.Cmder) error {
		_ = next(ctx, cmd) // nobody learns of it
		return next(ctx, cmd)
	}
}

func (twice) ProcessPipelineHook(next goredis.ProcessPipelineHook) goredis.ProcessPipelineHook {
	return next
}

func TestAnswersThatAreLost(t *testing.T) {
	b, c := openWith(t, redistest.URL(t))
	c.Client().AddHook(twice{})
	ctx := t.Context()
	task := func(id, key string) worker.NewTask {
		return worker.NewTask{ID: id, Name: "work", Queue: "default", Timeout: time.Minute, Retention: time.Hour, Due: time.Now(), UniqueKey: key, UniqueFor: time.Hour}
	}
	later := task("later", "")
	later.Due = time.Now().Add(time.Hour)
	for _, add := range []worker.NewTask{task("plain", ""), task("unique", "key"), later} {
		if err := b.Enqueue(ctx, add); err != nil {
			t.Errorf("enqueue %s: %v", add.ID, err)
		}
	}
	if err := b.Enqueue(ctx, task("other", "key")); !errors.Is(err, worker.ErrDuplicate) {
		t.Errorf("enqueue another one with the same key: %v", err)
	}
	if err := b.Retry(ctx, "later"); err != nil {
		t.Errorf("retry: %v", err)
	}
	if err := b.Cancel(ctx, "plain"); err != nil {
		t.Errorf("cancel: %v", err)
	}
	if err := b.Delete(ctx, "plain"); err != nil {
		t.Errorf("delete: %v", err)
	}
	if err := b.Delete(ctx, "plain"); !errors.Is(err, worker.ErrNotFound) {
		t.Errorf("delete again: %v", err)
	}
	tasks, err := b.List(ctx, worker.Filter{})
	if err != nil || len(tasks) != 2 || tasks[0].ID != "unique" || tasks[1].ID != "later" || tasks[1].State != worker.Pending {
		t.Errorf("there are %+v, %v", tasks, err)
	}
}

// expire lets all leases be over, for longer than clocks differ. The library would
// give back the tasks without counting, but only after half a minute.
func expire(tb testing.TB, url string) {
	tb.Helper()
	o, err := goredis.ParseURL(url)
	if err != nil {
		tb.Fatal(err)
	}
	client := goredis.NewClient(o)
	defer func() { _ = client.Close() }()
	ctx, over := tb.Context(), float64(time.Now().Add(-10*time.Second).Unix())
	for _, queue := range client.SMembers(ctx, "asynq:queues").Val() {
		key := "asynq:{" + queue + "}:lease"
		for _, id := range client.ZRange(ctx, key, 0, -1).Val() {
			if err := client.ZAdd(ctx, key, goredis.Z{Score: over, Member: id}).Err(); err != nil {
				tb.Fatal(err)
			}
		}
	}
}
