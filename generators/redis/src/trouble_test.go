package redis

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

func TestTroubleIsAboutTheServer(t *testing.T) {
	server := miniredis.RunT(t)
	client := goredis.NewClient(&goredis.Options{Addr: server.Addr(), MaxRetries: -1, DialerRetries: 1, ReadTimeout: time.Second})
	t.Cleanup(func() { _ = client.Close() })
	client.AddHook(trouble{})
	pipelined := func(ctx context.Context) error {
		_, err := client.Pipelined(ctx, func(p goredis.Pipeliner) error { return p.Ping(ctx).Err() })
		return err
	}
	for _, test := range []struct {
		name  string
		reply string // of the server to everything; "" is a proper one
		gone  bool   // the server is
		do    func(context.Context) error
		want  bool
	}{
		{"nothing there", "", false, func(ctx context.Context) error { return client.Get(ctx, "a").Err() }, false},
		{"wrong command", "", false, func(ctx context.Context) error { return client.Do(ctx, "NONSENSE").Err() }, false},
		{"loading", "LOADING Redis is loading the dataset in memory", false, func(ctx context.Context) error { return client.Ping(ctx).Err() }, true},
		{"full", "OOM command not allowed when used memory > 'maxmemory'.", false, pipelined, true},
		{"gone", "", true, func(ctx context.Context) error { return client.Ping(ctx).Err() }, true},
		{"gone, in a pipeline", "", true, pipelined, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			server.SetError(test.reply)
			if test.gone {
				server.Close()
			}
			ctx := app.WithRequest(t.Context(), "r-1")
			if err := test.do(ctx); err == nil || app.Unavailable(ctx) != test.want {
				t.Errorf("after %v the request counts as unanswerable: %t, want %t", err, app.Unavailable(ctx), test.want)
			}
		})
	}
	for err, want := range map[error]bool{
		fmt.Errorf("read: %w", io.EOF): true, goredis.ErrPoolTimeout: true,
		context.Canceled: false, errors.Join(goredis.Nil): false,
	} {
		if got := isTrouble(err); got != want {
			t.Errorf("isTrouble(%v) = %t, want %t", err, got, want)
		}
	}
}
