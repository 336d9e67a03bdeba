package redis_test

import (
	"context"
	"net/netip"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

var client = netip.MustParseAddr("192.0.2.1")

// local counts what it is asked, and lets everybody pass.
type local struct{ asked atomic.Int64 }

func (l *local) Wait(context.Context, netip.Addr) time.Duration {
	l.asked.Add(1)
	return 0
}

// TestProcessesShareLimits has four of them count together, while the clock of
// the server stands still: in sum, no more pass than the burst. Permits that a
// process took in advance are lost when it does not use them in time.
func TestProcessesShareLimits(t *testing.T) {
	const burst, processes = 200, 4
	server := redistest.Start(t)
	server.FastForward(0)
	var passed atomic.Int64
	var wg sync.WaitGroup
	for range processes {
		s, _ := newStore(t, server.URL)
		limiter := s.Limiter(backend.Limits{PerSecond: 1, Burst: burst, Local: &local{}})
		for range 3 {
			wg.Go(func() {
				for limiter.Wait(t.Context(), client) == 0 {
					passed.Add(1)
				}
			})
		}
	}
	wg.Wait()
	if n := passed.Load(); n > burst || n < burst/2 {
		t.Errorf("%d requests passed, want %d", n, burst)
	}
}

func TestEachClientHasItsLimit(t *testing.T) {
	s, _ := newStore(t, redistest.URL(t))
	limiter := s.Limiter(backend.Limits{PerSecond: 0.01, Burst: 3, Local: &local{}})
	for range 3 {
		if wait := limiter.Wait(t.Context(), client); wait != 0 {
			t.Errorf("within the burst it waits %s", wait)
		}
	}
	for range 5 { // refused requests do not count
		if wait := limiter.Wait(t.Context(), client); wait < 50*time.Second || wait > 100*time.Second {
			t.Errorf("after the burst it waits %s, want nearly 100s", wait)
		}
	}
	if wait := limiter.Wait(t.Context(), client.Next()); wait != 0 {
		t.Errorf("another client waits %s", wait)
	}
}

func TestWithoutTheServerEachLimitsForItself(t *testing.T) {
	server := redistest.Start(t)
	s, _ := newStore(t, server.URL)
	own := &local{}
	limiter := s.Limiter(backend.Limits{PerSecond: 1, Burst: 1, Local: own})
	server.Stop()
	for range 5 {
		if wait := limiter.Wait(t.Context(), client); wait != 0 {
			t.Errorf("it waits %s", wait)
		}
	}
	if n := own.asked.Load(); n != 5 {
		t.Errorf("the local limiter was asked %d times", n)
	}
	server.Restart()
	if u, err := s.Usage(t.Context()); err != nil || u.Fallbacks != 5 {
		t.Errorf("Usage = %+v, %v", u, err)
	}
}

// TestFewRequestsAskTheServer counts the commands that a busy client costs.
func TestFewRequestsAskTheServer(t *testing.T) {
	server := redistest.Start(t)
	s, _ := newStore(t, server.URL)
	limiter := s.Limiter(backend.Limits{PerSecond: 0.1, Burst: 800, Local: &local{}})
	before := server.Commands()
	for range 2000 {
		limiter.Wait(t.Context(), client)
	}
	// 1+4+16+64, then 100 at a time; more are refused without asking. A question
	// is a script of up to four commands.
	if n := server.Commands() - before; n > 5*16 {
		t.Errorf("2000 requests cost %d commands", n)
	}
}
