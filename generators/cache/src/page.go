package cache

import (
	"context"
	"net/http"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

const (
	pagePath  = "/components/cache"
	clearPath = pagePath + "/clear"
)

// Page shows which keys the cache is good for, and a button to clear it.
func (c *Component) Page(context.Context) (g.Node, error) {
	prefixes := c.counts.list()
	rows := make([]g.Node, len(prefixes))
	for i, p := range prefixes {
		rows[i] = ui.Row(
			h.Code(g.Text(p.Prefix)),
			g.Text(strconv.FormatInt(p.Hits, 10)),
			g.Text(strconv.FormatInt(p.Misses, 10)),
			g.Text(strconv.FormatFloat(ratio(p.Hits, p.Misses), 'f', 1, 64)+"%"),
		)
	}
	keys := ui.Section("Keys by prefix", h.P(g.Text("Nothing was asked for since the start.")))
	if len(rows) > 0 {
		keys = ui.Section("Keys by prefix", ui.Table([]string{"Prefix", "Hits", "Misses", "Hit ratio"}, rows...))
	}
	return g.Group{keys, ui.Section("Maintenance", ui.Action(clearPath, "Clear the cache"))}, nil
}

func (c *Component) clearFromPage(w http.ResponseWriter, r *http.Request) {
	// If it fails, the page that follows says so.
	_ = c.Clear(r.Context())
	http.Redirect(w, r, pagePath, http.StatusSeeOther)
}
