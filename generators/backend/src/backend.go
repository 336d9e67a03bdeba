// Package backend serves the application over HTTP: the API with its
// documentation, the probes, and the pages of the other components.
//
// Start reading at Component; handler.go shows what a request passes through.
package backend

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Config is what the server reads from the environment.
type Config struct {
	Addr           address       `env:"ADDR" envDefault:":8080" doc:"Address the API listens on; port 0 picks a free one"`
	ReadTimeout    time.Duration `env:"READ_TIMEOUT" envDefault:"15s" min:"1s" max:"1h" doc:"Longest time to read a request"`
	WriteTimeout   time.Duration `env:"WRITE_TIMEOUT" envDefault:"30s" min:"1s" max:"1h" doc:"Longest time to write an answer"`
	IdleTimeout    time.Duration `env:"IDLE_TIMEOUT" envDefault:"2m" min:"1s" max:"1h" doc:"How long a connection may wait for its next request"`
	BodyLimit      int64         `env:"BODY_LIMIT" envDefault:"1048576" min:"1024" max:"1073741824" doc:"Largest body of a request, in bytes"`
	RateLimit      float64       `env:"RATE_LIMIT" envDefault:"50" min:"0" max:"1000000" doc:"Requests per second and client; 0 is no limit"`
	RateBurst      int           `env:"RATE_BURST" envDefault:"100" min:"1" max:"1000000" doc:"Requests that a client may make at once"`
	CORSOrigins    []origin      `env:"CORS_ORIGINS" doc:"Origins of other sites that may call the API, separated by commas"`
	TrustedProxies []network     `env:"TRUSTED_PROXIES" doc:"Networks of the proxies whose X-Forwarded-For is believed, separated by commas"`
}

// Component is the HTTP server.
type Component struct {
	app       *app.App
	log       *slog.Logger
	requests  slog.Handler // of the log, for a line about each
	config    Config
	listeners []*listener
	api       http.Handler // of the first one, without what requests pass through
	traffic   traffic

	newLimiter func(Limits) Limiter // nil: each process limits for itself
	limiter    Limiter              // made with the handlers; nil: there are no limits

	clock   clock
	build   sync.Once   // of the listeners' handlers
	closing atomic.Bool // the ports are closed, the connections are to follow
}

var (
	_ app.Starter = (*Component)(nil)
	_ app.Runner  = (*Component)(nil)
	_ app.Drainer = (*Component)(nil)
	_ app.Stopper = (*Component)(nil)
	_ app.Checker = (*Component)(nil)
	_ app.Router  = (*Component)(nil)
)

// New returns the server of a. It serves what the components of a register.
func New(a *app.App) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "backend")}
	c.requests = a.RequestLog.With("component", "backend").Handler()
	a.Config(&c.config)
	c.listeners = []*listener{{name: "api", variable: a.Prefix() + "ADDR", addr: string(c.config.Addr)}}
	return c, nil
}

// Name is "backend".
func (c *Component) Name() string { return "backend" }

// Listen serves routes on an address of their own, behind the same limits.
// Call it from a constructor. A process without the role of the web does not
// open it. variable is the one that addr was read from, and
// name is what the address is called in messages.
func (c *Component) Listen(name, variable, addr string, routes func(*app.Routes)) {
	if !c.app.Serves(app.Web) {
		return
	}
	c.listeners = append(c.listeners, &listener{name: name, variable: c.app.Prefix() + variable, addr: addr, routes: routes})
}

// SetLimiter has clients limited by what newLimiter returns for the configured
// limits, instead of one that knows this process alone. Call it from a
// constructor.
func (c *Component) SetLimiter(newLimiter func(Limits) Limiter) { c.newLimiter = newLimiter }

// Start takes the ports. Requests wait until Run. The handlers are made while other
// components start, which wait for a disk or a network.
func (c *Component) Start(ctx context.Context) error {
	go c.buildHandlers()
	for _, l := range c.listeners {
		if err := l.open(ctx); err != nil {
			return errors.Join(err, c.Stop(ctx)) // gives back the ports taken so far
		}
		c.log.InfoContext(ctx, "listening", "name", l.name, "url", l.url())
	}
	return nil
}

// Run answers requests until ctx ends.
func (c *Component) Run(ctx context.Context) error {
	c.buildHandlers()
	failed := make(chan error, len(c.listeners))
	for _, l := range c.listeners {
		go func() { failed <- l.serve() }()
	}
	for range c.listeners {
		select {
		case err := <-failed:
			if err != nil {
				return err
			}
		case <-ctx.Done():
			return nil
		}
	}
	<-ctx.Done() // closed by Drain, which comes before the end
	return nil
}

// Drain answers the requests that are on their way and takes no more.
func (c *Component) Drain(ctx context.Context) error {
	c.buildHandlers() // their servers may not have begun yet
	// First the ports, while clients still keep their connections: whoever has
	// to open a new one at this moment may find it cut instead of refused.
	closed := c.Stop(ctx)
	c.closing.Store(true)

	errs := make([]error, len(c.listeners))
	var wg sync.WaitGroup
	for i, l := range c.listeners {
		wg.Go(func() { errs[i] = l.shutdown(ctx) })
	}
	wg.Wait()
	return errors.Join(closed, errors.Join(errs...))
}

// Stop gives the ports back.
func (c *Component) Stop(context.Context) error {
	var errs []error
	for _, l := range c.listeners {
		errs = append(errs, l.close())
	}
	return errors.Join(errs...)
}

// Check reports the traffic since the last check.
func (c *Component) Check(context.Context) health.Node {
	return health.Node{Status: health.Healthy, Figures: c.traffic.figures(time.Now())}
}

// Addresses lists where the application can be reached: before the start as
// configured, afterwards as it is.
func (c *Component) Addresses() []app.Address {
	list := make([]app.Address, len(c.listeners))
	for i, l := range c.listeners {
		list[i] = app.Address{Name: l.name, URL: l.url()}
	}
	return list
}

// Endpoints lists everything that is served.
func (c *Component) Endpoints() []app.Endpoint {
	c.buildHandlers()
	var list []app.Endpoint
	for _, l := range c.listeners {
		list = append(list, l.endpoints...)
	}
	return list
}
