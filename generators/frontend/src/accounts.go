package frontend

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Accounts is who lets people in with an account of their own.
type Accounts interface {
	// Pages registers the pages for people with an account, and for those who
	// want to be such. Among them are /login, which leads to the place that the
	// value next names, /logout, and /forbidden for who may not see a page.
	Pages(r *app.Routes)
	// Visitor returns the name of who is signed in, "" if nobody is, and the page
	// of their account.
	Visitor(r *http.Request) (name, path string)
}

// SetAccounts has people sign in to accounts, instead of showing the token. Call
// it from a constructor.
func (c *Component) SetAccounts(accounts Accounts) { c.accounts = accounts }

// Notice answers with a narrow page in the look of the dashboard, that says or
// asks one thing.
func (c *Component) Notice(w http.ResponseWriter, r *http.Request, status int, title string, content ...g.Node) {
	c.notice(w, r, status, title, content...)
}

// Show answers with a wide page in the look of the dashboard.
func (c *Component) Show(w http.ResponseWriter, r *http.Request, status int, title string, content ...g.Node) {
	c.show(w, r, page{status: status, view: view{
		title: title + " – " + c.config.Title,
		frame: h.Div(h.Class("wide"), h.H1(h.Class("title"), g.Text(title)), g.Group(content)),
	}})
}

// visitor shows who is signed in, and leads out.
func (c *Component) visitor(r *http.Request) g.Node {
	signedIn, account := false, g.Node(nil)
	if c.accounts != nil {
		name, path := c.accounts.Visitor(r)
		signedIn, account = name != "", h.A(h.Class("account"), h.Href(path), g.Text(name))
	} else if tokens, ok := c.app.Guard().(*app.TokenGuard); ok {
		signedIn = tokens.SignedIn(r)
	}
	return g.If(signedIn, g.Group{account, h.Form(h.Method("post"), h.Action("/logout"),
		h.Button(h.Class("quiet"), g.Text("Sign out")))})
}

// Local returns target if it is a place on this server, and "/" otherwise.
func Local(target string) string { return local(target) }
