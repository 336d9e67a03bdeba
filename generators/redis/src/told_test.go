package redis_test

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/alicebob/miniredis/v2/server"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

// told returns a component whose server says this of itself.
func told(t *testing.T, info string) *redis.Component {
	t.Helper()
	m := miniredis.RunT(t)
	m.Server().SetPreHook(func(c *server.Peer, cmd string, args ...string) bool {
		switch {
		case cmd == "INFO":
			c.WriteBulk(info)
		case cmd == "SELECT" && strings.Contains(info, "databases:1") && args[0] != "0":
			c.WriteError("ERR DB index is out of range")
		case cmd == "SLOWLOG":
			c.WriteLen(1)
			c.WriteLen(6)
			c.WriteInt(7)
			c.WriteInt(1_700_000_000)
			c.WriteInt(12_345)
			c.WriteStrings([]string{"set", "session:alice", "hunter22"})
			c.WriteBulk("127.0.0.1:1")
			c.WriteBulk("shop")
		default:
			return false
		}
		return true
	})
	return mustNew(t, "ENV=production", "REDIS_URL=redis://"+m.Addr()+"/0")
}

const full = "# Server\r\nredis_version:7.0.15\r\nuptime_in_seconds:3700\r\naof_enabled:1\r\n# Clients\r\nconnected_clients:3\r\n# Memory\r\nused_memory:1000\r\n" +
	"maxmemory:4000\r\nmaxmemory_policy:noeviction\r\n# Stats\r\ntotal_commands_processed:10\r\nkeyspace_hits:3\r\nkeyspace_misses:1\r\n" +
	"# Replication\r\nrole:master\r\n# Keyspace\r\ndb10:keys=5,expires=2,avg_ttl=0\r\ndb2:keys=1,expires=0,avg_ttl=0\r\n"

func TestFiguresOfTheServer(t *testing.T) {
	n := told(t, full).Check(t.Context())
	if n.Status != health.Healthy {
		t.Errorf("it is %s: %s", n.Status, n.Message)
	}
	for _, want := range []health.Figure{
		{Name: "hit ratio", Value: 75, Unit: "percent"},
		{Name: "memory", Value: 1000, Max: 4000, Unit: "bytes"},
		{Name: "clients", Value: 3},
		{Name: "version", Text: "7.0.15"},
		{Name: "role", Text: "master"},
	} {
		if !slices.Contains(n.Figures, want) {
			t.Errorf("%v is not among %v", want, n.Figures)
		}
	}
}

func TestServersThatWillNotDo(t *testing.T) {
	for _, test := range []struct {
		from, to string
		want     health.Status
		message  string
	}{
		{"policy:noeviction", "policy:allkeys-lru", health.Warning, "set it to noeviction, and SHOP_REDIS_CACHE_URL"},
		{"role:master", "role:slave", health.Unhealthy, "a replica, which refuses writes"},
		{"# Server", "databases:1", health.Unhealthy, "no second database for the cache: set SHOP_REDIS_CACHE_URL"},
	} {
		c := told(t, strings.Replace(full, test.from, test.to, 1))
		c.Client()
		if n := c.Check(t.Context()); n.Status != test.want || !strings.Contains(n.Message, test.message) {
			t.Errorf("%s: %s, %s", test.to, n.Status, n.Message)
		}
	}
	// A server that nothing durable is kept on may evict.
	if n := told(t, strings.Replace(full, "noeviction", "allkeys-lru", 1)).Check(t.Context()); n.Status != health.Healthy {
		t.Errorf("a mere cache is %s: %s", n.Status, n.Message)
	}
}

func TestTheCacheMayHaveItsOwnServer(t *testing.T) {
	other := miniredis.RunT(t)
	m := miniredis.RunT(t)
	c := mustNew(t, "ENV=production", "REDIS_URL=redis://"+m.Addr()+"/3", "REDIS_CACHE_URL=redis://"+other.Addr()+"/5")
	ctx := t.Context()
	c.Cache().Set(ctx, "key", "v", 0)
	if !other.DB(5).Exists("key") {
		t.Error("the key is not on the cache's server")
	}
	if n := c.Check(ctx); len(n.Children) != 1 || n.Children[0].Name != "cache" || n.Children[0].Status != health.Healthy {
		t.Errorf("the parts are %v", n.Children)
	}
	other.Close()
	if n := c.Check(ctx); n.Status != health.Healthy || len(n.Children) != 1 || n.Children[0].Status != health.Warning {
		t.Errorf("without the cache's server: %v", n)
	}
}

// TestACacheCanBeDoneWithout tells a server that only the cache needs from one
// whose loss takes the application out of service.
func TestACacheCanBeDoneWithout(t *testing.T) {
	server := redistest.Start(t)
	c := mustNew(t, "ENV=production", "REDIS_URL="+server.URL)
	server.Stop()
	ctx := t.Context()
	for i, want := range []health.Status{health.Unhealthy, health.Warning, health.Unhealthy} {
		if n := c.Check(ctx); n.Status != want {
			t.Errorf("step %d: %s, want %s", i, n.Status, want)
		}
		if i == 0 {
			c.Cache()
		} else {
			c.Client()
		}
	}
}

func TestPage(t *testing.T) {
	page, err := told(t, full).Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := page.Render(&text); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"7.0.15", "<td>2</td><td>1</td><td>0</td></tr><tr><td>10</td>", "SET with 2 arguments", "1h1m40s", "<td>on</td>", "<td>4000 bytes</td>", "12.345ms"} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("%q is not in\n%s", want, &text)
		}
	}
	if strings.Contains(text.String(), "hunter22") || strings.Contains(text.String(), "alice") {
		t.Errorf("the page shows data:\n%s", &text)
	}
	// Without a server there is still a page.
	if page, err := mustNew(t).Page(t.Context()); err != nil || page == nil {
		t.Errorf("without a server: %v", err)
	}
}

func TestPing(t *testing.T) {
	ping := func(c *redis.Component) (string, error) {
		var out bytes.Buffer
		cmd := c.Commands()[0]
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SetArgs([]string{"ping"})
		cmd.SilenceErrors, cmd.SilenceUsage = true, true
		err := cmd.ExecuteContext(context.WithoutCancel(t.Context()))
		return out.String(), err
	}
	if out, err := ping(told(t, full)); err != nil || !strings.HasPrefix(out, "redis 7.0.15 answers after ") {
		t.Errorf("ping: %q, %v", out, err)
	}

	// A command is a process of its own, and finds the embedded server.
	if _, err := ping(mustNew(t)); err == nil || !strings.Contains(err.Error(), "start the application, or set SHOP_REDIS_URL") {
		t.Errorf("ping without a server: %v", err)
	}
	serving := mustNew(t)
	if err := serving.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if out, err := ping(mustNew(t)); err != nil || !strings.HasPrefix(out, "redis embedded answers after ") {
		t.Errorf("ping the embedded server: %q, %v", out, err)
	}
	if err := serving.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := ping(mustNew(t)); err == nil || !strings.Contains(err.Error(), "not started") {
		t.Errorf("ping the stopped server: %v", err)
	}
}
