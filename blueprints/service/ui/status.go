package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Known returns the status itself, or Unhealthy for a word that nobody knows:
// what cannot be understood must not look well.
func Known(s health.Status) health.Status {
	if _, ok := Words[s]; ok {
		return s
	}
	return health.Unhealthy
}

// shapes are the icons of the statuses. They differ in outline, not only in
// colour, and are drawn on a grid of 16.
var shapes = map[health.Status]string{
	health.Healthy:   "M8 1.5a6.5 6.5 0 1 1 0 13a6.5 6.5 0 0 1 0-13ZM5.2 8.2l2 2l3.7-4",
	health.Info:      "M4 1.75h8A2.25 2.25 0 0 1 14.25 4v8A2.25 2.25 0 0 1 12 14.25H4A2.25 2.25 0 0 1 1.75 12V4A2.25 2.25 0 0 1 4 1.75ZM8 7.5v3.7M8 4.8v.1",
	health.Warning:   "M8 1.9l6.6 11.6a.5.5 0 0 1-.45.75H1.85a.5.5 0 0 1-.45-.75ZM8 6.2v3.4M8 11.9v.1",
	health.Unhealthy: "M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3L1.5 10.7V5.3ZM5.9 5.9l4.2 4.2M10.1 5.9l-4.2 4.2",
}

// Words are what people read for a status.
var Words = map[health.Status]string{
	health.Healthy:   "Healthy",
	health.Info:      "Info",
	health.Warning:   "Warning",
	health.Unhealthy: "Unhealthy",
}

// Badge shows a status by colour, shape and word.
func Badge(s health.Status) g.Node {
	s = Known(s)
	return h.Span(h.Class("badge"), h.Data("status", string(s)), StatusIcon(s), g.Text(Words[s]))
}

// Dot shows a status by colour and shape, and by word to those who do not see it.
func Dot(s health.Status) g.Node {
	s = Known(s)
	return h.Span(h.Class("dot"), h.Data("status", string(s)),
		StatusIcon(s), h.Span(h.Class("unseen"), g.Text(Words[s]+": ")))
}

// StatusIcon draws the shape of a status. A word must stand beside it.
func StatusIcon(s health.Status) g.Node { return Icon(shapes[s]) }

// Icon draws a path on a grid of 16. It is decoration: a word stands beside it.
func Icon(path string) g.Node {
	return h.SVG(h.Class("icon"), g.Attr("viewBox", "0 0 16 16"), h.Aria("hidden", "true"),
		g.El("path", g.Attr("d", path)))
}
