package auth

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/frontend/src"
)

func (c *Component) showLogin(w http.ResponseWriter, r *http.Request) error {
	next := r.URL.Query().Get("next")
	v, err := c.visit(r)
	if err != nil {
		return err
	}
	if v != nil {
		return c.land(w, r, &v.user, next)
	}
	there, err := c.store.hasAdmin(r.Context())
	if err != nil {
		return err
	}
	var hint g.Node
	if !there && c.app.Env == app.Development {
		hint = advice(g.Text("There is no administrator yet. Make one with "), h.Code(g.Text(c.firstAdmin())), g.Text("."))
	}
	c.loginForm(w, r, http.StatusOK, next, "", hint)
	return nil
}

func (c *Component) loginForm(w http.ResponseWriter, r *http.Request, status int, next, email string, notice g.Node) {
	c.frontend.Notice(w, r, status, "Sign in", notice,
		Form(loginPath, Hidden("next", next),
			field("E-mail address", "email", "email", "username", h.Required(), h.Value(email), g.If(email == "", h.AutoFocus())),
			field("Password", "password", "password", "current-password", h.Required(), g.If(email != "", h.AutoFocus())),
			Submit("Sign in"),
		),
		c.providerLinks(next),
		h.P(h.A(h.Href(forgotPath), g.Text("Forgotten password")),
			g.If(c.config.Registration, g.Group{g.Text(" · "), h.A(h.Href(registerPath), g.Text("Make an account"))})),
	)
}

func (c *Component) login(w http.ResponseWriter, r *http.Request) error {
	next, email := r.PostFormValue("next"), r.PostFormValue("email")
	user, err := c.checkPassword(r.Context(), c.client(r), email, r.PostFormValue("password"))
	if err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.loginForm(w, r, status, next, email, mistake) })
	}
	return c.enter(w, r, user, next)
}

// enter signs in who has shown a password or was sent by the provider, or asks
// for the second factor first.
func (c *Component) enter(w http.ResponseWriter, r *http.Request, user *userRow, next string) error {
	if user.TOTPKey != "" {
		ticket, err := c.store.issue(r.Context(), user.ID, toFinish, "")
		if err == nil {
			c.codeForm(w, r, http.StatusOK, next, ticket, nil)
		}
		return err
	}
	if err := c.signInBrowser(w, r, user); err != nil {
		return err
	}
	return c.land(w, r, user, next)
}

// land leads somebody who has signed in to where they wanted to be. Whoever
// wanted nothing in particular, and may not see the dashboard, gets to their
// account.
func (c *Component) land(w http.ResponseWriter, r *http.Request, user *userRow, next string) error {
	if frontend.Local(next) == "/" && !user.Admin {
		next = accountPath
	}
	return redirect(w, r, next)
}

func (c *Component) codeForm(w http.ResponseWriter, r *http.Request, status int, next, ticket string, mistake g.Node) {
	c.frontend.Notice(w, r, status, "Enter the code", mistake,
		h.P(g.Text("Your authenticator shows a code of six digits. A recovery code does as well.")),
		Form(codePath, Hidden("next", next), Hidden("ticket", ticket),
			field("Code", "code", "text", "one-time-code", h.Required(), h.AutoFocus(), g.Attr("spellcheck", "false")),
			Submit("Sign in"),
		))
}

func (c *Component) loginWithCode(w http.ResponseWriter, r *http.Request) error {
	ctx, next, ticket := r.Context(), r.PostFormValue("next"), r.PostFormValue("ticket")
	user, err := c.store.holder(ctx, ticket, toFinish)
	if err == nil && user.DisabledAt != 0 {
		err = errDisabled
	}
	if err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.loginForm(w, r, status, next, "", mistake) })
	}
	if err := c.checkCode(ctx, c.client(r), user, r.PostFormValue("code")); err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.codeForm(w, r, status, next, ticket, mistake) })
	}
	if _, err := c.store.redeem(ctx, c.store.db.DB(), user.ID, ticket, toFinish); err != nil {
		return err
	}
	if err := c.signInBrowser(w, r, user); err != nil {
		return err
	}
	return c.land(w, r, user, next)
}

func (c *Component) logout(w http.ResponseWriter, r *http.Request) error {
	v, err := c.browserVisit(r)
	if err == nil && v != nil {
		err = c.signOut(r.Context(), c.client(r), *v)
	}
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(sessionCookie, "", -1))
	return redirect(w, r, loginPath)
}

func (c *Component) showForbidden(w http.ResponseWriter, r *http.Request) error {
	c.frontend.Notice(w, r, http.StatusForbidden, "This is for administrators",
		h.P(g.Text("Your account is not that of one. An administrator can change that.")),
		h.P(h.A(h.Href(accountPath), g.Text("Your account"))))
	return nil
}
