package auth

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestLimiterInTheDatabase(t *testing.T) {
	s := start(t)
	limit := Limit{Every: time.Minute, Burst: 5}
	take := func(key string) time.Duration {
		t.Helper()
		wait, err := s.auth.store.Take(t.Context(), key, limit)
		if err != nil {
			t.Fatal(err)
		}
		return wait
	}
	var granted atomic.Int64
	var wg sync.WaitGroup
	for range 12 {
		wg.Go(func() {
			if wait := take("a"); wait == 0 {
				granted.Add(1)
			}
		})
	}
	wg.Wait()
	if granted.Load() != 5 {
		t.Errorf("%d of 5 attempts were granted", granted.Load())
	}
	if wait := take("a"); wait != time.Minute {
		t.Errorf("the next one is in %v", wait)
	}
	if wait := take("b"); wait != 0 {
		t.Errorf("another key waits for %v", wait)
	}
	s.later(2 * time.Minute)
	if first, second, third := take("a"), take("a"), take("a"); first != 0 || second != 0 || third == 0 {
		t.Errorf("after two minutes: %v, %v, %v", first, second, third)
	}
	if err := s.auth.store.Forget(t.Context(), "a"); err != nil {
		t.Fatal(err)
	}
	if wait := take("a"); wait != 0 {
		t.Errorf("forgotten, it waits for %v", wait)
	}
}
