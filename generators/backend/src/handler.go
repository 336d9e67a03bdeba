package backend

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// buildHandlers asks the components for their routes. That must wait until all
// of them exist, and is done once.
func (c *Component) buildHandlers() {
	c.build.Do(func() {
		if c.config.RateLimit > 0 {
			c.limiter = newClients(c.config.RateLimit, c.config.RateBurst)
			if c.newLimiter != nil {
				c.limiter = c.newLimiter(Limits{PerSecond: c.config.RateLimit, Burst: c.config.RateBurst, Local: c.limiter})
			}
		}
		mux := http.NewServeMux()
		api := newAPI(c.app, c.config, mux)
		routes := app.NewRoutes(api, mux, c.guarded)
		for _, router := range app.All[app.Router](c.app) {
			// Without that role there is nothing to see but how the process is doing.
			if c.app.Serves(app.Web) || router == app.Router(c) {
				router.Routes(routes)
			}
		}
		c.finish(c.listeners[0], mux, routes)

		c.api = mux
		for _, l := range c.listeners[1:] {
			mux := http.NewServeMux()
			routes := app.NewRoutes(api, mux, c.guarded)
			l.routes(routes)
			c.finish(l, mux, routes)
		}
	})
}

// API serves what the components registered, for who listens at another address.
// It is nil before the routes are asked for.
func (c *Component) API() http.Handler { return c.api }

func (c *Component) finish(l *listener, mux *http.ServeMux, routes *app.Routes) {
	l.endpoints = routes.Endpoints()
	l.setHandler(c.chain(&dispatcher{mux: mux, notFound: routes.NotFound()}), c.config, c.log)
}

// chain is what every request passes through, from the outside in.
func (c *Component) chain(h http.Handler) http.Handler {
	h = limitBody(c.config.BodyLimit, h)
	h = refuseNUL(h)
	if c.limiter != nil {
		h = limitRate(c.limiter, c.config.TrustedProxies, h)
	}
	h = sameOrigin(c.config.CORSOrigins, h)
	return c.observe(h)
}

// dispatcher is the mux, except for what nobody registered: there it answers
// in the same way as the rest of the application.
type dispatcher struct {
	mux      *http.ServeMux
	notFound http.Handler // for browsers, may be nil
}

func (d *dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	x, ok := w.(*exchange)
	if !ok {
		panic("backend: a request that is not observed")
	}
	x.routed = r
	d.mux.ServeHTTP(x, r)
	if x.unknown == 0 {
		return
	}
	// The mux knows whether another method would do, and has set the header that
	// says so; its text is not wanted.
	status := x.unknown
	x.unknown, x.routed = 0, nil
	x.Header().Del("Location") // to where it would be, if there were anything
	switch {
	case status == http.StatusMethodNotAllowed:
		problem(x, status, r.Method+" is not possible here")
	case d.notFound != nil && isBrowser(r):
		x.Header().Del("Content-Type")
		d.notFound.ServeHTTP(x, r)
	default:
		problem(x, http.StatusNotFound, "there is nothing at this path")
	}
}

// problem writes the error document that typed operations write too.
func problem(w http.ResponseWriter, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	writeJSON(w, status, huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}
