package backend_test

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

func TestTooManyRequests(t *testing.T) {
	s := serve(t, []string{"SHOP_RATE_LIMIT=0.01", "SHOP_RATE_BURST=2"}, api)
	for range 2 {
		if got := s.get(t, "/hello").status; got != http.StatusOK {
			t.Fatalf("within the burst: %d", got)
		}
	}
	got := s.get(t, "/hello")
	if got.status != http.StatusTooManyRequests || got.header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("beyond the burst: %d %s", got.status, got.header.Get("Content-Type"))
	}
	if after := got.header.Get("Retry-After"); after != "100" {
		t.Errorf("Retry-After = %q, want 100", after)
	}
	for range 5 {
		if got := s.get(t, "/livez").status; got != http.StatusOK {
			t.Errorf("a probe is answered with %d", got)
		}
	}
}

func TestBodyOfUnknownLengthIsLimitedEverywhere(t *testing.T) {
	s := serve(t, []string{"SHOP_BODY_LIMIT=2000"}, api)
	got := s.do(t, http.MethodPost, "/upload", io.MultiReader(strings.NewReader(strings.Repeat("x", 5000))))
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("status %d, want 413", got.status)
	}
}

// stream sends an event every tenth of a second until the application ends.
func stream(a **app.App) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		controller := http.NewResponseController(w)
		for i := 0; ; i++ {
			if controller.SetWriteDeadline(time.Now().Add(time.Second)) != nil || controller.Flush() != nil {
				return
			}
			if _, err := fmt.Fprintf(w, "data: %d\n\n", i); err != nil {
				return
			}
			select {
			case <-time.After(100 * time.Millisecond):
			case <-r.Context().Done():
				return
			case <-(*a).Draining():
				return
			}
		}
	})
}

func TestStreamOutlivesTheWriteTimeoutAndEndsWithTheApplication(t *testing.T) {
	var a *app.App
	s := serve(t, []string{"SHOP_WRITE_TIMEOUT=1s", "SHOP_READ_TIMEOUT=1s"}, func(r *app.Routes) {
		r.Handle("GET /events", stream(&a))
	})
	a = s.app
	response, err := http.Get(s.url + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	events := bufio.NewScanner(response.Body)
	for last := ""; last != "data: 15"; last = events.Text() {
		if !events.Scan() {
			t.Fatalf("the stream ended after %q: %v", last, events.Err())
		}
	}

	began := time.Now()
	go func() { _ = s.stop() }()
	for events.Scan() {
		continue // until the end
	}
	if took := time.Since(began); took > 10*time.Second { // half of what the shutdown may take
		t.Errorf("the stream kept the application alive for %s", took)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestRequestsOnTheirWayAreAnswered(t *testing.T) {
	entered, release := make(chan struct{}), make(chan struct{})
	s := serve(t, []string{"SHOP_ENV=production", "SHOP_SHUTDOWN_TIMEOUT=10s"}, func(r *app.Routes) {
		r.Handle("GET /slow", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			close(entered)
			<-release
			_, _ = io.WriteString(w, "done")
		}))
	})
	result := make(chan answer, 1)
	go func() { result <- s.get(t, "/slow") }()
	<-entered
	stopped := make(chan error, 1)
	go func() { stopped <- s.stop() }()
	<-s.app.Draining()
	if got := s.get(t, "/readyz"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, "shutting down") {
		t.Errorf("while draining /readyz answers %d %s", got.status, got.body)
	}
	close(release)
	if got := <-result; got.body != "done" {
		t.Errorf("the request on its way got %q", got.body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("stop: %v", err)
	}
}

func TestSilentConnectionsDoNotDelayTheEnd(t *testing.T) {
	s := serve(t, nil, api)
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	s.get(t, "/hello") // the server has accepted both by now
	began := time.Now()
	if err := s.stop(); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(began); took > 10*time.Second { // half of what the shutdown may take
		t.Errorf("the end took %s", took)
	}
}

func TestNoRequestIsLostUnderLoad(t *testing.T) {
	var taken, answered atomic.Int64
	s := serve(t, []string{"SHOP_LOG_LEVEL=warn", "SHOP_RATE_LIMIT=0"}, func(r *app.Routes) {
		r.Handle("GET /work", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			taken.Add(1)
			time.Sleep(time.Millisecond)
			_, _ = io.WriteString(w, "done")
		}))
	})
	var clients sync.WaitGroup
	for range 8 {
		clients.Go(func() {
			client := &http.Client{Transport: &http.Transport{}}
			defer client.CloseIdleConnections()
			for {
				response, err := client.Get(s.url + "/work")
				if err != nil {
					if strings.HasSuffix(err.Error(), "EOF") {
						t.Errorf("a connection was taken and closed without an answer: %v", err)
					}
					return // the port is closed
				}
				body, err := io.ReadAll(response.Body)
				_ = response.Body.Close()
				if err == nil && response.StatusCode == http.StatusOK && string(body) == "done" {
					answered.Add(1)
				}
			}
		})
	}
	for answered.Load() < 100 {
		time.Sleep(time.Millisecond)
	}
	if err := s.stop(); err != nil {
		t.Errorf("stop: %v", err)
	}
	clients.Wait()
	if taken.Load() != answered.Load() {
		t.Errorf("%d requests were taken and %d answered", taken.Load(), answered.Load())
	}
}

func TestBusyPortIsNamed(t *testing.T) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = socket.Close() }()
	_, port, _ := net.SplitHostPort(socket.Addr().String())
	a, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_ADDR=127.0.0.1:" + port}, LogTo: io.Discard},
		func(a *app.App) ([]app.Component, error) {
			c, err := backend.New(a)
			return []app.Component{c}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	err = a.Run(t.Context(), func() { t.Error("ready without a port") })
	want := "start backend: port " + port + " for the api is in use by another program: choose another with --port or SHOP_ADDR, or 0 for any free one"
	if err == nil || err.Error() != want {
		t.Errorf("Run = %v\nwant %s", err, want)
	}
}

func TestAddressMustBeOne(t *testing.T) {
	for _, addr := range []string{"8080", "localhost", ":http", ":70000", ":-1"} {
		_, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_ADDR=" + addr}, LogTo: io.Discard},
			func(a *app.App) ([]app.Component, error) {
				c, err := backend.New(a)
				return []app.Component{c}, err
			})
		if err == nil || !strings.Contains(err.Error(), "SHOP_ADDR") {
			t.Errorf("%q is accepted: %v", addr, err)
		}
	}
}

func TestSecondAddress(t *testing.T) {
	var c *backend.Component
	a, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_ADDR=127.0.0.1:0"}, LogTo: io.Discard},
		func(a *app.App) ([]app.Component, error) {
			var err error
			c, err = backend.New(a)
			c.Listen("dashboard", "DASHBOARD_ADDR", "127.0.0.1:0", func(r *app.Routes) {
				r.Handle("GET /{$}", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "board") }))
			})
			return []app.Component{c}, err
		})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = a.Run(ctx, func() {
		defer cancel()
		addresses := c.Addresses()
		if len(addresses) != 2 || addresses[1].Name != "dashboard" {
			t.Errorf("addresses %v", addresses)
			return
		}
		for i, want := range []int{http.StatusNotFound, http.StatusOK} {
			s := &server{url: addresses[i].URL}
			if got := s.get(t, "/"); got.status != want || got.header.Get("Content-Security-Policy") == "" {
				t.Errorf("%s answers %d, want %d, with a policy", addresses[i].Name, got.status, want)
			}
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// sick is a component that does not work.
type sick struct{}

func (sick) Name() string { return "database" }

func (sick) Check(context.Context) health.Node {
	return health.Node{Status: health.Unhealthy, Message: "connect postgres://shop:hunter2@db/shop"}
}

func TestHealthIsPublicInItsStatusOnly(t *testing.T) {
	var component *backend.Component
	a, err := app.New(app.Options{
		Name: "shop", LogTo: io.Discard,
		Environ: []string{"SHOP_ADDR=127.0.0.1:0", "SHOP_ENV=production", "SHOP_ADMIN_TOKEN=correct horse battery", "SHOP_SHUTDOWN_TIMEOUT=5s"},
	}, func(a *app.App) ([]app.Component, error) {
		c, err := backend.New(a)
		component = c
		return []app.Component{c, sick{}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	err = a.Run(ctx, func() {
		defer cancel()
		s := &server{url: component.Addresses()[0].URL}
		var tree health.Node
		public := s.get(t, "/api/v1/health")
		if err := json.Unmarshal([]byte(public.body), &tree); err != nil || tree.Status != health.Unhealthy {
			t.Errorf("public health is %s", public.body)
		}
		if len(tree.Children) > 0 || len(tree.Figures) > 0 || tree.Message != "" {
			t.Errorf("the public learns more than the status: %s", public.body)
		}
		details := s.get(t, "/api/v1/health", "Authorization: Bearer correct horse battery")
		if !strings.Contains(details.body, `"name":"database","status":"unhealthy"`) {
			t.Errorf("details for administrators: %s", details.body)
		}
		if strings.Contains(details.body, "hunter2") || strings.Contains(details.body, "horse") {
			t.Errorf("a secret is in %s", details.body)
		}
		if got := s.get(t, "/readyz"); got.status != http.StatusServiceUnavailable || !strings.Contains(got.body, `"reason":"unhealthy"`) {
			t.Errorf("/readyz answers %d %s", got.status, got.body)
		}
		if got := s.get(t, "/livez").status; got != http.StatusOK {
			t.Errorf("/livez answers %d for what it depends on", got)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

func TestEndsWhileHandlersAreMade(t *testing.T) {
	s := serve(t, nil, func(*app.Routes) { time.Sleep(200 * time.Millisecond) })
	if err := s.stop(); err != nil {
		t.Errorf("got %v", err)
	}
}
