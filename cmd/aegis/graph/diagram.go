// Package graph draws what a project consists of: its components and what needs
// what, and the containers of each shape. Start with [Write].
package graph

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// Formats are the formats that Write knows, the default first.
var Formats = []string{"mermaid", "dot", "svg", "json"}

// Write writes the graph to w in one of Formats.
func Write(w io.Writer, format string, g *assemble.Graph) error {
	var text string
	switch format {
	case "json":
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(g)
	case "dot":
		text = dot(g.Name, diagrams(g))
	case "svg":
		text = svg(g.Name, diagrams(g))
	case "mermaid":
		text = mermaid(diagrams(g))
	default:
		return fmt.Errorf("there is no format %q", format)
	}
	_, err := io.WriteString(w, text)
	return err
}

// diagram is one picture: boxes, and arrows between them.
type diagram struct {
	key   string // begins the names of its boxes, where several are in one file
	title string
	nodes []node
	edges []edge
}

type node struct {
	name  string
	lines []string
	style style
}

// edge is an arrow from what needs to what is needed.
type edge struct {
	from, to string
	label    string
}

// style says what kind of a box it is.
type style string

const (
	chosen style = "chosen" // what the manifest asks for; a container of the application
	along  style = "along"  // what came along; a server
	part   style = "part"   // a part of several components
)

// diagrams returns the pictures of a graph.
func diagrams(g *assemble.Graph) []diagram {
	out := []diagram{components(g)}
	for _, s := range g.Shapes {
		out = append(out, containers(s))
	}
	return out
}

func components(g *assemble.Graph) diagram {
	d := diagram{key: "component", title: "Components"}
	for _, c := range g.Components {
		n := node{name: c.Name, style: along}
		for _, r := range c.Reasons {
			switch r.By {
			case schema.ManifestName:
				n.style = chosen
				n.lines = append(n.lines, r.Because)
			case "aegis":
				n.lines = append(n.lines, r.Because)
			default:
				n.lines = append(n.lines, "for "+r.By+": "+r.Because)
			}
		}
		if c.Kind == schema.Part {
			n.style = part
		}
		for _, use := range slices.Sorted(maps.Keys(c.Ports)) {
			n.lines = append(n.lines, fmt.Sprintf("port %d (%s)", c.Ports[use], use))
		}
		d.nodes = append(d.nodes, n)
	}
	for _, e := range g.Needs {
		d.edges = append(d.edges, edge{e.From, e.To, e.Because})
	}
	return d
}

// until says what a container waits for, in words.
var until = map[string]string{
	"started":   "waits until it has started",
	"healthy":   "waits until it is healthy",
	"completed": "waits until it has ended well",
}

func containers(s assemble.Shape) diagram {
	d := diagram{key: s.Name, title: fmt.Sprintf("Containers in %s (%s)", s.Name, s.File)}
	for _, c := range s.Containers {
		n := node{name: c.Name, style: along, lines: []string{c.Image}}
		if c.Own {
			n.style = chosen
		}
		if c.Replicas != 1 {
			n.lines = append(n.lines, fmt.Sprintf("%d of them", c.Replicas))
		}
		for _, p := range c.Ports {
			n.lines = append(n.lines, "port "+p)
		}
		for _, v := range c.Volumes {
			n.lines = append(n.lines, "volume "+v)
		}
		if len(c.Networks) > 0 {
			n.lines = append(n.lines, "networks "+strings.Join(c.Networks, ", "))
		}
		d.nodes = append(d.nodes, n)
		for _, w := range c.Waits {
			d.edges = append(d.edges, edge{c.Name, w.For, until[w.Until]})
		}
	}
	return d
}
