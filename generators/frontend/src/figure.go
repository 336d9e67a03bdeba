package frontend

import (
	"slices"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// figureRow shows a figure on one line of a card: its name, how it changed, and
// what it is now. A line below shows how full it is.
func figureRow(f health.Figure, trend []float64) g.Node {
	return h.Div(h.Class("figure"),
		h.Dt(g.Text(label(f.Name))),
		h.Dd(
			g.If(!hasMeter(f), sparkline(trend)),
			h.Span(h.Class("value"), g.Text(reading(f)), limit(f, " / ")),
		),
		g.Iff(hasMeter(f), func() g.Node { return h.Dd(h.Class("bar"), meter(f)) }),
	)
}

// figureTile shows a figure on a page of its own component, with all that is
// known about it.
func figureTile(f health.Figure, trend []float64) g.Node {
	if f.Text != "" {
		return h.Div(h.Class("tile text"), h.Dt(g.Text(label(f.Name))), h.Dd(h.Class("value"), g.Text(f.Text)))
	}
	return h.Div(h.Class("tile"),
		h.Dt(g.Text(label(f.Name))),
		h.Dd(h.Class("value"), g.Text(reading(f)),
			limit(f, " of ")),
		g.Iff(hasMeter(f), func() g.Node { return h.Dd(meter(f)) }),
		g.Iff(len(trend) > 1, func() g.Node {
			low, high := quantity(slices.Min(trend), f.Unit), quantity(slices.Max(trend), f.Unit)
			past := "between " + low + " and " + high
			if low == high {
				past = "steady"
			}
			return h.Dd(h.Class("past"), sparkline(trend), h.Span(h.Class("range"), g.Text(past)))
		}),
	)
}

// limit shows what would be full, unless the unit says it.
func limit(f health.Figure, before string) g.Node {
	if !hasMeter(f) || f.Unit == "percent" {
		return nil
	}
	return h.Span(h.Class("of"), g.Text(before+quantity(f.Max, f.Unit)))
}

// hasMeter says whether there is such a thing as full for a figure.
func hasMeter(f health.Figure) bool { return f.Text == "" && f.Max > 0 }

// meter shows how full a figure is. The browser colours it: from four fifths
// on it is worth a look, from 95 percent on it is bad.
func meter(f health.Figure) g.Node {
	attr := func(name string, v float64) g.Node {
		return g.Attr(name, strconv.FormatFloat(v, 'f', -1, 64))
	}
	return g.El("meter", h.Aria("label", label(f.Name)), attr("min", 0), attr("max", f.Max),
		attr("low", 0.8*f.Max), attr("high", 0.95*f.Max), attr("optimum", 0), attr("value", f.Value),
		g.Text(reading(f)+" of "+quantity(f.Max, f.Unit)))
}
