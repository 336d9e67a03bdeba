package mail

import (
	"context"
	"regexp"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// Page shows the messages that no server was there for, the newest first.
func (c *Component) Page(context.Context) (g.Node, error) {
	if c.server != nil {
		return nil, nil
	}
	list := c.outbox.list()
	if len(list) == 0 {
		return ui.Section("Messages", h.P(g.Text("Nothing was sent since the start. In production, messages go to the server in "+
			c.app.Prefix()+"MAIL_URL."))), nil
	}
	return ui.Section("Messages", ui.Table([]string{"Time", "To", "Message"}, g.Map(list, func(m kept) g.Node {
		return ui.Row(
			h.Time(h.DateTime(m.at.UTC().Format("2006-01-02T15:04:05Z")), g.Text(m.at.UTC().Format("15:04:05 UTC"))),
			g.Text(m.To),
			g.Group{h.P(h.Strong(g.Text(m.Subject))), h.P(text(m.Text))},
		)
	}))), nil
}

// link is an address on the web, without what ends the sentence.
var link = regexp.MustCompile(`https?://[^\s<>"]*[^\s<>".,;:!?)]`)

// text draws a message with its lines, and with links that can be followed.
func text(s string) g.Node {
	var nodes g.Group
	for line := range strings.Lines(s) {
		line = strings.TrimRight(line, "\r\n")
		at := 0
		for _, found := range link.FindAllStringIndex(line, -1) {
			to := line[found[0]:found[1]]
			nodes = append(nodes, g.Text(line[at:found[0]]), h.A(h.Href(to), g.Text(to)))
			at = found[1]
		}
		nodes = append(nodes, g.Text(line[at:]), h.Br())
	}
	return nodes
}
