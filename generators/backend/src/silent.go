package backend

import (
	"context"
	"net"
	"net/http"
	"sync"
	"time"
)

const (
	// silentGrace is how long a connection may take to say something once the
	// application shuts down.
	silentGrace = 250 * time.Millisecond
	// busyGrace is how long busy connections are served, for their clients to
	// hear that they shall not be used again.
	busyGrace = 50 * time.Millisecond
)

// silent holds the connections that have not sent anything yet. Browsers open
// such ones in advance, and http.Server.Shutdown would wait five seconds for
// each.
type silent struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
}

func (s *silent) track(conn net.Conn, state http.ConnState) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if state != http.StateNew {
		delete(s.conns, conn)
		return
	}
	if s.conns == nil {
		s.conns = map[net.Conn]struct{}{}
	}
	s.conns[conn] = struct{}{}
}

// settle gives all connections the time to say something, and closes those
// that do not.
func (s *silent) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, silentGrace)
	defer cancel()
	tick := time.NewTicker(busyGrace)
	defer tick.Stop()
	for waiting := true; waiting; waiting = s.count() > 0 && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for conn := range s.conns {
		_ = conn.Close() // nothing was said, so nothing is lost
	}
}

func (s *silent) count() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.conns)
}
