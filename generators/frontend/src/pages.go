package frontend

import (
	"context"
	"net/http"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// A component's own page may take so long.
const pageTimeout = 5 * time.Second

func (c *Component) showOverview(w http.ResponseWriter, r *http.Request) {
	now, _ := c.current()
	c.show(w, r, page{status: http.StatusOK, view: overview(c.config.Title, now), stream: "/events", watch: true})
}

func (c *Component) streamOverview(w http.ResponseWriter, r *http.Request) {
	c.stream(w, r, func(now *snapshot) (view, bool) { return overview(c.config.Title, now), true })
}

func (c *Component) showDetail(w http.ResponseWriter, r *http.Request) {
	now, _ := c.current()
	name := r.PathValue("name")
	v, ok := c.detail(r.Context(), now, name)
	if !ok {
		c.notFound(w, r)
		return
	}
	c.show(w, r, page{status: http.StatusOK, view: v, stream: pagePath(name) + "/events"})
}

func (c *Component) streamDetail(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("name")
	c.stream(w, r, func(now *snapshot) (view, bool) { return c.detail(r.Context(), now, name) })
}

// detail returns the page of the component of that name, or false if there is none.
func (c *Component) detail(ctx context.Context, now *snapshot, name string) (view, bool) {
	e, ok := find(now.root, name)
	if !ok {
		return view{}, false
	}
	var x extras
	for _, component := range c.app.Components() {
		if component.Name() == name {
			x = c.extras(ctx, component)
		}
	}
	return detail(c.config.Title, now, e, x), true
}

func (c *Component) extras(ctx context.Context, component app.Component) extras {
	var x extras
	if commander, ok := component.(app.Commander); ok {
		x.commands = commander.Commands()
	}
	if pager, ok := component.(app.Pager); ok {
		ctx, cancel := context.WithTimeout(ctx, pageTimeout)
		defer cancel()
		var err error
		if x.page, err = pager.Page(ctx); err != nil {
			// The error may name what is not for every reader's eyes.
			c.log.ErrorContext(ctx, "draw page", "of", component.Name(), "error", err)
			x.page = failure("This part could not be drawn. The log says why.")
		}
	}
	return x
}

func (c *Component) notFound(w http.ResponseWriter, r *http.Request) {
	c.notice(w, r, http.StatusNotFound, "There is nothing here",
		h.P(g.Text("The page may have moved, or the address has a slip in it.")),
		h.P(h.A(h.Href("/"), g.Text("Back to the overview"))))
}

// current returns the newest snapshot, and a channel that is closed as soon as
// there is a newer one. The first reader may be here before the first sample.
func (c *Component) current() (*snapshot, <-chan struct{}) {
	if now, changed := c.board.current(); !now.root.CheckedAt.IsZero() {
		return now, changed
	}
	c.board.record(c.app.Monitor.Latest())
	return c.board.current()
}
