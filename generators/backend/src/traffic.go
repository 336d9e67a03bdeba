package backend

import (
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// traffic counts requests.
type traffic struct {
	running  atomic.Int64
	requests atomic.Int64
	failures atomic.Int64 // answers of 500 and above
	nanos    atomic.Int64 // spent on all requests

	mu   sync.Mutex
	last reading
}

// reading is what the counters said at some time.
type reading struct {
	at              time.Time
	requests, nanos int64
}

func (t *traffic) begin() { t.running.Add(1) }

func (t *traffic) end(x *exchange, took time.Duration) {
	t.running.Add(-1)
	t.requests.Add(1)
	if !strings.HasPrefix(x.Header().Get("Content-Type"), "text/event-stream") {
		t.nanos.Add(int64(took)) // a stream takes as long as somebody looks
	}
	if x.status >= http.StatusInternalServerError {
		t.failures.Add(1)
	}
}

// figures describes the time since it was last called.
func (t *traffic) figures(now time.Time) []health.Figure {
	t.mu.Lock()
	defer t.mu.Unlock()
	current := reading{at: now, requests: t.requests.Load(), nanos: t.nanos.Load()}
	before := t.last
	t.last = current

	var perSecond, average float64
	if seconds := now.Sub(before.at).Seconds(); !before.at.IsZero() && seconds > 0 {
		perSecond = float64(current.requests-before.requests) / seconds
	}
	if n := current.requests - before.requests; n > 0 {
		average = float64(current.nanos-before.nanos) / float64(n) / float64(time.Millisecond)
	}
	return []health.Figure{
		{Name: "request rate", Value: perSecond, Unit: "/s"},
		{Name: "mean latency", Value: average, Unit: "ms"},
		{Name: "in progress", Value: float64(t.running.Load())},
		{Name: "requests", Value: float64(current.requests)},
		{Name: "failures", Value: float64(t.failures.Load())},
	}
}
