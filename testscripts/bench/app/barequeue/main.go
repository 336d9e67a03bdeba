// Command barequeue does what the load test of the generated application does, with
// nothing but the library that carries the queues there: tasks that do nothing,
// whose results are kept.
//
//	barequeue redis://127.0.0.1:6379 10000
//
// It prints how many were done in a second.
package main

import (
	"context"
	"fmt"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hibiken/asynq"
	goredis "github.com/redis/go-redis/v9"
)

func main() {
	rate, err := run(os.Args[1], os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "barequeue:", err)
		os.Exit(1)
	}
	fmt.Printf("%.0f\n", rate)
}

// As many as in the load test.
const (
	concurrency = 20
	enqueuers   = 8
)

func run(url, count string) (float64, error) {
	tasks, err := strconv.Atoi(count)
	if err != nil {
		return 0, err
	}
	options, err := goredis.ParseURL(url)
	if err != nil {
		return 0, err
	}
	redis := goredis.NewClient(options)
	defer func() { _ = redis.Close() }()

	var done atomic.Int64
	all := make(chan struct{})
	server := asynq.NewServerFromRedisClient(redis, asynq.Config{
		Concurrency: concurrency, TaskCheckInterval: 200 * time.Millisecond, LogLevel: asynq.ErrorLevel,
	})
	began := time.Now()
	err = server.Start(asynq.HandlerFunc(func(_ context.Context, t *asynq.Task) error {
		_, err := t.ResultWriter().Write([]byte("{}"))
		if done.Add(1) == int64(tasks) {
			close(all)
		}
		return err
	}))
	if err != nil {
		return 0, err
	}
	client := asynq.NewClientFromRedisClient(redis)
	errs := make(chan error, enqueuers)
	var next atomic.Int64
	var enqueuing sync.WaitGroup
	for range enqueuers {
		enqueuing.Go(func() {
			for next.Add(1) <= int64(tasks) {
				if _, err := client.Enqueue(asynq.NewTask("nothing", []byte("{}")), asynq.Retention(5*time.Minute)); err != nil {
					errs <- err
					return
				}
			}
		})
	}
	enqueuing.Wait()
	select {
	case err := <-errs:
		return 0, err
	case <-all:
	}
	took := time.Since(began)
	server.Shutdown()
	return float64(tasks) / took.Seconds(), nil
}
