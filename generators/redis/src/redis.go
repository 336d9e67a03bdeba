// Package redis connects the application to Redis: one client for what must not
// be lost, and one for what may be evicted. Without a server in development, it
// runs one in the same process.
//
// Start reading at Component.
package redis

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	goredis "github.com/redis/go-redis/v9"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Component holds the clients of the application.
type Component struct {
	app    *app.App
	log    *slog.Logger
	config Config

	client, cache *goredis.Client
	// Who has asked for which client.
	durableUsed, cacheUsed atomic.Bool

	tls func() (*tls.Config, error) // reads the CA file at the first connection
	// embedded is whether there is no server but our own, which Start starts.
	embedded bool
	server   *server

	rates [2]commandRate // of the server, and of that for the cache; the monitor checks one at a time
}

var (
	_ app.Starter   = (*Component)(nil)
	_ app.Stopper   = (*Component)(nil)
	_ app.Checker   = (*Component)(nil)
	_ app.Pager     = (*Component)(nil)
	_ app.Commander = (*Component)(nil)
)

// New returns the clients of a. They connect when they are first used.
func New(a *app.App) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "redis")}
	a.Config(&c.config)
	c.embedded = c.config.URL == ""
	if c.embedded && a.Env == app.Production {
		a.Problem("REDIS_URL", "needed in production, such as redis://user:password@host:6379/0")
	}
	goredis.SetLogger(newLogger(c.log))
	c.tls = sync.OnceValues(c.loadTLS)
	c.server = newServer(c.log, newNote(a.Name))
	durable, cache := c.config.options(a.Name)
	c.client = c.connect(durable)
	c.cache = c.connect(cache)
	return c, nil
}

// Name is "redis".
func (c *Component) Name() string { return "redis" }

// Client returns the client for what must not be lost: queues, locks, sessions.
// It can be used at once and connects when it has to, an embedded server after
// Start.
func (c *Component) Client() goredis.UniversalClient {
	c.durableUsed.Store(true)
	return c.client
}

// Cache returns the client for what may be evicted or cleared at any time. Its
// keys are in another database, or on another server, than those of Client.
func (c *Component) Cache() goredis.UniversalClient {
	c.cacheUsed.Store(true)
	return c.cache
}

// Start runs the embedded server, if there is no other. A server that cannot be
// reached does not stop the application from starting: it is not ready until
// the server is there.
func (c *Component) Start(ctx context.Context) error {
	if c.embedded {
		if err := c.oneProcess(); err != nil {
			return err
		}
		url, err := c.server.start()
		if err != nil {
			return err
		}
		c.log.InfoContext(ctx, "embedded", "variable", c.app.Prefix()+"REDIS_URL", "value", url)
		return nil
	}
	limit, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	if err := c.client.Ping(limit).Err(); err != nil && ctx.Err() == nil {
		c.log.WarnContext(ctx, "redis cannot be reached, starting without it", "error", err)
	}
	return nil
}

// oneProcess refuses to run an embedded server for a part of the application:
// the other parts have processes of their own, which would not see it.
func (c *Component) oneProcess() error {
	for _, role := range c.app.Roles() {
		if !c.app.Serves(role) {
			return &app.ConfigError{Problems: []string{
				c.app.Prefix() + "REDIS_URL: needed to serve some roles only: the process of the role " + string(role) + " would not see an embedded server",
			}}
		}
	}
	return nil
}

// Stop closes the connections, and the embedded server if it runs.
func (c *Component) Stop(context.Context) error {
	err := errors.Join(c.client.Close(), c.cache.Close())
	c.server.stop()
	return err
}
