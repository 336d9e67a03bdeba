package memory_test

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
	"github.com/aegis-stack/aegis/generators/cache/src/memory"
	"github.com/aegis-stack/aegis/generators/cache/src/storetest"
)

func newStore(tb testing.TB, settings ...string) cache.Store {
	tb.Helper()
	var s cache.Store
	_, err := app.New(app.Options{Name: "shop", Environ: settings, LogTo: io.Discard}, func(a *app.App) (_ []app.Component, err error) {
		s, err = memory.New(a)
		return nil, err
	})
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func TestEntries(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { storetest.Entries(t, newStore(t), time.Sleep) })
}

func TestSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { storetest.Sessions(t, newStore(t).Sessions(), time.Sleep) })
}

func TestSessionsThatEndedAreForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := newStore(t).Sessions()
		save := func(id string) {
			now := time.Now()
			if err := s.Save(t.Context(), cache.Session{ID: id, Subject: "ann", Seen: now, Expires: now.Add(time.Hour)}, nil, time.Minute, false); err != nil {
				t.Error(err)
			}
		}
		save("old")
		time.Sleep(2 * time.Minute)
		for i := range 600 {
			save(strconv.Itoa(i))
		}
		if memory.Count(s) != 600 {
			t.Errorf("%d sessions are kept", memory.Count(s))
		}
	})
}

func TestWhatIsNotUsedMakesRoom(t *testing.T) {
	s := newStore(t, "SHOP_CACHE_MAX_ENTRIES=16")
	ctx := t.Context()
	for i := range 40 {
		_ = s.Set(ctx, fmt.Sprint("key", i), []byte("v"), time.Hour)
		_, _ = s.Get(ctx, "key0") // in use
	}
	values, _ := s.Get(ctx, "key0", "key1", "key24", "key25", "key39")
	for i, want := range []bool{true, false, false, true, true} {
		if (values[i] != nil) != want {
			t.Errorf("value %d is %q", i, values[i])
		}
	}
	if u, _ := s.Usage(ctx); u != (cache.Usage{Entries: 16, Limit: 16, Bytes: 16*6 - 1, MaxBytes: 64 << 20, Evictions: 24}) {
		t.Errorf("Usage = %+v", u)
	}
}

func TestLargeValuesMakeRoom(t *testing.T) {
	s := newStore(t, "SHOP_CACHE_MAX_BYTES=65536")
	ctx := t.Context()
	set := func(key string, size int) { _ = s.Set(ctx, key, make([]byte, size-len(key)), time.Hour) }
	check := func(bytes, evictions int64, want ...string) {
		t.Helper()
		there := []string{}
		for _, key := range []string{"a", "b", "c", "d"} {
			if values, _ := s.Get(ctx, key); values[0] != nil {
				there = append(there, key)
			}
		}
		u, _ := s.Usage(ctx)
		if !slices.Equal(there, want) || u.Bytes != bytes || u.Evictions != evictions {
			t.Errorf("%q are kept, %+v; want %q, %d bytes and %d evictions", there, u, want, bytes, evictions)
		}
	}
	set("a", 20<<10)
	set("b", 20<<10)
	set("c", 24<<10)
	check(64<<10, 0, "a", "b", "c")
	set("a", 10<<10) // in place of what was there
	check(54<<10, 0, "a", "b", "c")
	set("d", 20<<10)
	check(64<<10, 1, "b", "c", "d")
	set("b", 64<<10+1) // more than there may be: the old value is not kept either
	check(44<<10, 2, "c", "d")
	if err := s.Clear(ctx); err != nil {
		t.Fatal(err)
	}
	check(0, 2)
}

func TestLimitsAreThoseOfTheProcess(t *testing.T) {
	if l := newStore(t).Limiter(backend.Limits{}); l != nil {
		t.Errorf("the limiter is %v, want the local one", l)
	}
}
