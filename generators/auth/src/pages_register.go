package auth

import (
	"fmt"
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/generators/auth/src/password"
)

func (c *Component) showRegister(w http.ResponseWriter, r *http.Request) error {
	ticket := r.URL.Query().Get("ticket")
	if ticket == "" && !c.config.Registration {
		return errClosed
	}
	c.registerForm(w, r, http.StatusOK, ticket, "", "", nil)
	return nil
}

func (c *Component) registerForm(w http.ResponseWriter, r *http.Request, status int, ticket, email, name string, mistake g.Node) {
	c.frontend.Notice(w, r, status, "Make an account", mistake,
		Form(registerPath, g.If(ticket != "", Hidden("ticket", ticket)),
			field("Name", "name", "text", "name", h.Required(), h.Value(name), h.AutoFocus()),
			field("E-mail address", "email", "email", "username", h.Required(), h.Value(email)),
			newPasswordField("Password"),
			Submit("Make an account"),
		),
		h.P(h.A(h.Href(loginPath), g.Text("Sign in instead"))))
}

func newPasswordField(label string) g.Node {
	return field(fmt.Sprintf("%s, at least %d characters", label, password.MinLength), "new", "password", "new-password", h.Required())
}

func (c *Component) registerWithForm(w http.ResponseWriter, r *http.Request) error {
	ticket, email, name := r.PostFormValue("ticket"), r.PostFormValue("email"), r.PostFormValue("name")
	if err := c.register(r.Context(), c.client(r), ticket, email, name, r.PostFormValue("new")); err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.registerForm(w, r, status, ticket, email, name, mistake) })
	}
	c.lookForMail(w, r)
	return nil
}

// lookForMail is the same whatever is in the mail, and whether there is any.
func (c *Component) lookForMail(w http.ResponseWriter, r *http.Request) {
	c.frontend.Notice(w, r, http.StatusAccepted, "Look for our mail",
		h.P(g.Text("If it has not come in a few minutes, look among the unwanted mail, and whether the address was right.")),
		h.P(h.A(h.Href(loginPath), g.Text("Sign in"))))
}

func (c *Component) showVerify(w http.ResponseWriter, r *http.Request) error {
	c.verifyForm(w, r, http.StatusOK, r.URL.Query().Get("ticket"), nil)
	return nil
}

func (c *Component) verifyForm(w http.ResponseWriter, r *http.Request, status int, ticket string, mistake g.Node) {
	c.frontend.Notice(w, r, status, "Confirm your e-mail address", mistake,
		h.P(g.Text("Enter the password that you have chosen for the account.")),
		Form(verifyPath, Hidden("ticket", ticket),
			field("Password", "password", "password", "current-password", h.Required(), h.AutoFocus()),
			Submit("Confirm"),
		),
		h.P(g.Text("If you have not chosen one, somebody else has: "), h.A(h.Href(forgotPath), g.Text("choose your own")), g.Text(".")))
}

func (c *Component) verifyWithTicket(w http.ResponseWriter, r *http.Request) error {
	ticket := r.PostFormValue("ticket")
	user, err := c.verify(r.Context(), c.client(r), ticket, r.PostFormValue("password"))
	if err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.verifyForm(w, r, status, ticket, mistake) })
	}
	return c.enter(w, r, user, accountPath)
}

func (c *Component) showForgot(w http.ResponseWriter, r *http.Request) error {
	c.forgotForm(w, r, http.StatusOK, "", nil)
	return nil
}

func (c *Component) forgotForm(w http.ResponseWriter, r *http.Request, status int, email string, mistake g.Node) {
	c.frontend.Notice(w, r, status, "Forgotten password", mistake,
		h.P(g.Text("We send a link to choose a new one.")),
		Form(forgotPath,
			field("E-mail address", "email", "email", "username", h.Required(), h.Value(email), h.AutoFocus()),
			Submit("Send the link"),
		))
}

func (c *Component) forgotten(w http.ResponseWriter, r *http.Request) error {
	email := r.PostFormValue("email")
	if err := c.forgot(r.Context(), c.client(r), email); err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.forgotForm(w, r, status, email, mistake) })
	}
	c.lookForMail(w, r)
	return nil
}

func (c *Component) showReset(w http.ResponseWriter, r *http.Request) error {
	c.resetForm(w, r, http.StatusOK, r.URL.Query().Get("ticket"), nil)
	return nil
}

func (c *Component) resetForm(w http.ResponseWriter, r *http.Request, status int, ticket string, mistake g.Node) {
	c.frontend.Notice(w, r, status, "Choose a new password", mistake,
		h.P(g.Text("You are then signed out everywhere.")),
		Form(resetPath, Hidden("ticket", ticket), newPasswordField("New password"), Submit("Change the password")))
}

func (c *Component) resetWithTicket(w http.ResponseWriter, r *http.Request) error {
	ticket := r.PostFormValue("ticket")
	if err := c.reset(r.Context(), c.client(r), ticket, r.PostFormValue("new")); err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.resetForm(w, r, status, ticket, mistake) })
	}
	c.loginForm(w, r, http.StatusOK, "", "", advice(g.Text("Your password is changed.")))
	return nil
}
