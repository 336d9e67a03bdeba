package frontend

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

// showSignIn asks for the token, or says why that would not help.
func (c *Component) showSignIn(w http.ResponseWriter, r *http.Request) {
	target := r.URL.Query().Get("next")
	switch _, err := c.app.Guard().Admit(r, app.Admin); {
	case err == nil:
		goTo(w, r, target)
	case errors.Is(err, app.ErrSignIn):
		c.signInForm(w, r, http.StatusOK, target, nil)
	default:
		c.notice(w, r, http.StatusForbidden, "This dashboard is closed",
			h.P(g.Text("It shows details of the inside, so that outside development it is for administrators only.")),
			h.P(h.Class("advice"), ui.StatusIcon(health.Info), h.Span(g.Text(sentence(err)))))
	}
}

// signIn starts a session for whoever has the token.
func (c *Component) signIn(w http.ResponseWriter, r *http.Request) {
	target := r.PostFormValue("next")
	tokens, ok := c.app.Guard().(*app.TokenGuard)
	if ok && tokens.SignIn(w, r, strings.TrimSpace(r.PostFormValue("token"))) {
		goTo(w, r, target)
		return
	}
	c.log.WarnContext(r.Context(), "wrong token at sign-in", "remote", r.RemoteAddr)
	c.signInForm(w, r, http.StatusForbidden, target, failure("That is not the token."))
}

func (c *Component) signOut(w http.ResponseWriter, r *http.Request) {
	if tokens, ok := c.app.Guard().(*app.TokenGuard); ok {
		tokens.SignOut(w, r)
	}
	goTo(w, r, "/login")
}

func (c *Component) signInForm(w http.ResponseWriter, r *http.Request, status int, target string, mistake g.Node) {
	c.notice(w, r, status, "Sign in",
		h.P(g.Text("This dashboard is for administrators of "), h.Strong(g.Text(c.config.Title)), g.Text(".")),
		h.Form(h.Method("post"), h.Action("/login"),
			h.Input(h.Type("hidden"), h.Name("next"), h.Value(target)),
			// What password managers file the token under.
			h.Input(h.Type("text"), h.Name("username"), h.AutoComplete("username"), h.Value(c.app.Name), h.ReadOnly(), g.Attr("hidden")),
			h.Label(h.For("token"), g.Text("Administrator token")),
			h.Input(h.ID("token"), h.Name("token"), h.Type("password"), h.Required(), h.AutoFocus(),
				h.AutoComplete("current-password"), g.Attr("spellcheck", "false"),
				g.If(mistake != nil, g.Group{h.Aria("invalid", "true"), h.Aria("describedby", "mistake")})),
			h.Div(h.ID("mistake"), mistake),
			h.Button(h.Class("primary"), g.Text("Sign in")),
		))
}

// notice answers with a page that says one thing.
func (c *Component) notice(w http.ResponseWriter, r *http.Request, status int, title string, content ...g.Node) {
	c.show(w, r, page{status: status, view: view{
		title: title + " – " + c.config.Title,
		frame: h.Section(h.Class("notice"), h.H1(g.Text(title)), g.Group(content)),
	}})
}

func failure(text string) g.Node {
	return h.P(h.Class("error"), h.Role("alert"), ui.StatusIcon(health.Unhealthy), h.Span(g.Text(text)))
}

// sentence makes a sentence of what an error of the guard says to do.
func sentence(err error) string {
	text := strings.TrimPrefix(err.Error(), app.ErrClosed.Error()+": ")
	first, width := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[width:] + "."
}

// goTo leads the browser to another place on this server.
func goTo(w http.ResponseWriter, r *http.Request, target string) {
	http.Redirect(w, r, local(target), http.StatusSeeOther) //nolint:gosec // local keeps it on this server
}

// local returns target if it is a place on this server, and "/" otherwise: a
// link to the sign-in page must not be able to send people elsewhere.
func local(target string) string {
	// Browsers read a backslash as a slash, and leave out tabs and line ends.
	odd := func(r rune) bool { return r == '\\' || unicode.IsControl(r) }
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || strings.ContainsFunc(target, odd) ||
		!strings.HasPrefix(target, "/") || strings.HasPrefix(target, "//") {
		return "/"
	}
	return target
}
