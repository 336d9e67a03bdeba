package redis_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

// TestMain keeps what the embedded server leaves in the cache of the user apart.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "redis")
	if err != nil {
		panic(err)
	}
	for _, variable := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} { // whatever the system asks
		if err := os.Setenv(variable, dir); err != nil {
			panic(err)
		}
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// newComponent returns the component of an application named shop.
func newComponent(t *testing.T, log io.Writer, settings ...string) (*redis.Component, error) {
	t.Helper()
	for i := range settings {
		settings[i] = "SHOP_" + settings[i]
	}
	var c *redis.Component
	_, err := app.New(app.Options{Name: "shop", Environ: settings, LogTo: log},
		func(a *app.App) (_ []app.Component, err error) {
			c, err = redis.New(a)
			return []app.Component{c}, err
		})
	if err == nil {
		t.Cleanup(func() { _ = c.Stop(context.WithoutCancel(t.Context())) })
	}
	return c, err
}

func mustNew(t *testing.T, settings ...string) *redis.Component {
	t.Helper()
	c, err := newComponent(t, io.Discard, settings...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func figure(n health.Node, name string) (health.Figure, bool) {
	for _, f := range n.Figures {
		if f.Name == name {
			return f, true
		}
	}
	return health.Figure{}, false
}

func TestClientsOfTheEmbeddedServer(t *testing.T) {
	var log bytes.Buffer
	c, err := newComponent(t, &log, "LOG_FORMAT=json")
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	if err := c.Client().Ping(ctx).Err(); err == nil || !strings.Contains(err.Error(), "set SHOP_REDIS_URL") {
		t.Errorf("before the start: %v", err)
	}
	if n := c.Check(ctx); n.Status != health.Unhealthy {
		t.Errorf("before the start it is %s", n.Status)
	}
	if err := c.Start(ctx); err != nil {
		t.Fatal(err)
	}
	announced := regexp.MustCompile(`"msg":"embedded".*"variable":"SHOP_REDIS_URL","value":"(redis://127\.0\.0\.1:\d+/0)"`).FindStringSubmatch(log.String())
	if announced == nil {
		t.Fatalf("the log does not say where the server is:\n%s", &log)
	}

	// The databases are two, and another process can use them.
	if err := c.Client().Set(ctx, "key", "durable", 0).Err(); err != nil {
		t.Fatal(err)
	}
	if err := c.Cache().Set(ctx, "key", "evictable", 0).Err(); err != nil {
		t.Fatal(err)
	}
	other := mustNew(t, "ENV=production", "REDIS_URL="+announced[1])
	if got, want := other.Client().Get(ctx, "key").Val()+other.Cache().Get(ctx, "key").Val(), "durableevictable"; got != want {
		t.Errorf("another process reads %q, want %q", got, want)
	}
	if n := c.Check(ctx); n.Status != health.Healthy || n.Message != "" {
		t.Errorf("it is %s: %s", n.Status, n.Message)
	}

	// Time passes on its own.
	if err := c.Cache().Set(ctx, "short", "", 200*time.Millisecond).Err(); err != nil {
		t.Fatal(err)
	}
	for began := time.Now(); c.Cache().Exists(ctx, "short").Val() == 1; time.Sleep(10 * time.Millisecond) {
		if time.Since(began) > 10*time.Second {
			t.Fatal("the key does not expire")
		}
	}
}

func TestProductionNeedsAServer(t *testing.T) {
	_, err := newComponent(t, io.Discard, "ENV=production", "ZEBRA=x")
	var wrong *app.ConfigError
	if !errors.As(err, &wrong) || len(wrong.Problems) != 2 || !strings.HasPrefix(err.Error(), "SHOP_REDIS_URL: ") {
		t.Errorf("New: %v", err)
	}
}

// worker has a role, and so maybe a process, of its own.
type worker struct{ app.Specialist }

func (worker) Name() string   { return "worker" }
func (worker) Role() app.Role { return "worker" }

func TestAnEmbeddedServerIsForOneProcess(t *testing.T) {
	for _, test := range []struct {
		roles   []app.Role
		problem string
	}{
		{nil, ""},
		{[]app.Role{"web", "worker"}, ""},
		{[]app.Role{"web"}, "SHOP_REDIS_URL: needed to serve some roles only"},
	} {
		var c *redis.Component
		_, err := app.New(app.Options{Name: "shop", Roles: test.roles, LogTo: io.Discard},
			func(a *app.App) (_ []app.Component, err error) {
				c, err = redis.New(a)
				return []app.Component{c, worker{}}, err
			})
		if err != nil {
			t.Fatal(err)
		}
		err = c.Start(t.Context())
		if (err == nil) != (test.problem == "") || err != nil && !strings.HasPrefix(err.Error(), test.problem) {
			t.Errorf("the roles %v: %v, want %q", test.roles, err, test.problem)
		}
		if err := c.Stop(t.Context()); err != nil {
			t.Error(err)
		}
	}
}

func TestURLsAreCheckedAndKeptSecret(t *testing.T) {
	for _, url := range []string{"localhost:6379", "http://:hunter22@host", "redis://:hunter22@host:port/0", "redis://:hunter22@host/a"} {
		_, err := newComponent(t, io.Discard, "REDIS_URL="+url)
		var wrong *app.ConfigError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%s: %v", url, err)
		}
	}
	c := mustNew(t, "REDIS_URL=redis://:hunter22@127.0.0.1:1/0", "REDIS_DIAL_TIMEOUT=100ms")
	if text := fmt.Sprint(c.Check(t.Context())); strings.Contains(text, "hunter22") {
		t.Errorf("the password is in %s", text)
	}
}

func TestServerGoesAndComesBack(t *testing.T) {
	server := redistest.Start(t)
	server.Stop()
	c := mustNew(t, "ENV=production", "REDIS_URL="+server.URL)
	ctx := t.Context()
	if err := c.Start(ctx); err != nil {
		t.Fatalf("without the server: %v", err)
	}
	for range 3 {
		if n := c.Check(ctx); n.Status != health.Unhealthy || n.Message == "" {
			t.Errorf("without the server it is %s: %q", n.Status, n.Message)
		}
		server.Restart()
		for began := time.Now(); c.Check(ctx).Status != health.Healthy; time.Sleep(10 * time.Millisecond) {
			if time.Since(began) > 10*time.Second {
				t.Fatalf("with the server: %v", c.Check(ctx))
			}
		}
		server.Stop()
	}
}

func TestHealthOfTheServer(t *testing.T) {
	c := redistest.New(t)
	ctx := t.Context()
	c.Client().Set(ctx, "a", 1, 0)
	c.Cache().Set(ctx, "b", 1, 0)
	c.Cache().Set(ctx, "c", 1, 0)
	c.Check(ctx)
	n := c.Check(ctx)
	for name, want := range map[string]float64{"keys": 1, "cache keys": 2} {
		if f, ok := figure(n, name); !ok || f.Value != want {
			t.Errorf("%s = %v, want %v", name, f.Value, want)
		}
	}
	for _, name := range []string{"latency", "command rate", "clients"} {
		if f, ok := figure(n, name); !ok || f.Value <= 0 {
			t.Errorf("%s = %v", name, f.Value)
		}
	}
}
