//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"strconv"
	"sync"
	"syscall"
	"time"
)

// redis is a server that keeps what it has acknowledged.
type redis struct {
	*process

	l       *lab
	dir     string
	address string
}

func (r *redis) url() string { return "redis://" + r.address }

// redis starts a server on a free port.
func (l *lab) redis() (*redis, error) {
	dir, err := l.folder()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	r := &redis{l: l, dir: dir, address: address}
	return r, r.start()
}

func (r *redis) start() error {
	_, port, err := net.SplitHostPort(r.address)
	if err != nil {
		return err
	}
	cmd := exec.Command("redis-server", "--bind", "127.0.0.1", "--port", port, "--dir", r.dir,
		"--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction")
	if r.process, err = r.l.launch(cmd); err != nil {
		return err
	}
	return await("Redis answers", func() bool {
		conn, err := net.Dial("tcp", r.address)
		if err == nil {
			_ = conn.Close()
		}
		return err == nil
	})
}

// restartRedis stops Redis and kills it while tasks are enqueued and worked on.
// What was acknowledged is done, and requests that do not need Redis are answered
// all the time.
func (l *lab) restartRedis() error {
	r, err := l.redis()
	if err != nil {
		return err
	}
	url, err := l.database()
	if err != nil {
		return err
	}
	s, err := l.shop("redis", "DATABASE_URL="+url, "REDIS_URL="+r.url())
	if err != nil {
		return err
	}
	web, err := l.serve(s, "web")
	if err != nil {
		return err
	}
	if _, err := l.serve(s, "worker"); err != nil {
		return err
	}
	var mu sync.Mutex
	acknowledged, refused := map[string]bool{}, 0
	enqueued := start(8, func(n int64) error {
		a, err := ask(http.MethodPost, web.url+"/api/v1/tasks", map[string]any{"task": "count", "payload": map[string]int64{"n": n}})
		if err != nil {
			return err
		}
		mu.Lock()
		defer mu.Unlock()
		switch {
		case a.status == http.StatusAccepted:
			acknowledged[strconv.FormatInt(n, 10)] = true
			return nil
		case a.status == http.StatusServiceUnavailable && a.header.Get("Retry-After") != "":
			refused++
			return nil
		default:
			return want(http.StatusAccepted)(a, nil)
		}
	})
	others := start(4, func(int64) error {
		_, err := ledger(web.url)
		return err
	})

	for _, end := range []func() error{
		func() error { return r.cmd.Process.Signal(syscall.SIGTERM) },
		func() error { return r.cmd.Process.Kill() },
	} {
		time.Sleep(2 * time.Second)
		if err := end(); err != nil {
			return err
		}
		<-r.ended
		if err := await("the application says that it is not ready", func() bool { return !web.ready() }); err != nil {
			return err
		}
		if err := r.start(); err != nil {
			return err
		}
		began := time.Now()
		if err := await("the application is ready again", web.ready); err != nil {
			return err
		}
		say("ready again %s after Redis", time.Since(began).Round(time.Millisecond))
	}
	time.Sleep(2 * time.Second)
	errs := append(enqueued.stop(), others.stop()...)
	say("%d tasks acknowledged, %d refused with 503; %d other requests answered, the slowest in %s; %d failures",
		len(acknowledged), refused, others.done.Load(), others.longest(), len(errs))
	if len(errs) > 0 {
		return first(errs)
	}
	if refused == 0 {
		return errors.New("nobody has missed Redis")
	}
	var done map[string]int
	missing := func() (n int) {
		done = numbers(s.written)
		for number := range acknowledged {
			if done[number] == 0 {
				n++
			}
		}
		return n
	}
	if err := await("all acknowledged tasks are done", func() bool { return missing() == 0 }); err != nil {
		return fmt.Errorf("%d tasks are lost: %w", missing(), err)
	}
	again, unknown := 0, 0
	for number, times := range done {
		again += times - 1
		if !acknowledged[number] {
			unknown++
		}
	}
	say("all of them done, %d again; and %d whose client got no acknowledgement", again, unknown)
	return nil
}
