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
//
// Every request passes here twice, so that looking for a connection which has
// long spoken must cost nothing.
type silent struct{ conns sync.Map }

func (s *silent) track(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.conns.Store(conn, nil)
		return
	}
	s.conns.Delete(conn)
}

// settle gives all connections the time to say something, and closes those
// that do not.
func (s *silent) settle(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, silentGrace)
	defer cancel()
	tick := time.NewTicker(busyGrace)
	defer tick.Stop()
	for waiting := true; waiting; waiting = s.any() && ctx.Err() == nil {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
	}
	for conn := range s.conns.Range {
		if conn, ok := conn.(net.Conn); ok {
			_ = conn.Close() // nothing was said, so nothing is lost
		}
	}
}

func (s *silent) any() bool {
	for range s.conns.Range {
		return true
	}
	return false
}
