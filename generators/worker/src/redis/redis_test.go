package redis_test

import (
	"context"
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
	var b worker.Backend
	_, err := app.New(app.Options{Name: "test", Environ: []string{"TEST_REDIS_URL=" + url}, LogTo: io.Discard},
		func(a *app.App) ([]app.Component, error) {
			c, err := connection.New(a)
			if err != nil {
				return nil, err
			}
			b, err = redis.New(a, c)
			return []app.Component{c}, err
		})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = b.Close(context.WithoutCancel(tb.Context())) })
	return b
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
