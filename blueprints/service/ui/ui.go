// Package ui draws what the pages of the dashboard are made of, so that what
// a component shows of itself looks like the rest. See app.Pager.
package ui

import (
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// Section is a part of a page with a heading.
func Section(title string, content ...g.Node) g.Node {
	return h.Section(h.Class("group"), h.H2(g.Text(title)), g.Group(content))
}

// Table is a table that scrolls on its own where the screen is narrow. It can
// be reached by keyboard for that.
func Table(headings []string, rows ...g.Node) g.Node {
	return h.Div(h.Class("scroll"), h.TabIndex("0"), h.Role("group"), h.Aria("label", headings[0]+" table"),
		h.Table(
			h.THead(h.Tr(g.Map(headings, func(text string) g.Node { return h.Th(h.Scope("col"), g.Text(text)) }))),
			h.TBody(rows...),
		),
	)
}

// Row is a row of a table.
func Row(cells ...g.Node) g.Node {
	return h.Tr(g.Map(cells, func(cell g.Node) g.Node { return h.Td(cell) }))
}

// Action is a button that posts to a path, without any script. The handler
// answers with a redirect to where the reader should be afterwards.
func Action(path, label string) g.Node {
	return h.Form(h.Class("action"), h.Method("post"), h.Action(path), h.Button(h.Class("quiet"), g.Text(label)))
}
