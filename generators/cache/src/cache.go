// Package cache remembers what is costly to find: values that are computed once
// for all who ask, whole answers over HTTP, and sessions. With Redis, processes
// share all of it, and the limits of clients too.
//
// Start reading at Get.
package cache

import (
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// Config is what the cache reads from the environment.
type Config struct {
	TTL             time.Duration `env:"CACHE_TTL" envDefault:"5m" min:"1s" max:"168h" doc:"How long a value is kept that does not say so itself"`
	SessionIdle     time.Duration `env:"SESSION_IDLE" envDefault:"30m" min:"1m" max:"720h" doc:"How long a session lives that nobody uses"`
	SessionLifetime time.Duration `env:"SESSION_LIFETIME" envDefault:"12h" min:"1m" max:"8760h" doc:"How long a session lives at most"`
}

// Component is the cache.
type Component struct {
	app     *app.App
	log     *slog.Logger
	config  Config
	store   Store
	flights flights
	counts  counts
	epoch   atomic.Uint64 // how often something was invalidated
	cleared atomic.Uint64 // how often everything was

	sessions func() *Sessions // made when somebody needs them
}

var (
	_ app.Checker   = (*Component)(nil)
	_ app.Router    = (*Component)(nil)
	_ app.Pager     = (*Component)(nil)
	_ app.Commander = (*Component)(nil)
)

// New returns the cache of a, which keeps everything in s. The limits of b are
// those of all processes, if s can share them.
func New(a *app.App, b *backend.Component, s Store) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "cache"), store: s}
	a.Config(&c.config)
	c.sessions = sync.OnceValue(c.newSessions)
	b.SetLimiter(s.Limiter)
	return c, nil
}

// Name is "cache".
func (c *Component) Name() string { return "cache" }

// Sessions returns the sessions of the visitors.
func (c *Component) Sessions() *Sessions { return c.sessions() }
