package backend

import (
	"context"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"time"
)

const (
	// silentGrace is how long a connection may take to say something once the
	// application shuts down.
	silentGrace = 250 * time.Millisecond
	// busyGrace is how long it must be quiet before busy connections count as
	// idle: their clients have heard by then that they shall not be used again.
	busyGrace = 100 * time.Millisecond
)

// silent holds the connections that have not sent anything yet. Browsers open
// such ones in advance, and http.Server.Shutdown would wait five seconds for
// each.
//
// Every request passes here twice, so that looking for a connection which has
// long spoken must cost nothing.
type silent struct {
	conns   sync.Map
	waiting atomic.Int64 // how many they are
	spoken  atomic.Int64 // how many requests have begun
}

func (s *silent) track(conn net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.conns.Store(conn, nil)
		s.waiting.Add(1)
		return
	}
	if state == http.StateActive {
		s.spoken.Add(1)
	}
	if s.waiting.Load() == 0 {
		return
	}
	if _, was := s.conns.LoadAndDelete(conn); was {
		s.waiting.Add(-1)
	}
}

// settle serves all connections until it is quiet: a client that has not heard
// yet that its connection ends may be about to use it once more. Connections that
// never say anything are closed.
func (s *silent) settle(ctx context.Context) {
	began := time.Now()
	tick := time.NewTicker(busyGrace)
	defer tick.Stop()
	for heard := s.spoken.Load(); ; {
		select {
		case <-tick.C:
		case <-ctx.Done():
		}
		now := s.spoken.Load()
		quiet := now == heard && (s.waiting.Load() == 0 || time.Since(began) >= silentGrace)
		if quiet || ctx.Err() != nil {
			break
		}
		heard = now
	}
	for conn := range s.conns.Range {
		if conn, ok := conn.(net.Conn); ok {
			_ = conn.Close() // nothing was said, so nothing is lost
		}
	}
}
