package frontend

import (
	"time"

	"github.com/spf13/cobra"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// extras is what a component brings to its page beyond its health.
type extras struct {
	page     g.Node           // nil: it has none
	commands []*cobra.Command // of the command line
}

// detail returns the page of one component: all that is known about it.
func detail(title string, s *snapshot, e entry, x extras) view {
	node := e.node
	name := label(node.Name)
	v := view{title: tabTitle(name+" – "+title, node.Status)}
	v.frame = g.Group{
		h.Nav(h.Class("crumbs"), h.Aria("label", "Breadcrumb"),
			h.A(h.Href("/"), g.Text("Overview")), h.Span(h.Aria("current", "page"), g.Text(name))),
		h.Section(h.Class("banner"), h.Aria("label", "Status"),
			h.Div(h.Aria("live", "polite"), v.slot("verdict", "", state(node))),
			v.slot("tally", "tally", checked(node)),
		),
		v.slot("figures", "", ui.Section(figuresTitle(s), h.Dl(h.Class("tiles"),
			g.Map(node.Figures, func(f health.Figure) g.Node {
				return figureTile(f, s.trend(e.path, f))
			}),
			figureTile(health.Figure{Name: "check latency", Value: node.LatencyMS, Unit: "ms"},
				s.trends[latencyKey(e.path)]),
		))),
		v.slot("page", "", g.Iff(x.page != nil, func() g.Node { return h.Section(h.Class("own"), x.page) })),
		v.slot("parts", "", g.Iff(len(node.Children) > 0, func() g.Node {
			return ui.Section("Parts", partTree(node.Children))
		})),
		v.slot("changes", "", ui.Section("Changes", changeTable(s.changes[e.path]))),
		g.Iff(len(x.commands) > 0, func() g.Node { return ui.Section("Commands", commandTable(x.commands)) }),
	}
	return v
}

func figuresTitle(s *snapshot) string {
	if span := s.span().Round(time.Second); span > 0 {
		return "Figures of the last " + duration(span.Seconds())
	}
	return "Figures"
}

// state says how one component is doing.
func state(node health.Node) g.Node {
	return h.Div(h.Class("verdict"), h.Data("status", string(ui.Known(node.Status))),
		ui.StatusIcon(ui.Known(node.Status)),
		h.Div(
			h.H1(g.Text(label(node.Name))),
			h.P(h.Strong(g.Text(ui.Words[ui.Known(node.Status)])), after(": ", explanation(node))),
		),
	)
}

// partTree lists the parts of a component, and theirs.
func partTree(nodes []health.Node) g.Node {
	return h.Ul(h.Class("tree"), g.Map(nodes, func(node health.Node) g.Node {
		return h.Li(
			h.Div(h.Class("part"),
				ui.Dot(node.Status),
				h.Strong(g.Text(label(node.Name))),
				g.If(node.Message != "", h.Span(h.Class("message"), g.Text(node.Message))),
				g.If(node.LatencyMS > 0, h.Span(h.Class("took"), g.Text(latency(node.LatencyMS)))),
			),
			g.If(len(node.Figures) > 0, h.Dl(h.Class("facts"), g.Map(node.Figures, func(f health.Figure) g.Node {
				return h.Div(h.Dt(g.Text(label(f.Name))), h.Dd(g.Text(reading(f))))
			}))),
			g.Iff(len(node.Children) > 0, func() g.Node { return partTree(node.Children) }),
		)
	}))
}

// changeTable lists when a component took another status, the newest first.
func changeTable(changes []change) g.Node {
	return ui.Table([]string{"Time", "Status", "Message"}, g.Map(changes, func(c change) g.Node {
		return h.Tr(
			h.Td(h.Time(h.DateTime(c.at.UTC().Format("2006-01-02T15:04:05Z")),
				g.Text(c.at.UTC().Format("2006-01-02 15:04:05 UTC")))),
			h.Td(ui.Badge(c.status)),
			h.Td(g.Text(c.message)),
		)
	}))
}

// commandTable lists the commands that a component adds to the command line.
func commandTable(commands []*cobra.Command) g.Node {
	return ui.Table([]string{"Command", "What it does"}, g.Map(commands, func(c *cobra.Command) g.Node {
		return h.Tr(h.Td(h.Code(g.Text(c.Use))), h.Td(g.Text(c.Short)))
	}))
}
