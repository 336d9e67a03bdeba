package graph

import (
	"fmt"
	"regexp"
	"strings"
)

// mermaid returns the diagrams as one flowchart, as Markdown takes it.
func mermaid(all []diagram) string {
	var b strings.Builder
	b.WriteString("flowchart TB\n")
	for _, d := range all {
		fmt.Fprintf(&b, "  subgraph %s[\"%s\"]\n", d.key, mermaidText(d.title))
		for _, n := range d.nodes {
			text := mermaidText("<b>"+n.name+"</b>", n.lines...)
			fmt.Fprintf(&b, "    %s[\"%s\"]:::%s\n", d.id(n.name), text, n.style)
		}
		for _, e := range d.edges {
			fmt.Fprintf(&b, "    %s -->|\"%s\"| %s\n", d.id(e.from), mermaidText(e.label), d.id(e.to))
		}
		b.WriteString("  end\n")
	}
	// Borders only: the page decides about light and dark.
	b.WriteString("  classDef chosen stroke-width:3px\n  classDef along stroke-width:1px\n  classDef part stroke-dasharray:4 3\n")
	return b.String()
}

// mermaidText returns lines as Mermaid takes them in quotes. The first may hold
// the tags of bold text.
func mermaidText(first string, lines ...string) string {
	escape := strings.NewReplacer("#", "#35;", `"`, "#quot;", "<", "#lt;", ">", "#gt;")
	out := strings.NewReplacer("#lt;b#gt;", "<b>", "#lt;/b#gt;", "</b>").Replace(escape.Replace(first))
	for _, l := range lines {
		out += "<br>" + escape.Replace(l)
	}
	return out
}

var notWord = regexp.MustCompile(`[^A-Za-z0-9]`)

// id returns a name that no other box of any diagram has.
func (d diagram) id(name string) string {
	return d.key + "_" + notWord.ReplaceAllStringFunc(name, func(c string) string { return fmt.Sprintf("_%x", c) })
}

// dot returns the diagrams as one graph of Graphviz.
func dot(name string, all []diagram) string {
	var b strings.Builder
	fmt.Fprintf(&b, "digraph %s {\n", dotText(name))
	b.WriteString("\tfontname=\"sans-serif\"\n\tnode [shape=box style=rounded fontname=\"sans-serif\"]\n\tedge [fontname=\"sans-serif\" fontsize=10]\n")
	for _, d := range all {
		fmt.Fprintf(&b, "\tsubgraph cluster_%s {\n\t\tlabel=%s\n", d.key, dotText(d.title))
		for _, n := range d.nodes {
			look := map[style]string{chosen: " penwidth=2", part: " style=\"rounded,dashed\""}[n.style]
			fmt.Fprintf(&b, "\t\t%s [label=%s%s]\n", d.id(n.name), dotText(append([]string{n.name}, n.lines...)...), look)
		}
		for _, e := range d.edges {
			fmt.Fprintf(&b, "\t\t%s -> %s [label=%s]\n", d.id(e.from), d.id(e.to), dotText(e.label))
		}
		b.WriteString("\t}\n")
	}
	b.WriteString("}\n")
	return b.String()
}

// dotText returns lines as one text in quotes.
func dotText(lines ...string) string {
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	for i := range lines {
		lines[i] = escape.Replace(lines[i])
	}
	return `"` + strings.Join(lines, `\n`) + `"`
}
