package redis_test

import (
	"context"
	"encoding/json"
	"os"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
	"github.com/aegis-stack/aegis/generators/worker/src"
)

// benchConcurrency is how many tasks run at once.
const benchConcurrency = 20

func benchURL(b *testing.B) string {
	b.Helper()
	if os.Getenv("REDIS_URL") != "" {
		return redistest.URL(b)
	}
	return "redis://" + miniredis.RunT(b).Addr() + "/0"
}

// countdown is closed by the last of n calls of done.
func countdown(n int) (done func(), all <-chan struct{}) {
	ended := make(chan struct{})
	var count atomic.Int64
	return func() {
		if count.Add(1) == int64(n) {
			close(ended)
		}
	}, ended
}

// BenchmarkWorker is the way of a task through the backend.
func BenchmarkWorker(b *testing.B) {
	backend := open(b, benchURL(b))
	b.Run("enqueue", func(b *testing.B) {
		for i := range b.N {
			enqueue(b, backend, "idle", i)
		}
	})
	b.Run("work", func(b *testing.B) {
		queue := "q" + strconv.Itoa(b.N)
		for i := range b.N {
			enqueue(b, backend, queue, i)
		}
		done, all := countdown(b.N)
		b.ResetTimer()
		server, err := backend.Start([]worker.Queue{{Name: queue, Concurrency: benchConcurrency, Priority: 1}}, func(context.Context, worker.Task) (json.RawMessage, error) {
			done()
			return json.RawMessage(`{"ok":true}`), nil
		})
		if err != nil {
			b.Fatal(err)
		}
		<-all
		b.StopTimer()
		if err := server.Shutdown(context.Background()); err != nil {
			b.Fatal(err)
		}
	})
}

func enqueue(b *testing.B, backend worker.Backend, queue string, i int) {
	b.Helper()
	err := backend.Enqueue(b.Context(), worker.NewTask{
		ID: queue + "-" + strconv.Itoa(b.N) + "-" + strconv.Itoa(i), Name: "nothing", Queue: queue, Payload: json.RawMessage(`{"to":"you"}`),
		Timeout: time.Minute, Retention: time.Hour,
	})
	if err != nil {
		b.Fatal(err)
	}
}

// BenchmarkLibrary is the same with the library alone, results kept as well.
func BenchmarkLibrary(b *testing.B) {
	o, err := goredis.ParseURL(benchURL(b))
	if err != nil {
		b.Fatal(err)
	}
	redis := goredis.NewClient(o)
	b.Cleanup(func() { _ = redis.Close() })
	client := asynq.NewClientFromRedisClient(redis)
	add := func(b *testing.B, queue string, i int) {
		b.Helper()
		id := asynq.TaskID(queue + "-" + strconv.Itoa(b.N) + "-" + strconv.Itoa(i))
		if _, err := client.EnqueueContext(b.Context(), asynq.NewTask("nothing", []byte(`{"to":"you"}`)), id, asynq.Queue(queue), asynq.Retention(time.Hour)); err != nil {
			b.Fatal(err)
		}
	}
	b.Run("enqueue", func(b *testing.B) {
		for i := range b.N {
			add(b, "idle", i)
		}
	})
	b.Run("work", func(b *testing.B) {
		queue := "q" + strconv.Itoa(b.N)
		for i := range b.N {
			add(b, queue, i)
		}
		done, all := countdown(b.N)
		b.ResetTimer()
		server := asynq.NewServerFromRedisClient(redis, asynq.Config{
			Concurrency: benchConcurrency, Queues: map[string]int{queue: 1}, TaskCheckInterval: 200 * time.Millisecond, LogLevel: asynq.ErrorLevel,
		})
		if err := server.Start(asynq.HandlerFunc(func(_ context.Context, t *asynq.Task) error {
			_, err := t.ResultWriter().Write([]byte(`{"ok":true}`))
			done()
			return err
		})); err != nil {
			b.Fatal(err)
		}
		<-all
		b.StopTimer()
		server.Shutdown()
	})
}
