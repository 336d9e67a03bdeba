package redis_test

import (
	"context"
	"math"
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

// TestProcessesShareLimits has four of them count together: in sum, no more pass
// than the limits allow, and nearly as many.
func TestProcessesShareLimits(t *testing.T) {
	const perSecond, burst, processes = 100, 200, 4
	url := redistest.URL(t)
	var passed atomic.Int64
	var wg sync.WaitGroup
	began := time.Now()
	for range processes {
		s, _ := newStore(t, url)
		limiter := s.Limiter(backend.Limits{PerSecond: perSecond, Burst: burst, Local: &local{}})
		for range 3 {
			wg.Go(func() {
				for time.Since(began) < 1500*time.Millisecond {
					if wait := limiter.Wait(t.Context(), client); wait == 0 {
						passed.Add(1)
					} else {
						time.Sleep(min(wait, 10*time.Millisecond))
					}
				}
			})
		}
	}
	wg.Wait()
	most := int64(math.Ceil(burst + perSecond*time.Since(began).Seconds()))
	if n := passed.Load(); n > most || n < most*8/10 {
		t.Errorf("%d requests passed, want up to %d and not many less", n, most)
	}
}

func TestEachClientHasItsLimit(t *testing.T) {
	s, _ := newStore(t, redistest.URL(t))
	limiter := s.Limiter(backend.Limits{PerSecond: 0.5, Burst: 3, Local: &local{}})
	for range 3 {
		if wait := limiter.Wait(t.Context(), client); wait != 0 {
			t.Errorf("within the burst it waits %s", wait)
		}
	}
	for range 5 { // refused requests do not count
		if wait := limiter.Wait(t.Context(), client); wait < time.Second || wait > 2*time.Second {
			t.Errorf("after the burst it waits %s, want nearly 2s", wait)
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
	limiter := s.Limiter(backend.Limits{PerSecond: 10, Burst: 800, Local: &local{}})
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
