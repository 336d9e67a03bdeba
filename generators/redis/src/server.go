//go:build !noembedded

package redis

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"github.com/alicebob/miniredis/v2"
)

// clockTick is how precisely keys expire on the embedded server.
const clockTick = 100 * time.Millisecond

// server is the embedded Redis, for development: it forgets everything when it
// stops.
type server struct {
	log  *slog.Logger
	note note

	mu      sync.Mutex
	redis   *miniredis.Miniredis // nil while it does not run
	stopped chan struct{}
	clock   sync.WaitGroup
}

func newServer(log *slog.Logger, n note) *server { return &server{log: log, note: n} }

var errNotRunning = errors.New("the embedded server is not started")

// address returns where the server listens: this one, or else that of another
// process.
func (s *server) address() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redis != nil {
		return s.redis.Addr(), nil
	}
	if addr := s.note.read(); addr != "" {
		return addr, nil
	}
	return "", errNotRunning
}

// start runs the server on a free port of this machine and returns its URL.
func (s *server) start() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := miniredis.NewMiniRedis()
	if err := r.StartAddr("127.0.0.1:0"); err != nil {
		return "", fmt.Errorf("embedded Redis: %w", err)
	}
	if err := s.note.write(r.Addr()); err != nil {
		s.log.Debug("commands will not find the embedded Redis", "error", err)
	}
	s.redis, s.stopped = r, make(chan struct{})
	s.clock.Go(func() { s.keepTime(r, s.stopped) })
	return "redis://" + r.Addr() + "/0", nil
}

// keepTime makes keys expire: the server does not watch the clock itself, or
// would look through all keys with each command.
func (s *server) keepTime(r *miniredis.Miniredis, stopped <-chan struct{}) {
	tick := time.NewTicker(clockTick)
	defer tick.Stop()
	last := time.Now()
	for {
		select {
		case <-stopped:
			return
		case now := <-tick.C:
			r.FastForward(now.Sub(last))
			last = now
		}
	}
}

// stop ends the server, if it runs.
func (s *server) stop() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redis == nil {
		return
	}
	s.note.remove(s.redis.Addr())
	close(s.stopped)
	s.clock.Wait()
	s.redis.Close()
	s.redis = nil
}
