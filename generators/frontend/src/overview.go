package frontend

import (
	"net/url"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// A card shows so many figures and parts; the component's page shows the rest.
const (
	cardFigures = 8
	cardParts   = 6
)

// overview returns the first page: how the whole is doing, and a card for each
// component and service.
func overview(title string, s *snapshot) view {
	v := view{title: tabTitle(title, s.root.Status)}
	groups := groups(s.root)
	v.frame = g.Group{
		h.Section(h.Class("banner"), h.Aria("label", "Overall status"),
			h.Div(h.Aria("live", "polite"), v.slot("verdict", "", verdict(s.root, groups))),
			v.slot("tally", "tally", tally(groups), checked(s.root)),
		),
		g.Map(groups, func(group group) g.Node {
			return h.Section(h.Class("group"),
				h.H2(g.Text(group.title)),
				h.Ul(h.Class("grid"), g.Map(group.entries, func(e entry) g.Node {
					return h.Li(card(&v, e, s))
				})),
			)
		}),
	}
	return v
}

// tabTitle starts with what is wrong, so that it can be seen among many tabs.
func tabTitle(title string, status health.Status) string {
	if status = ui.Known(status); status == health.Healthy || status == health.Info {
		return title
	}
	return ui.Words[status] + " – " + title
}

// verdict says how the whole is doing, in one sentence and its reasons.
func verdict(root health.Node, groups []group) g.Node {
	var reasons []g.Node
	for _, group := range groups {
		for _, e := range group.entries {
			if ui.Known(e.node.Status) == ui.Known(root.Status) && ui.Known(root.Status) != health.Healthy {
				reasons = append(reasons, h.Li(h.Strong(g.Text(label(e.node.Name))), after(": ", explanation(e.node))))
			}
		}
	}
	headline := map[health.Status]string{
		health.Healthy:   "Everything is working",
		health.Info:      "Everything is working, with a note",
		health.Warning:   "Working, but not as it should",
		health.Unhealthy: "Something is not working",
	}[ui.Known(root.Status)]
	return h.Div(h.Class("verdict"), h.Data("status", string(ui.Known(root.Status))),
		ui.StatusIcon(ui.Known(root.Status)),
		h.Div(
			h.H1(h.Span(h.Class("unseen"), g.Text(ui.Words[ui.Known(root.Status)]+": ")), g.Text(headline)),
			g.If(root.Message != "", h.P(g.Text(root.Message))),
			g.If(len(reasons) > 0, h.Ul(reasons...)),
		),
	)
}

// after returns the text behind a separator, nil if there is no text.
func after(separator, text string) g.Node {
	if text == "" {
		return nil
	}
	return g.Text(separator + text)
}

// tally counts the entries by status, the worst first.
func tally(groups []group) g.Node {
	counts := map[health.Status]int{}
	for _, group := range groups {
		for _, e := range group.entries {
			counts[ui.Known(e.node.Status)]++
		}
	}
	worstFirst := []health.Status{health.Unhealthy, health.Warning, health.Info, health.Healthy}
	return h.Ul(g.Map(worstFirst, func(s health.Status) g.Node {
		if counts[s] == 0 {
			return nil
		}
		return h.Li(h.Data("status", string(s)),
			h.Strong(g.Text(number(float64(counts[s])))), g.Text(" "+strings.ToLower(ui.Words[s])))
	}))
}

// checked says when a node was looked at.
func checked(node health.Node) g.Node {
	return h.P(h.Class("checked"), g.Text("checked at "),
		h.Time(h.DateTime(node.CheckedAt.UTC().Format("2006-01-02T15:04:05Z")), g.Text(clock(node.CheckedAt))))
}

// card shows one component. The whole card leads to the component's page.
func card(v *view, e entry, s *snapshot) g.Node {
	node := e.node
	figures := node.Figures[:min(len(node.Figures), cardFigures)]
	children := node.Children[:min(len(node.Children), cardParts)]
	more := len(node.Figures) - len(figures) + len(node.Children) - len(children)
	return h.Article(h.Class("card"), h.Aria("labelledby", "name-"+node.Name),
		h.H3(h.ID("name-"+node.Name), h.A(h.Href(pagePath(node.Name)), g.Text(label(node.Name)))),
		v.slot("card-"+node.Name, "content",
			ui.Badge(node.Status),
			g.Iff(explanation(node) != "", func() g.Node { return h.P(h.Class("message"), g.Text(explanation(node))) }),
			g.If(len(figures) > 0, h.Dl(g.Map(figures, func(f health.Figure) g.Node {
				return figureRow(f, s.trend(e.path, f))
			}))),
			g.If(len(children) > 0, h.Ul(h.Class("parts"), g.Map(children, func(child health.Node) g.Node {
				return h.Li(ui.Dot(child.Status), g.Text(label(child.Name)))
			}))),
			h.P(h.Class("foot"),
				h.Span(g.Text("checked in "+latency(node.LatencyMS))),
				sparkline(s.trends[latencyKey(e.path)]),
				g.If(more > 0, h.Span(g.Text(number(float64(more))+" more"))),
			),
		),
	)
}

// pagePath returns where the page of a component is.
func pagePath(name string) string { return "/components/" + url.PathEscape(name) }
