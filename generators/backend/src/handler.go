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
		routes := app.NewRoutes(api, mux, c.adminOnly)
		for _, router := range app.All[app.Router](c.app) {
			// Without that role there is nothing to see but how the process is doing.
			if c.app.Serves(app.Web) || router == app.Router(c) {
				router.Routes(routes)
			}
		}
		c.finish(c.listeners[0], mux, routes)

		for _, l := range c.listeners[1:] {
			mux := http.NewServeMux()
			routes := app.NewRoutes(api, mux, c.adminOnly)
			l.routes(routes)
			c.finish(l, mux, routes)
		}
	})
}

func (c *Component) finish(l *listener, mux *http.ServeMux, routes *app.Routes) {
	l.endpoints = routes.Endpoints()
	l.setHandler(c.chain(&dispatcher{mux: mux, notFound: routes.NotFound()}), c.config, c.log)
}

// chain is what every request passes through, from the outside in.
func (c *Component) chain(h http.Handler) http.Handler {
	h = limitBody(c.config.BodyLimit, h)
	if c.limiter != nil {
		h = limitRate(c.limiter, c.config.TrustedProxies, h)
	}
	h = sameOrigin(c.config.CORSOrigins, h)
	h = secure(h)
	return c.observe(h)
}

// dispatcher is the mux, except for what nobody registered: there it answers
// in the same way as the rest of the application.
type dispatcher struct {
	mux      *http.ServeMux
	notFound http.Handler // for browsers, may be nil
}

func (d *dispatcher) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h, pattern := d.mux.Handler(r)
	if pattern != "" {
		if x, ok := w.(*exchange); ok {
			x.route = pattern // r.Pattern would be lost with the first copy of r
		}
		d.mux.ServeHTTP(w, r)
		return
	}

	// The mux knows whether another method would do; its text is not wanted.
	answer := discard{header: http.Header{}}
	h.ServeHTTP(&answer, r)
	switch {
	case answer.status == http.StatusMethodNotAllowed:
		w.Header()["Allow"] = answer.header["Allow"]
		problem(w, answer.status, r.Method+" is not possible here")
	case d.notFound != nil && isBrowser(r):
		d.notFound.ServeHTTP(w, r)
	default:
		problem(w, http.StatusNotFound, "there is nothing at this path")
	}
}

// discard keeps the status and the header of an answer.
type discard struct {
	header http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.header }
func (d *discard) Write(b []byte) (int, error) { return len(b), nil }
func (d *discard) WriteHeader(status int)      { d.status = status }

// problem writes the error document that typed operations write too.
func problem(w http.ResponseWriter, status int, detail string) {
	h := w.Header()
	h.Set("Content-Type", "application/problem+json")
	h.Set("Cache-Control", "no-store")
	writeJSON(w, status, huma.ErrorModel{Title: http.StatusText(status), Status: status, Detail: detail})
}
