package graph

import (
	"cmp"
	"fmt"
	"html"
	"math"
	"slices"
	"strings"
	"unicode/utf8"
)

// Sizes in pixels. The width of a text is not known here, so that boxes are as
// wide as a wide font would need.
const (
	margin     = 24
	padding    = 10
	titleSize  = 16
	nameHeight = 20
	lineHeight = 15
	nameWidth  = 9 // of a character
	lineWidth  = 6.8
	lineLength = 34 // characters; longer lines are broken
)

// looks follow the reader's choice between light and dark.
const looks = `  <style>
    svg { --page: #ffffff; --ink: #1f2328; --faint: #59636e; --box: #f6f8fa; --line: #8c959f; --accent: #0969da; --soft: #ddf4ff; }
    @media (prefers-color-scheme: dark) {
      svg { --page: #0d1117; --ink: #f0f6fc; --faint: #9198a1; --box: #151b23; --line: #6e7681; --accent: #4493f8; --soft: #121d2f; }
    }
    text { font: 12px system-ui, sans-serif; fill: var(--faint); }
    .title { font-size: 16px; font-weight: 600; fill: var(--ink); }
    .name { font-size: 14px; font-weight: 600; fill: var(--ink); }
    .page { fill: var(--page); }
    .box { fill: var(--box); stroke: var(--line); }
    .chosen { fill: var(--soft); stroke: var(--accent); stroke-width: 1.5; }
    .part { stroke-dasharray: 4 3; }
    .arrow { fill: none; stroke: var(--line); stroke-width: 1.2; }
    .tip { fill: var(--line); }
  </style>
`

// svg returns the diagrams as one picture, below each other.
func svg(name string, all []diagram) string {
	var body strings.Builder
	width, y := 0.0, float64(margin)
	for _, d := range all {
		for i := range d.nodes {
			d.nodes[i].lines = broken(d.nodes[i].lines)
		}
		l := layout(d, size)
		fmt.Fprintf(&body, "  <text class=\"title\" x=\"%d\" y=\"%s\">%s</text>\n", margin, pixels(y+titleSize), html.EscapeString(d.title))
		y += titleSize + margin
		fmt.Fprintf(&body, "  <g transform=\"translate(%d %s)\">\n", margin, pixels(y))
		draw(&body, l)
		body.WriteString("  </g>\n")
		width = max(width, l.width, float64(len(d.title))*9.5)
		y += l.height + 2*margin
	}
	y -= margin
	width += 2 * margin
	return fmt.Sprintf("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%[1]s\" height=\"%[2]s\" viewBox=\"0 0 %[1]s %[2]s\" role=\"img\">\n"+
		"  <title>%[3]s</title>\n%[4]s  <defs><marker id=\"tip\" viewBox=\"0 0 8 8\" refX=\"7\" refY=\"4\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path class=\"tip\" d=\"M0 0 8 4 0 8z\"/></marker></defs>\n"+
		"  <rect class=\"page\" width=\"100%%\" height=\"100%%\"/>\n%[5]s</svg>\n",
		pixels(width), pixels(y), html.EscapeString("What "+name+" consists of"), looks, body.String())
}

// size returns how large a box is for its text.
func size(n *node) (width, height float64) {
	width = float64(utf8.RuneCountInString(n.name)) * nameWidth
	for _, l := range n.lines {
		width = max(width, float64(utf8.RuneCountInString(l))*lineWidth)
	}
	return math.Ceil(width) + 2*padding, float64(nameHeight+len(n.lines)*lineHeight) + 2*padding - 4
}

// broken breaks lines that are too long, at spaces.
func broken(lines []string) []string {
	var out []string
	for _, line := range lines {
		current := ""
		for word := range strings.FieldsSeq(line) {
			switch {
			case current == "":
				current = word
			case utf8.RuneCountInString(current)+1+utf8.RuneCountInString(word) <= lineLength:
				current += " " + word
			default:
				out = append(out, current)
				current = "  " + word
			}
		}
		out = append(out, current)
	}
	return out
}

func draw(b *strings.Builder, l *layered) {
	leaves, arrives := ports(l)
	for i, r := range l.routes {
		fmt.Fprintf(b, "    <path class=\"arrow\" marker-end=\"url(#tip)\" d=\"%s\"><title>%s</title></path>\n",
			curve(r, leaves[i], arrives[i]), html.EscapeString(fmt.Sprintf("%s → %s: %s", r.edge.from, r.edge.to, r.edge.label)))
	}
	for _, layer := range l.layers {
		for _, x := range layer {
			if x.node == nil {
				continue
			}
			fmt.Fprintf(b, "    <g transform=\"translate(%s %s)\">\n      <rect class=\"box %s\" width=\"%s\" height=\"%s\" rx=\"6\"/>\n",
				pixels(x.x), pixels(x.y), x.node.style, pixels(x.width), pixels(x.height))
			fmt.Fprintf(b, "      <text class=\"name\" x=\"%d\" y=\"%d\">%s</text>\n", padding, padding+13, html.EscapeString(x.node.name))
			for i, line := range x.node.lines {
				indent := (len(line) - len(strings.TrimLeft(line, " "))) * 4
				fmt.Fprintf(b, "      <text x=\"%d\" y=\"%d\">%s</text>\n", padding+indent, padding+nameHeight+11+i*lineHeight, html.EscapeString(strings.TrimLeft(line, " ")))
			}
			b.WriteString("    </g>\n")
		}
	}
}

// ports returns where the arrows leave and reach their boxes: side by side, in
// the order of where they come from and go to.
func ports(l *layered) (leaves, arrives []float64) {
	leaves, arrives = make([]float64, len(l.routes)), make([]float64, len(l.routes))
	spread := func(x *box, routes []int, next func(route) *box, out []float64) {
		slices.SortStableFunc(routes, func(i, j int) int {
			return cmp.Compare(next(l.routes[i]).centre(), next(l.routes[j]).centre())
		})
		for n, i := range routes {
			out[i] = x.x + x.width*float64(n+1)/float64(len(routes)+1)
		}
	}
	for _, layer := range l.layers {
		for _, x := range layer {
			var from, to []int
			for i, r := range l.routes {
				if r.boxes[0] == x {
					from = append(from, i)
				}
				if r.boxes[len(r.boxes)-1] == x {
					to = append(to, i)
				}
			}
			spread(x, from, func(r route) *box { return r.boxes[1] }, leaves)
			spread(x, to, func(r route) *box { return r.boxes[len(r.boxes)-2] }, arrives)
		}
	}
	return leaves, arrives
}

// curve returns the path of an arrow: straight through layers, bent between.
func curve(r route, leave, arrive float64) string {
	first, last := r.boxes[0], r.boxes[len(r.boxes)-1]
	down := first.y <= last.y
	x, y := leave, first.y+first.height
	if !down {
		y = first.y
	}
	out := fmt.Sprintf("M%s %s", pixels(x), pixels(y))
	for i, next := range r.boxes[1:] {
		toX, toY, through := next.centre(), next.y, next.y+next.height
		if !down {
			toY, through = through, toY
		}
		if i == len(r.boxes)-2 {
			toX = arrive
		}
		middle := (y + toY) / 2
		out += fmt.Sprintf("C%s %s %s %s %s %s", pixels(x), pixels(middle), pixels(toX), pixels(middle), pixels(toX), pixels(toY))
		x, y = toX, toY
		if next.node == nil {
			y = through
			out += "V" + pixels(y)
		}
	}
	return out
}

// pixels returns a number with at most one digit behind the point.
func pixels(x float64) string {
	return strings.TrimSuffix(fmt.Sprintf("%.1f", x), ".0")
}
