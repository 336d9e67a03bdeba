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
	log *slog.Logger

	mu      sync.Mutex
	redis   *miniredis.Miniredis // nil while it does not run
	stopped chan struct{}
	clock   sync.WaitGroup
}

func newServer(log *slog.Logger) *server { return &server{log: log} }

var errNotRunning = errors.New("no Redis server runs here: start the application")

// address returns where the server listens.
func (s *server) address() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.redis == nil {
		return "", errNotRunning
	}
	return s.redis.Addr(), nil
}

// start runs the server on a free port of this machine and returns its URL.
func (s *server) start() (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := miniredis.NewMiniRedis()
	if err := r.StartAddr("127.0.0.1:0"); err != nil {
		return "", fmt.Errorf("embedded Redis: %w", err)
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
	close(s.stopped)
	s.clock.Wait()
	s.redis.Close()
	s.redis = nil
}
