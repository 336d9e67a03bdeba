package redis_test

import (
	"context"
	"encoding/json"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// A task that takes its process along each time would do so for ever.
func TestTaskThatKillsItsProcessDies(t *testing.T) {
	url := redistest.URL(t)
	b := open(t, url)
	task := worker.NewTask{ID: "a", Name: "bomb", Queue: "default", Payload: json.RawMessage("{}"), Timeout: time.Minute, Retention: time.Hour}
	if err := b.Enqueue(t.Context(), task); err != nil {
		t.Fatal(err)
	}
	o, err := goredis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	client := goredis.NewClient(o)
	t.Cleanup(func() { _ = client.Close() })
	if err := client.HSet(t.Context(), "asynq:{default}:t:a", "lost", 10).Err(); err != nil {
		t.Fatal(err)
	}
	began := make(chan struct{})
	s, err := b.Start([]worker.Queue{{Name: "default", Concurrency: 1, Priority: 1}}, func(ctx context.Context, _ worker.Task) (json.RawMessage, error) {
		close(began)
		<-ctx.Done()
		return nil, context.Cause(ctx)
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		defer cancel()
		_ = s.Shutdown(ctx)
	})
	<-began
	expire(t, url)
	deadline := time.Now().Add(10 * time.Second)
	for {
		got, err := b.Get(t.Context(), "a")
		if err != nil {
			t.Fatal(err)
		}
		if got.State == worker.Dead && got.Error == "its process died, again and again" && got.Ended != nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("the task is %+v", got)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
