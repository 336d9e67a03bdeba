package backend

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

func TestClientIsWhoTheTrustedProxiesSay(t *testing.T) {
	for _, test := range []struct {
		remote  string
		forward []string
		want    string
	}{
		{"203.0.113.7:5000", nil, "203.0.113.7"},
		{"203.0.113.7:5000", []string{"1.2.3.4"}, "203.0.113.7"}, // not a proxy: invented
		{"10.0.0.1:5000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"10.0.0.1:5000", []string{"1.2.3.4, 198.51.100.9"}, "198.51.100.9"}, // the left one is invented
		{"10.0.0.1:5000", []string{"198.51.100.9, 10.0.0.2"}, "198.51.100.9"},
		{"10.0.0.1:5000", []string{"198.51.100.9", "10.0.0.2"}, "198.51.100.9"},
		{"10.0.0.1:5000", []string{"nonsense"}, "10.0.0.1"},
		{"10.0.0.1:5000", nil, "10.0.0.1"},
		{"[::ffff:10.0.0.1]:5000", []string{"198.51.100.9"}, "198.51.100.9"},
		{"[2001:db8:1:2:3:4:5:6]:5000", nil, "2001:db8:1:2::"},
		{"@", nil, "invalid IP"},
	} {
		var trusted network
		if err := trusted.UnmarshalText([]byte("10.0.0.0/8")); err != nil {
			t.Fatal(err)
		}
		r := httptest.NewRequest(http.MethodGet, "/", http.NoBody)
		r.RemoteAddr = test.remote
		r.Header["X-Forwarded-For"] = test.forward
		if got := clientOf(r, []network{trusted}).String(); got != test.want {
			t.Errorf("clientOf(%s, %q) = %s, want %s", test.remote, test.forward, got, test.want)
		}
	}
}

func TestEachClientHasItsLimit(t *testing.T) {
	now := time.Now()
	a, b := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("192.0.2.2")
	c := newClients(2, 3)
	for i := range 3 {
		if wait := c.wait(a, now); wait != 0 {
			t.Errorf("request %d waits %s", i, wait)
		}
	}
	for range 10 { // refused requests do not count
		if wait := c.wait(a, now); wait != 500*time.Millisecond {
			t.Fatalf("wait %s, want 500ms", wait)
		}
	}
	if wait := c.wait(b, now); wait != 0 {
		t.Errorf("the other client waits %s", wait)
	}
	if wait := c.wait(a, now.Add(500*time.Millisecond)); wait != 0 {
		t.Errorf("later the client still waits %s", wait)
	}
}

func TestMemoryForClientsIsBounded(t *testing.T) {
	c := newClients(1, 1)
	now := time.Now()
	busy := netip.MustParseAddr("192.0.2.1")
	for i := range 5 * generation {
		c.wait(netip.MustParseAddr(fmt.Sprintf("10.%d.%d.%d", i>>16, i>>8&255, i&255)), now)
		if i%generation == 0 {
			c.wait(busy, now)
		}
	}
	if n := len(c.young) + len(c.old); n > 2*generation {
		t.Errorf("%d clients are remembered, want at most %d", n, 2*generation)
	}
	if c.wait(busy, now) == 0 {
		t.Error("a client that keeps asking was forgotten")
	}
}

func TestTrafficSinceTheLastLook(t *testing.T) {
	var traffic traffic
	start := time.Now()
	traffic.figures(start)
	for i := range 10 {
		traffic.begin()
		x := &exchange{ResponseWriter: httptest.NewRecorder(), status: 200 + i%2*300}
		traffic.end(x, 4*time.Millisecond)
	}
	stream := &exchange{ResponseWriter: httptest.NewRecorder(), status: 200}
	stream.Header().Set("Content-Type", "text/event-stream")
	traffic.begin()
	traffic.end(stream, time.Hour)
	traffic.begin()

	got := map[string]float64{}
	for _, f := range traffic.figures(start.Add(2 * time.Second)) {
		got[f.Name] = f.Value
	}
	for name, want := range map[string]float64{
		"request rate": 5.5, "in progress": 1, "requests": 11, "failures": 5,
	} {
		if got[name] != want {
			t.Errorf("%s = %v, want %v", name, got[name], want)
		}
	}
	if latency := got["mean latency"]; latency < 3.5 || latency > 4 {
		t.Errorf("mean latency = %v ms, want about 4: a stream is no slow request", latency)
	}
}

// strict is a limiter that lets a client ask once.
type strict struct {
	Limits

	seen map[netip.Addr]bool
}

func (s *strict) Wait(_ context.Context, client netip.Addr) time.Duration {
	if s.seen[client] {
		return 1500 * time.Millisecond
	}
	s.seen[client] = true
	return 0
}

func TestAnotherLimiterDecides(t *testing.T) {
	var limiter *strict
	a, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_RATE_LIMIT=7", "SHOP_RATE_BURST=9"}, LogTo: io.Discard},
		func(a *app.App) ([]app.Component, error) {
			c, err := New(a)
			c.SetLimiter(func(l Limits) Limiter {
				limiter = &strict{Limits: l, seen: map[netip.Addr]bool{}}
				return limiter
			})
			return []app.Component{c}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	c := app.All[*Component](a)[0]
	c.buildHandlers()
	if limiter.PerSecond != 7 || limiter.Burst != 9 || limiter.Local == nil {
		t.Errorf("the limits are %+v", limiter.Limits)
	}
	for _, want := range []int{http.StatusOK, http.StatusTooManyRequests} {
		w := httptest.NewRecorder()
		c.listeners[0].server.Handler.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/openapi.json", http.NoBody))
		if w.Code != want || want != http.StatusOK && w.Header().Get("Retry-After") != "2" {
			t.Errorf("got %d with %v, want %d", w.Code, w.Header(), want)
		}
	}
}
