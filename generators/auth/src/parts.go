package auth

import (
	"maps"
	"net/http"
	"net/url"
	"strconv"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// What pages about users are made of, here and in what builds on this.

// Boxed is a part of a page with a frame.
func Boxed(title string, content ...g.Node) g.Node {
	return ui.Section(title, h.Div(h.Class("own"), g.Group(content)))
}

// Form posts to a path.
func Form(path string, content ...g.Node) g.Node {
	return h.Form(h.Class("form"), h.Method("post"), h.Action(path), g.Group(content))
}

// Hidden is what a form says besides what people enter.
func Hidden(name, value string) g.Node {
	return h.Input(h.Type("hidden"), h.Name(name), h.Value(value))
}

// Submit is the button of a form.
func Submit(text string) g.Node { return h.Button(h.Class("primary"), g.Text(text)) }

// pageSize is how much of a long list is shown at once.
const pageSize = 50

// Paging is which page of a long list a request asks for.
type Paging struct{ number int }

// PagingOf returns that of r, the first unless r says another.
func PagingOf(r *http.Request) Paging {
	number, err := strconv.Atoi(r.URL.Query().Get("page"))
	if err != nil || number < 1 {
		number = 1
	}
	return Paging{number}
}

// Page is what to ask the database for.
func (p Paging) Page() database.Page {
	return database.Page{Limit: pageSize, Offset: (p.number - 1) * pageSize}
}

// Links lead to the pages before and after, if the list has total entries. They
// keep the query.
func (p Paging) Links(path string, query url.Values, total int64) g.Node {
	to := func(n int, label string) g.Node {
		values := url.Values{"page": {strconv.Itoa(n)}}
		maps.Copy(values, query)
		return h.A(h.Href(path+"?"+values.Encode()), g.Text(label))
	}
	return h.P(g.If(p.number > 1, to(p.number-1, "Previous page ")),
		g.If(int64(p.number*pageSize) < total, to(p.number+1, "Next page")))
}
