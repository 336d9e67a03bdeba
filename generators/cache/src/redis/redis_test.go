package redis_test

import (
	"io"
	"net/netip"
	"strings"
	"testing"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
	"github.com/aegis-stack/aegis/generators/cache/src/redis"
	"github.com/aegis-stack/aegis/generators/cache/src/storetest"
	server "github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

func newStore(tb testing.TB, url string) (cache.Store, *server.Component) {
	tb.Helper()
	var s cache.Store
	var r *server.Component
	_, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_REDIS_URL=" + url}, LogTo: io.Discard},
		func(a *app.App) (_ []app.Component, err error) {
			if r, err = server.New(a); err != nil {
				return nil, err
			}
			s, err = redis.New(a, r)
			return []app.Component{r}, err
		})
	if err != nil {
		tb.Fatal(err)
	}
	return s, r
}

func TestEntries(t *testing.T) {
	s, r := newStore(t, redistest.URL(t))
	ctx := t.Context()
	r.Cache().Set(ctx, "another", 1, 0)
	storetest.Entries(t, s, nil)
	if keys := r.Cache().Keys(ctx, "*").Val(); len(keys) != 1 || keys[0] != "another" {
		t.Errorf("after Clear there are %q", keys)
	}
}

func TestEntriesAsTimePasses(t *testing.T) {
	server := redistest.Start(t)
	s, _ := newStore(t, server.URL)
	storetest.Entries(t, s, server.FastForward)
}

func TestSessions(t *testing.T) {
	s, r := newStore(t, redistest.URL(t))
	storetest.Sessions(t, s.Sessions(), nil)
	if keys := r.Cache().Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("sessions are where they may be evicted: %q", keys)
	}
}

func TestSessionsThatAreEndedLeaveNothing(t *testing.T) {
	s, r := newStore(t, redistest.URL(t))
	ctx := t.Context()
	sessions := s.Sessions()
	for _, id := range []string{"a", "b"} {
		if err := sessions.Save(ctx, cache.Session{ID: id, Subject: "ann", Expires: time.Now().Add(time.Hour)}, []byte("d"), time.Minute, false); err != nil {
			t.Error(err)
		}
	}
	for _, id := range []string{"a", "b"} {
		if err := sessions.Delete(ctx, id); err != nil {
			t.Error(err)
		}
	}
	if keys := r.Client().Keys(ctx, "*").Val(); len(keys) > 0 {
		t.Errorf("there is %q", keys)
	}
}

func TestSessionsAsTimePasses(t *testing.T) {
	server := redistest.Start(t)
	s, r := newStore(t, server.URL)
	storetest.Sessions(t, s.Sessions(), server.FastForward)
	if keys := r.Client().Keys(t.Context(), "*").Val(); len(keys) > 0 {
		t.Errorf("after their end there are %q", keys)
	}
}

// TestEveryKeyExpires finds keys without a time to live: they would stay for ever.
func TestEveryKeyExpires(t *testing.T) {
	s, r := newStore(t, redistest.URL(t))
	ctx := t.Context()
	_ = s.Set(ctx, "a", []byte("v"), time.Hour)
	_ = s.Swap(ctx, "b", nil, []byte("v"), time.Hour)
	_ = s.Swap(ctx, "b", []byte("v"), []byte("w"), time.Hour)
	_ = s.Sessions().Save(ctx, cache.Session{ID: "i", Subject: "ann", Expires: time.Now().Add(time.Hour)}, []byte("d"), time.Minute, false)
	_, _ = s.Sessions().Find(ctx, "i", time.Minute)
	s.Limiter(backend.Limits{PerSecond: 1, Burst: 5}).Wait(ctx, netip.MustParseAddr("192.0.2.1"))
	seen := 0
	for _, client := range []goredis.UniversalClient{r.Cache(), r.Client()} {
		for _, key := range client.Keys(ctx, "*").Val() {
			seen++
			if ttl := client.PTTL(ctx, key).Val(); ttl <= 0 || ttl > time.Hour {
				t.Errorf("%s lives for %s", key, ttl)
			}
		}
	}
	if seen != 5 {
		t.Errorf("there are %d keys, want 5", seen)
	}
}

// TestAServerThatFails is asked no more than a few times, and found again.
func TestAServerThatFails(t *testing.T) {
	server := redistest.Start(t)
	s, _ := newStore(t, server.URL)
	ctx := t.Context()
	if err := s.Set(ctx, "a", []byte("v"), time.Hour); err != nil {
		t.Fatal(err)
	}
	server.Stop()
	for range 3 {
		if _, err := s.Get(ctx, "a"); err == nil {
			t.Error("there is an answer without a server")
		}
	}
	asked := 0
	for range 1000 {
		_, err := s.Get(ctx, "a")
		if err == nil {
			t.Fatal("there is an answer without a server")
		}
		if !strings.Contains(err.Error(), "not asked") {
			asked++
		}
	}
	if asked > 100 { // one in a second
		t.Errorf("of a thousand questions %d went to the server", asked)
	}
	server.Restart()
	for began := time.Now(); ; time.Sleep(50 * time.Millisecond) {
		if v, err := s.Get(ctx, "a"); err == nil && string(v[0]) == "v" {
			return
		}
		if time.Since(began) > time.Minute {
			t.Fatal("the server is not found again")
		}
	}
}

func BenchmarkGet(b *testing.B) {
	s, _ := newStore(b, redistest.URL(b))
	storetest.Benchmark(b, s)
}
