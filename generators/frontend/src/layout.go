package frontend

import (
	"bytes"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// page is one document of the dashboard.
type page struct {
	status int
	view   view
	stream string // where its updates come from; empty: it has none
	// watch is for the page that people leave open: it stays live in the
	// background, and reloads by itself where there is no script.
	watch bool
}

// show answers with a page.
func (c *Component) show(w http.ResponseWriter, r *http.Request, p page) {
	var body bytes.Buffer
	if err := c.document(r, p).Render(&body); err != nil {
		c.log.ErrorContext(r.Context(), "draw dashboard", "path", r.URL.Path, "error", err)
		http.Error(w, "this page could not be drawn", http.StatusInternalServerError)
		return
	}
	header := w.Header()
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(p.status)
	// A reader that went away is nobody's problem.
	_, _ = body.WriteTo(w)
}

func (c *Component) document(r *http.Request, p page) g.Node {
	return h.Doctype(h.HTML(h.Lang("en"), h.Data("theme", string(c.theme(r))),
		h.Head(
			h.Meta(h.Charset("utf-8")),
			h.Meta(h.Name("viewport"), h.Content("width=device-width, initial-scale=1")),
			h.Meta(h.Name("color-scheme"), h.Content("light dark")),
			h.Meta(h.Name("robots"), h.Content("noindex")),
			h.TitleEl(h.ID(titleID), g.Text(p.view.title)),
			h.Link(h.Rel("icon"), h.Type("image/svg+xml"), h.Href(favicon.path)),
			h.Link(h.Rel("stylesheet"), h.Href(styleSheet.path)),
			h.Script(h.Src(liveScript.path), h.Defer()),
			g.If(p.watch, h.NoScript(h.Meta(g.Attr("http-equiv", "refresh"), h.Content("15")))),
		),
		h.Body(
			g.If(p.stream != "", h.Data("stream", p.stream+"?layout="+url.QueryEscape(p.view.layout()))),
			g.If(p.watch, h.Data("watch", "")),
			h.A(h.Class("skip"), h.Href("#main"), g.Text("Skip to content")),
			c.masthead(r, p),
			h.Main(h.ID("main"), h.TabIndex("-1"), h.Div(h.ID(frameID), p.view.frame)),
			c.footer(),
		),
	))
}

func (c *Component) masthead(r *http.Request, p page) g.Node {
	return h.Header(h.Class("masthead"),
		h.A(h.Class("brand"), h.Href("/"), h.Img(h.Src(favicon.path), h.Alt(""), h.Width("28"), h.Height("28")),
			h.Span(g.Text(c.config.Title))),
		h.P(h.Class("environment"), h.Data("environment", string(c.app.Env)), g.Text(string(c.app.Env))),
		g.If(p.stream != "", g.Group{
			h.P(h.ID("connection"), h.Class("connection"), h.Role("status"),
				h.Data("live", "Live"), h.Data("lost", "Connection lost, trying again")),
			h.NoScript(h.A(h.Href(r.URL.EscapedPath()), g.Text("Reload"))),
		}),
		c.themeForm(r),
		c.visitor(r),
	)
}

// footer leads to what else there is at this address.
func (c *Component) footer() g.Node {
	if c.hasOwnAddress() {
		return nil
	}
	return h.Footer(h.Nav(h.Aria("label", "More"),
		h.A(h.Href("/docs"), g.Text("API documentation")),
		h.A(h.Href("/openapi.json"), g.Text("OpenAPI")),
	))
}
