//go:build linux

package main

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"time"
)

// shared returns how to start processes that share a database, and with the
// backend "redis" a Redis too.
func (l *lab) shared(backend string) (shop, error) {
	url, err := l.database()
	if err != nil {
		return shop{}, err
	}
	variables := []string{"DATABASE_URL=" + url}
	if backend == "redis" {
		r, err := l.redis()
		if err != nil {
			return shop{}, err
		}
		variables = append(variables, "REDIS_URL="+r.url())
	}
	return l.shop(backend, variables...)
}

func (l *lab) killDatabaseWorker() error { return l.killWorker("database") }

func (l *lab) killRedisWorker() error { return l.killWorker("redis") }

// killWorker kills two workers amid many tasks. Each task is done all the same.
func (l *lab) killWorker(backend string) error {
	const tasks = 10_000
	s, err := l.shared(backend)
	if err != nil {
		return err
	}
	web, err := l.serve(s, "web")
	if err != nil {
		return err
	}
	var workers []*process
	work := func() error {
		p, err := l.serve(s, "worker")
		workers = append(workers, p)
		return err
	}
	for range 2 {
		if err := work(); err != nil {
			return err
		}
	}
	began := time.Now()
	enqueued := start(clients, func(n int64) error {
		if n > tasks {
			<-time.After(10 * time.Millisecond)
			return errEnough
		}
		return enqueue(web.url, n)
	})
	for i, after := range []int{tasks / 4, tasks / 2} {
		if err := await("enough tasks are done", func() bool { return len(numbers(s.written)) >= after }); err != nil {
			return err
		}
		workers[i].kill()
		if err := work(); err != nil {
			return err
		}
	}
	if err := await("all tasks are enqueued", func() bool { return enqueued.done.Load() == tasks }); err != nil {
		return err
	}
	for _, err := range enqueued.stop() {
		if err != errEnough { //nolint:errorlint // it is never wrapped
			return err
		}
	}
	if err := await("all tasks are done", func() bool { return len(numbers(s.written)) == tasks }); err != nil {
		say("%d of %d tasks are done", len(numbers(s.written)), tasks)
		return err
	}
	again := 0
	for _, times := range numbers(s.written) {
		again += times - 1
	}
	say("%d tasks done within %s, 2 workers killed, %d done again, 0 lost", tasks, time.Since(began).Round(100*time.Millisecond), again)
	return nil
}

// errEnough says that there is nothing left to be sent.
var errEnough = fmt.Errorf("enough")

// enqueue enqueues a task that writes down n.
func enqueue(url string, n int64) error {
	return want(http.StatusAccepted)(ask(http.MethodPost, url+"/api/v1/tasks",
		map[string]any{"task": "count", "payload": map[string]int64{"n": n}}))
}

// numbers returns what tasks wrote down, and how often.
func numbers(written string) map[string]int {
	text, _ := os.ReadFile(written) // not there yet is nothing
	counts := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if number, whole := strings.CutSuffix(line, "\n"); whole && number != "tick" && number != "tock" {
			counts[number]++
		}
	}
	return counts
}
