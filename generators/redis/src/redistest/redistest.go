// Package redistest gives tests a Redis of their own: an embedded server, or a
// pair of databases on the real server that the environment variable REDIS_URL
// names.
package redistest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/redis/src"
)

// New returns the component of an application that uses URL.
func New(tb testing.TB) *redis.Component {
	tb.Helper()
	var c *redis.Component
	_, err := app.New(app.Options{Name: "test", Environ: []string{"TEST_REDIS_URL=" + URL(tb)}, LogTo: io.Discard},
		func(a *app.App) (_ []app.Component, err error) {
			c, err = redis.New(a)
			return []app.Component{c}, err
		})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { _ = c.Stop(context.WithoutCancel(tb.Context())) })
	return c
}

// URL returns the URL of an empty database. The one after it is empty as well,
// and nobody else's until the test ends.
func URL(tb testing.TB) string {
	tb.Helper()
	if server := os.Getenv("REDIS_URL"); server != "" {
		return reserve(tb, server)
	}
	return Start(tb).URL
}

// Server is an embedded server that a test can stop and start again.
type Server struct {
	URL string

	tb    testing.TB
	redis *miniredis.Miniredis
	ahead time.Duration // of the clock
}

// Start starts an embedded server, whatever the environment says. It ends with
// the test.
func Start(tb testing.TB) *Server {
	tb.Helper()
	s := &Server{tb: tb, redis: miniredis.NewMiniRedis()}
	if err := s.redis.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(s.redis.Close)
	s.redis.ClockTTL(true)
	s.URL = "redis://" + s.redis.Addr() + "/0"
	return s
}

// Stop ends the server: connections break, and new ones are refused.
func (s *Server) Stop() { s.redis.Close() }

// Restart starts the server again at the same address, with what it held. If
// another program has taken the port meanwhile, it waits until that is free.
func (s *Server) Restart() {
	s.tb.Helper()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		err := s.redis.Restart()
		if err == nil {
			return
		}
		if time.Since(began) > 30*time.Second {
			s.tb.Fatal(err)
		}
	}
}

// Commands returns how many commands the server was given since it was started.
func (s *Server) Commands() int { return s.redis.CommandCount() }

// FastForward puts the clock of the server forward. From then on it stands still.
func (s *Server) FastForward(d time.Duration) {
	s.ahead += d
	s.redis.SetTime(time.Now().Add(s.ahead))
}

// A real server has sixteen databases unless it is told otherwise. The first two
// are left alone, except for who has reserved which of the others.
const (
	databases      = 16
	reservedFor    = 5 * time.Minute // a test that is killed gives nothing back
	reservationKey = "redistest:%d"
)

// reserve waits for a free pair of databases of the server.
func reserve(tb testing.TB, server string) string {
	tb.Helper()
	at, err := url.Parse(server)
	if err != nil {
		tb.Fatal("REDIS_URL is not a URL")
	}
	open := func(db int) *goredis.Client {
		at.Path = "/" + strconv.Itoa(db)
		o, err := goredis.ParseURL(at.String())
		if err != nil {
			tb.Fatal("REDIS_URL names no Redis server")
		}
		return goredis.NewClient(o)
	}
	ctx := context.WithoutCancel(tb.Context())
	registry := open(0)
	tb.Cleanup(func() { _ = registry.Close() })
	for range 600 {
		for db := 2; db+1 < databases; db += 2 {
			key := fmt.Sprintf(reservationKey, db)
			free, err := registry.SetNX(ctx, key, tb.Name(), reservedFor).Result()
			if err != nil {
				tb.Fatalf("REDIS_URL: %v", err)
			}
			if !free {
				continue
			}
			flush := func() {
				for _, client := range []*goredis.Client{open(db), open(db + 1)} {
					if err := errors.Join(client.FlushDB(ctx).Err(), client.Close()); err != nil {
						tb.Errorf("REDIS_URL: %v", err)
					}
				}
			}
			flush()
			tb.Cleanup(func() {
				flush()
				_ = registry.Del(ctx, key).Err()
			})
			at.Path = "/" + strconv.Itoa(db)
			return at.String()
		}
		time.Sleep(100 * time.Millisecond)
	}
	tb.Fatal("REDIS_URL: no pair of databases became free")
	return ""
}
