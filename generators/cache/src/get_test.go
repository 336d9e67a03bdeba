package cache

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

type product struct {
	Name  string
	Price int
}

// counted returns a function that makes products and counts how often.
func counted(calls *atomic.Int64) func(context.Context) (product, error) {
	return func(context.Context) (product, error) {
		return product{Name: "tea", Price: int(calls.Add(1))}, nil
	}
}

// price gets a product and checks how often one was made.
func price(t *testing.T, c *Component, key string, ttl time.Duration, calls *atomic.Int64, want int, tags ...string) {
	t.Helper()
	p, err := Get(t.Context(), c, key, ttl, counted(calls), tags...)
	if err != nil || p.Name != "tea" || p.Price != want {
		t.Errorf("Get(%q) = %v, %v, want price %d", key, p, err, want)
	}
}

func TestValuesAreMadeOnceInTheirTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t, "SHOP_CACHE_TTL=10m")
		var calls atomic.Int64
		for range 3 {
			price(t, c, "product:1", time.Minute, &calls, 1)
		}
		time.Sleep(53 * time.Second) // up to a tenth is taken off
		price(t, c, "product:1", time.Minute, &calls, 1)
		time.Sleep(8 * time.Second)
		price(t, c, "product:1", time.Minute, &calls, 2)

		price(t, c, "product:2", 0, &calls, 3) // for the configured time
		time.Sleep(8 * time.Minute)
		price(t, c, "product:2", 0, &calls, 3)
		time.Sleep(3 * time.Minute)
		price(t, c, "product:2", 0, &calls, 4)
	})
}

func TestWhatWasKeptAtOnceDoesNotExpireAtOnce(t *testing.T) {
	c, _ := newCache(t)
	seen := map[time.Duration]bool{}
	for range 100 {
		ttl := c.jitter(time.Minute)
		if ttl > time.Minute || ttl < 54*time.Second {
			t.Fatalf("a minute became %s", ttl)
		}
		seen[ttl] = true
	}
	if len(seen) < 50 {
		t.Errorf("of 100 times there are %d different ones", len(seen))
	}
}

func TestOneComputesForAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		var calls atomic.Int64
		var wg sync.WaitGroup
		for range 50 {
			wg.Go(func() {
				p, err := Get(t.Context(), c, "product:1", 0, func(ctx context.Context) (product, error) {
					time.Sleep(time.Second)
					return counted(&calls)(ctx)
				})
				if err != nil || p.Price != 1 {
					t.Errorf("Get: %v, %v", p, err)
				}
			})
		}
		wg.Wait()
		if n := calls.Load(); n != 1 {
			t.Errorf("computed %d times", n)
		}
	})
}

func TestOnesEndIsNotThatOfTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		slow := func(ctx context.Context) (string, error) {
			select {
			case <-time.After(time.Second):
				return "done", nil
			case <-ctx.Done():
				return "", ctx.Err()
			}
		}
		first, cancel := context.WithCancel(t.Context())
		var wg sync.WaitGroup
		wg.Go(func() {
			if _, err := Get(first, c, "key", 0, slow); !errors.Is(err, context.Canceled) {
				t.Errorf("who left gets %v", err)
			}
		})
		synctest.Wait()
		wg.Go(func() {
			if v, err := Get(t.Context(), c, "key", 0, slow); v != "done" || err != nil {
				t.Errorf("who stayed gets %q, %v", v, err)
			}
		})
		synctest.Wait()
		cancel()
		wg.Wait()

		// When all have left, nothing goes on, and the next one starts anew.
		ended := make(chan struct{})
		alone, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		_, err := Get(alone, c, "other", 0, func(ctx context.Context) (string, error) {
			<-ctx.Done()
			close(ended)
			return "", ctx.Err()
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("who gave up gets %v", err)
		}
		<-ended
		if v, err := Get(t.Context(), c, "other", 0, slow); v != "done" || err != nil {
			t.Errorf("the next one gets %q, %v", v, err)
		}
	})
}

func TestPanicsReachAllWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		cause := errors.New("out of tea")
		var panics atomic.Int64
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				defer func() {
					err, _ := recover().(error)
					if errors.Is(err, cause) && strings.Contains(err.Error(), "get_test.go") {
						panics.Add(1)
					}
				}()
				_, _ = Get(t.Context(), c, "key", 0, func(context.Context) (string, error) {
					time.Sleep(time.Second)
					panic(cause)
				})
			})
		}
		wg.Wait()
		if panics.Load() != 3 {
			t.Errorf("%d of 3 panicked", panics.Load())
		}
		if _, err := Get(t.Context(), c, "gone", 0, func(context.Context) (string, error) {
			runtime.Goexit()
			return "", nil
		}); !errors.Is(err, errExited) {
			t.Errorf("after the end of the goroutine: %v", err)
		}
		if v, err := Get(t.Context(), c, "key", 0, func(context.Context) (string, error) { return "tea", nil }); v != "tea" || err != nil {
			t.Errorf("afterwards: %q, %v", v, err)
		}
	})
}

func TestNothingIsRememberedForAShortTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		calls := 0
		find := func() error {
			_, err := Get(t.Context(), c, "product:7", time.Hour, func(context.Context) (product, error) {
				calls++
				return product{}, fmt.Errorf("product 7: %w", ErrNotFound)
			})
			return err
		}
		for range 3 {
			if err := find(); !errors.Is(err, ErrNotFound) {
				t.Errorf("Get: %v", err)
			}
		}
		if calls != 1 {
			t.Errorf("computed %d times", calls)
		}
		time.Sleep(notFoundTTL)
		if _ = find(); calls != 2 {
			t.Errorf("later computed %d times, want 2", calls)
		}
	})
}

func TestErrorsAreNotRemembered(t *testing.T) {
	c, _ := newCache(t)
	cause := errors.New("broken")
	for want := range 3 {
		calls := want
		_, err := Get(t.Context(), c, "key", 0, func(context.Context) (string, error) {
			calls++
			return "", cause
		})
		if !errors.Is(err, cause) || calls != want+1 {
			t.Errorf("Get: %v, computed %d times", err, calls)
		}
	}
}

func TestTheOrderOfTagsDoesNotMatter(t *testing.T) {
	c, _ := newCache(t)
	var calls atomic.Int64
	price(t, c, "product:1", 0, &calls, 1, "a", "b")
	price(t, c, "product:1", 0, &calls, 1, "b", "a", "b")
	price(t, c, "product:1", 0, &calls, 2, "b", "c")
}

func TestInvalidate(t *testing.T) {
	c, f := newCache(t)
	ctx := t.Context()
	var one, two, none atomic.Int64
	check := func(step string, wantOne, wantTwo, wantNone int) {
		t.Helper()
		t.Log(step)
		for range 2 {
			price(t, c, "product:1", 0, &one, wantOne, "shelf:1", "all")
			price(t, c, "product:2", 0, &two, wantTwo, "all", "shelf:2", "all")
			price(t, c, "product:3", 0, &none, wantNone)
		}
	}
	check("at first", 1, 1, 1)
	check("again", 1, 1, 1)
	_ = c.Invalidate(ctx, "shelf:1")
	check("one tag", 2, 1, 1)
	_ = c.Invalidate(ctx, "all")
	check("another tag", 3, 2, 1)
	_ = c.Invalidate(ctx, "shelf:1", "shelf:2")
	check("both tags", 4, 3, 1)
	_ = c.Delete(ctx, "product:3", "product:1")
	check("deleted", 5, 3, 2)

	// A tag that the store has forgotten is one that was invalidated: its entries
	// must not come back with it.
	_ = c.Invalidate(ctx, "all")
	delete(f.values, tagKey("all"))
	check("forgotten tag", 6, 4, 2)
	_ = c.Clear(ctx)
	check("cleared", 7, 5, 3)
}

// TestWhatChangesWhileItIsComputed deletes and invalidates what is being read:
// the old value must not be kept.
func TestWhatChangesWhileItIsComputed(t *testing.T) {
	for name, change := range map[string]func(*Component) error{
		"delete":     func(c *Component) error { return c.Delete(context.Background(), "key") },
		"invalidate": func(c *Component) error { return c.Invalidate(context.Background(), "tag") },
		"set":        func(c *Component) error { return Set(context.Background(), c, "key", 0, "new", "tag") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := newCache(t)
				get := func(value string) string {
					v, err := Get(t.Context(), c, "key", 0, func(context.Context) (string, error) {
						time.Sleep(time.Second)
						return value, nil
					}, "tag")
					if err != nil {
						t.Error(err)
					}
					return v
				}
				var wg sync.WaitGroup
				wg.Go(func() { get("old") })
				synctest.Wait()
				if err := change(c); err != nil {
					t.Fatal(err)
				}
				// Who asks from now on must not wait for the old value either.
				if v := get("new"); v != "new" {
					t.Errorf("during the computation it is %q", v)
				}
				wg.Wait()
				if v := get("newest"); v == "old" {
					t.Error("the old value was kept")
				}
			})
		})
	}
}

// TestWhatIsClearedWhileItIsComputed has no tags that could tell.
func TestWhatIsClearedWhileItIsComputed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, _ := newCache(t)
		value := "old"
		get := func() string {
			v, err := Get(t.Context(), c, "key", 0, func(context.Context) (string, error) {
				made := value
				time.Sleep(time.Second)
				return made, nil
			})
			if err != nil {
				t.Error(err)
			}
			return v
		}
		h := c.HTTP(HTTPOptions{})(&shop{answer: func(w http.ResponseWriter, _ *http.Request, _ int64) {
			made := value
			time.Sleep(time.Second)
			_, _ = io.WriteString(w, made)
		}})
		var wg sync.WaitGroup
		wg.Go(func() { get() })
		wg.Go(func() { ask(h, "GET", "/") })
		synctest.Wait()
		value = "new"
		if err := c.Clear(t.Context()); err != nil {
			t.Fatal(err)
		}
		wg.Wait()
		if v := get(); v != "new" {
			t.Errorf("the value is %q", v)
		}
		if v := body(t, ask(h, "GET", "/")); v != "new" {
			t.Errorf("the answer is %q", v)
		}
	})
}

func TestAStoreThatFailsCostsTimeOnly(t *testing.T) {
	c, f := newCache(t)
	ctx := t.Context()
	var calls atomic.Int64
	price(t, c, "product:1", 0, &calls, 1)
	f.down.Store(true)
	price(t, c, "product:1", 0, &calls, 2)
	price(t, c, "product:2", 0, &calls, 3, "tag")
	for name, err := range map[string]error{
		"Set": Set(ctx, c, "k", 0, 1), "Delete": c.Delete(ctx, "k"), "Invalidate": c.Invalidate(ctx, "k"), "Clear": c.Clear(ctx),
	} {
		if !errors.Is(err, errDown) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if n := c.Check(ctx); n.Status != "warning" || !strings.Contains(n.Message, errDown.Error()) {
		t.Errorf("it is %s: %s", n.Status, n.Message)
	}
	f.down.Store(false)
	price(t, c, "product:1", 0, &calls, 1)
}

func TestValuesOfAnotherTypeAreMadeAnew(t *testing.T) {
	c, _ := newCache(t)
	if err := Set(t.Context(), c, "key", 0, "text"); err != nil {
		t.Fatal(err)
	}
	for _, made := range []int{1, 2} {
		if v, err := Get(t.Context(), c, "key", 0, func(context.Context) (int, error) { return made, nil }); v != 1 || err != nil {
			t.Errorf("Get = %d, %v", v, err)
		}
	}
	if _, err := Get(t.Context(), c, "func", 0, func(context.Context) (func(), error) { return func() {}, nil }); err == nil {
		t.Error("a function was kept")
	}
}

func TestBrokenEntriesAreMisses(t *testing.T) {
	c, f := newCache(t)
	var calls atomic.Int64
	for i, raw := range []string{"v", "v12345678", "v12345678\x05", "v12345678\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "x12345678\x00{}"} {
		key := fmt.Sprint("product:", i)
		f.values[entryKey(key)] = kept{[]byte(raw), time.Now().Add(time.Hour)}
		want := int(calls.Load()) + 1
		price(t, c, key, 0, &calls, want)
		price(t, c, key, 0, &calls, want)
	}
}

func TestCountsByPrefix(t *testing.T) {
	c, _ := newCache(t)
	var calls atomic.Int64
	for range 4 {
		_, _ = Get(t.Context(), c, "a:1", 0, counted(&calls))
	}
	for i := range 3 * maxPrefixes {
		_, _ = Get(t.Context(), c, fmt.Sprintf("p%d:1", i), 0, counted(&calls))
	}
	s, err := c.Stats(t.Context())
	if err != nil || s.Hits != 3 || s.Misses != 3*maxPrefixes+1 {
		t.Errorf("Stats = %d hits and %d misses, %v", s.Hits, s.Misses, err)
	}
	if n := len(s.Prefixes); n > maxPrefixes+1 {
		t.Errorf("%d prefixes are counted", n)
	}
	if s.Prefixes[0] != (PrefixStat{Prefix: otherPrefix, Misses: 2*maxPrefixes + 1}) || s.Prefixes[1] != (PrefixStat{Prefix: "a", Hits: 3, Misses: 1}) {
		t.Errorf("the busiest prefixes are %v", s.Prefixes[:2])
	}
}
