package auth

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
)

// The pages. All of them work without a script.
const (
	loginPath        = "/login"
	codePath         = "/login/code"
	providerPath     = "/login/provider/{provider}"
	providerBackPath = providerPath + "/back"
	logoutPath       = "/logout"
	forbiddenPath    = "/forbidden"
	registerPath     = "/register"
	verifyPath       = "/verify"
	forgotPath       = "/forgot"
	resetPath        = "/reset"

	accountPath       = "/account"
	namePath          = accountPath + "/name"
	passwordPath      = accountPath + "/password"
	addressPath       = accountPath + "/address"
	changeAddressPath = addressPath + "/change"
	sessionsPath      = accountPath + "/sessions"
	factorPath        = accountPath + "/second-factor"
	removeFactorPath  = factorPath + "/remove"
	linkPath          = accountPath + "/providers/{provider}"
	unlinkPath        = linkPath + "/unlink"
	deletePath        = accountPath + "/delete"

	usersPath = "/users"
	userPath  = usersPath + "/{id}"
)

// Pages implements frontend.Accounts.
func (c *Component) Pages(r *app.Routes) {
	page := c.Handler
	r.HandlePublic("GET "+loginPath, page(c.showLogin))
	r.HandlePublic("POST "+loginPath, page(c.login))
	r.HandlePublic("POST "+codePath, page(c.loginWithCode))
	r.HandlePublic("POST "+logoutPath, page(c.logout))
	r.HandlePublic("GET "+forbiddenPath, page(c.showForbidden))
	r.HandlePublic("GET "+forgotPath, page(c.showForgot))
	r.HandlePublic("POST "+forgotPath, page(c.forgotten))
	r.HandlePublic("GET "+resetPath, page(c.showReset))
	r.HandlePublic("POST "+resetPath, page(c.resetWithTicket))
	r.HandlePublic("GET "+verifyPath, page(c.showVerify))
	r.HandlePublic("POST "+verifyPath, page(c.verifyWithTicket))
	if c.config.Registration || c.inviting() {
		r.HandlePublic("GET "+registerPath, page(c.showRegister))
		r.HandlePublic("POST "+registerPath, page(c.registerWithForm))
	}
	if len(c.providers) > 0 {
		r.HandlePublic("GET "+providerPath, page(c.atProviders(c.goToProvider)))
		r.HandlePublic("GET "+providerBackPath, page(c.atProviders(c.backFromProvider)))
		r.HandleSignedIn("POST "+linkPath, page(c.atProviders(c.linkWithForm)))
		r.HandleSignedIn("POST "+unlinkPath, page(c.atProviders(c.unlinkWithForm)))
	}

	r.HandleSignedIn("GET "+accountPath, page(c.showAccount))
	r.HandleSignedIn("POST "+namePath, page(c.renameWithForm))
	r.HandleSignedIn("POST "+passwordPath, page(c.changePasswordWithForm))
	r.HandleSignedIn("POST "+addressPath, page(c.askForAddressWithForm))
	r.HandleSignedIn("GET "+changeAddressPath, page(c.showAddress))
	r.HandleSignedIn("POST "+changeAddressPath, page(c.changeAddressWithForm))
	r.HandleSignedIn("POST "+sessionsPath, page(c.endSessionsWithForm))
	r.HandleSignedIn("GET "+factorPath, page(c.showFactor))
	r.HandleSignedIn("POST "+factorPath, page(c.addFactorWithForm))
	r.HandleSignedIn("POST "+removeFactorPath, page(c.removeFactorWithForm))
	r.HandleSignedIn("POST "+deletePath, page(c.deleteWithForm))

	r.HandleAdmin("GET "+usersPath, page(c.showUsers))
	r.HandleAdmin("GET "+userPath, page(c.showUser))
	r.HandleAdmin("POST "+usersPath, page(c.inviteWithForm))
	r.HandleAdmin("POST "+userPath+"/sessions", page(c.endUserSessionWithForm))
	for _, d := range deeds {
		r.HandleAdmin("POST "+userPath+"/"+d.name, page(func(w http.ResponseWriter, r *http.Request) error {
			return c.doWithForm(w, r, d)
		}))
	}
	for _, e := range c.extensions {
		e.Pages(r)
	}
}

// Handler handles requests for a page. An error that it returns is shown as a page
// that says what is wrong.
func (c *Component) Handler(handle func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-store")
		if hasNUL(r) {
			c.showMistake(w, r, errNUL)
			return
		}
		if err := handle(w, r); err != nil {
			c.showMistake(w, r, err)
		}
	})
}

// hasNUL says whether a field of a form has the character that databases do not
// keep in a text.
func hasNUL(r *http.Request) bool {
	_ = r.PostFormValue("") // reads the form, of whatever kind
	for _, values := range r.PostForm {
		if slices.ContainsFunc(values, func(v string) bool { return strings.Contains(v, "\x00") }) {
			return true
		}
	}
	return false
}

// explained returns what to tell people about err, and with which status; false
// if it is not for them.
func explained(w http.ResponseWriter, err error) (text string, status int, ok bool) {
	r, ok := errors.AsType[*refusal](err)
	if !ok {
		return "", 0, false
	}
	text = sentence(r.text)
	if r.wait > 0 {
		w.Header().Set("Retry-After", backend.RetryAfter(r.wait))
		text = "Too many attempts. Try again in " + roughly(r.wait) + "."
	}
	return text, r.status, true
}

// showMistake answers with a page about an error that has no form to go with.
func (c *Component) showMistake(w http.ResponseWriter, r *http.Request, err error) {
	text, status, ok := explained(w, err)
	if !ok {
		c.log.ErrorContext(r.Context(), "page failed", "path", r.URL.Path, "error", err)
		text, status = "Something went wrong. The log has more.", http.StatusInternalServerError
		if app.Unavailable(r.Context()) {
			text, status = "This is not possible at the moment. Try again later.", http.StatusServiceUnavailable
			w.Header().Set("Retry-After", backend.WhenUnavailable)
		}
	}
	c.frontend.Notice(w, r, status, "That did not work", failure(text), h.P(h.A(h.Href("/"), g.Text("Back"))))
}

// retry shows a form again, with what was wrong. Errors that are not for people
// come back.
func retry(w http.ResponseWriter, err error, show func(status int, mistake g.Node)) error {
	text, status, ok := explained(w, err)
	if !ok {
		return err
	}
	show(status, failure(text))
	return nil
}

func failure(text string) g.Node {
	return h.P(h.Class("error"), h.Role("alert"), ui.StatusIcon(health.Unhealthy), h.Span(g.Text(text)))
}

func advice(content ...g.Node) g.Node {
	return h.P(h.Class("advice"), ui.StatusIcon(health.Info), h.Span(content...))
}

// field is a labelled input. Its name tells browsers and password managers what
// belongs there.
func field(label, name, kind, complete string, more ...g.Node) g.Node {
	return fieldOf("", label, name, kind, complete, more...)
}

// fieldOf is field on a page of several forms, where this one has a name.
func fieldOf(form, label, name, kind, complete string, more ...g.Node) g.Node {
	id := strings.TrimPrefix(form+"-"+name, "-")
	return g.Group{
		h.Label(h.For(id), g.Text(label)),
		h.Input(h.ID(id), h.Name(name), h.Type(kind), h.AutoComplete(complete), g.Group(more)),
	}
}

// redirect leads the browser to a place on this server, whatever the target says.
func redirect(w http.ResponseWriter, r *http.Request, target string) error {
	http.Redirect(w, r, frontend.Local(target), http.StatusSeeOther) //nolint:gosec // Local keeps it on this server
	return nil
}

func sentence(text string) string {
	first, width := utf8.DecodeRuneInString(text)
	return string(unicode.ToUpper(first)) + text[width:] + "."
}

// roughly is a duration as people say it.
func roughly(d time.Duration) string {
	if d <= time.Minute {
		return "a minute"
	}
	return strings.TrimSuffix(d.Round(time.Minute).String(), "0s")
}

// stamp shows a time to people and to programs.
func stamp(t time.Time) g.Node {
	if t.IsZero() {
		return g.Text("–")
	}
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), g.Text(t.UTC().Format("2006-01-02 15:04 UTC")))
}
