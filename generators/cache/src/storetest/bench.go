package storetest

import (
	"context"
	"io"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
)

// Benchmark measures cache.Get with the store: of a value that is there, without
// and with a tag, by one and by many, and of one that is not.
func Benchmark(b *testing.B, s cache.Store) {
	b.Helper()
	var c *cache.Component
	_, err := app.New(app.Options{Name: "bench", LogTo: io.Discard}, func(a *app.App) (_ []app.Component, err error) {
		server, err := backend.New(a)
		if err != nil {
			return nil, err
		}
		c, err = cache.New(a, server, s)
		return []app.Component{server, c}, err
	})
	if err != nil {
		b.Fatal(err)
	}
	type product struct {
		ID    int
		Name  string
		Price float64
	}
	compute := func(context.Context) (product, error) { return product{7, "tea", 3.5}, nil }
	get := func(key string, tags ...string) {
		if p, err := cache.Get(b.Context(), c, key, 0, compute, tags...); err != nil || p.ID != 7 {
			b.Errorf("Get = %v, %v", p, err)
		}
	}
	b.Run("Hit", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			get("product:1")
		}
	})
	b.Run("HitWithTag", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			get("product:2", "shelf:1")
		}
	})
	b.Run("HitParallel", func(b *testing.B) {
		b.SetParallelism(16)
		b.RunParallel(func(pb *testing.PB) {
			for pb.Next() {
				get("product:1")
			}
		})
	})
	b.Run("Miss", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if err := c.Delete(b.Context(), "product:3"); err != nil {
				b.Fatal(err)
			}
			get("product:3")
		}
	})
}
