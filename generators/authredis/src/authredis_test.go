package authredis

import (
	"context"
	"log/slog"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

// database counts how often it is asked.
type database struct{ taken, forgotten atomic.Int64 }

func (d *database) Take(context.Context, string, auth.Limit) (time.Duration, error) {
	d.taken.Add(1)
	return time.Hour, nil
}

func (d *database) Forget(context.Context, string) error {
	d.forgotten.Add(1)
	return nil
}

var ten = auth.Limit{Every: time.Hour, Burst: 10}

func TestAttackBruteForceAcrossReplicas(t *testing.T) {
	d := &database{}
	client := redistest.New(t).Client()
	replica := func() *limiter {
		return &limiter{client: client, prefix: "shop:", database: d, log: slog.New(slog.DiscardHandler)}
	}
	replicas := []*limiter{replica(), replica()}
	var granted atomic.Int64
	var wg sync.WaitGroup
	for i := range 40 {
		wg.Go(func() {
			wait, err := replicas[i%2].Take(t.Context(), "ada", ten)
			if err != nil {
				t.Error(err)
			}
			if wait == 0 {
				granted.Add(1)
			} else if wait > time.Hour {
				t.Errorf("it has to wait for %v", wait)
			}
		})
	}
	wg.Wait()
	if granted.Load() != 10 || d.taken.Load() != 0 {
		t.Errorf("%d attempts were granted, and the database was asked %d times", granted.Load(), d.taken.Load())
	}
	if wait, err := replicas[0].Take(t.Context(), "eve", ten); wait != 0 || err != nil {
		t.Errorf("somebody else has to wait for %v (%v)", wait, err)
	}
	if err := replicas[1].Forget(t.Context(), "ada"); err != nil {
		t.Fatal(err)
	}
	if wait, err := replicas[0].Take(t.Context(), "ada", ten); wait != 0 || err != nil {
		t.Errorf("forgotten, it has to wait for %v (%v)", wait, err)
	}
}

func TestTheDatabaseCountsWithoutRedis(t *testing.T) {
	d := &database{}
	r := redistest.New(t)
	l := &limiter{client: r.Client(), database: d, log: slog.New(slog.DiscardHandler)}
	if err := r.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
	if wait, err := l.Take(t.Context(), "ada", ten); wait != time.Hour || err != nil {
		t.Errorf("Take = %v, %v, which is not what the database says", wait, err)
	}
	if err := l.Forget(t.Context(), "ada"); err != nil || d.forgotten.Load() != 1 {
		t.Errorf("the database forgets %d times (%v)", d.forgotten.Load(), err)
	}
}
