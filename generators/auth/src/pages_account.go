package auth

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/auth/src/totp"
)

func (c *Component) showAccount(w http.ResponseWriter, r *http.Request) error {
	return c.accountPage(w, r, http.StatusOK, nil)
}

func (c *Component) accountPage(w http.ResponseWriter, r *http.Request, status int, mistake g.Node) error {
	ctx := r.Context()
	v := visitOf(ctx)
	sessions, err := c.sessions(ctx, v)
	if err != nil {
		return err
	}
	left, err := c.store.codesLeft(ctx, v.user.ID)
	if err != nil {
		return err
	}
	identities, err := c.store.identities(ctx, c.store.db.Read(), v.user.ID)
	if err != nil {
		return err
	}
	c.frontend.Show(w, r, status, "Your account", mistake, c.links(),
		Boxed("Profile", Form(namePath,
			field("Name", "name", "text", "name", h.Required(), h.Value(v.user.Name)),
			Submit("Save"),
		)),
		Boxed("E-mail address", h.P(g.Text("You sign in with "), h.Strong(g.Text(v.user.Email)), g.Text(".")), addressForm(v)),
		Boxed("Password", passwordState(v)),
		Boxed("Second factor", factorState(v, left)),
		c.providerForms(v, identities),
		ui.Section("Where you are signed in", sessionTable(sessions, sessionsPath),
			g.If(len(sessions) > 1, ui.Action(sessionsPath, "Sign out everywhere else"))),
		Boxed("Delete the account",
			h.P(g.Text("All that is known of you here is deleted. This cannot be taken back.")),
			Form(deletePath, confirmation(v, "delete"), Submit("Delete the account"))),
	)
	return nil
}

func passwordState(v visit) g.Node {
	if v.user.Password == "" {
		return h.P(g.Text("You have none. "), h.A(h.Href(forgotPath), g.Text("Choose one")))
	}
	return Form(passwordPath,
		field("Your password", "current", "password", "current-password", h.Required()),
		newPasswordField("New password"), Submit("Change the password"))
}

// confirmation asks for the password, if there is one.
func confirmation(v visit, form string) g.Node {
	return g.If(v.user.Password != "", fieldOf(form, "Your password", "password", "password", "current-password", h.Required()))
}

// codeField asks for a code of the second factor in force, if there is one.
func codeField(v visit, form, whose, name string) g.Node {
	return g.If(v.user.TOTPKey != "", fieldOf(form, "Code of "+whose+", or a recovery code", name, "text", "one-time-code",
		h.Required(), g.Attr("spellcheck", "false")))
}

func factorState(v visit, left int64) g.Node {
	if v.user.TOTPKey == "" {
		return g.Group{
			h.P(g.Text("You sign in with the password alone.")),
			h.P(h.A(h.Href(factorPath), g.Text("Add an authenticator"))),
		}
	}
	return g.Group{
		h.P(h.Span(h.Class("badge"), h.Data("status", string(health.Healthy)), ui.StatusIcon(health.Healthy), g.Text("in force")),
			g.Textf(" with %d recovery codes left. ", left), h.A(h.Href(factorPath), g.Text("Set it up anew"))),
		Form(removeFactorPath, confirmation(v, "factor"), codeField(v, "factor", "your authenticator", "code"), Submit("Remove it")),
	}
}

// sessionTable lists sessions, with a button for each to end it.
func sessionTable(sessions []Session, path string) g.Node {
	rows := make([]g.Node, len(sessions))
	for i, s := range sessions {
		name := s.Agent
		if name == "" {
			name = string(s.Kind)
		}
		rows[i] = ui.Row(g.Text(name), g.Text(s.Address), stamp(s.Created), stamp(s.Seen),
			h.Form(h.Class("action"), h.Method("post"), h.Action(path), Hidden("id", s.ID),
				h.Button(h.Class("quiet"), g.If(s.Current, g.Text("Sign out here")), g.If(!s.Current, g.Text("Sign out")))))
	}
	return ui.Table([]string{"Browser or program", "Address", "Since", "Last used", "Action"}, rows...)
}

// again shows the account, with what was wrong.
func (c *Component) again(w http.ResponseWriter, r *http.Request, err error) error {
	text, status, ok := explained(w, err)
	if !ok {
		return err
	}
	return c.accountPage(w, r, status, failure(text))
}

func (c *Component) renameWithForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.rename(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("name")); err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}

func (c *Component) changePasswordWithForm(w http.ResponseWriter, r *http.Request) error {
	err := c.changePassword(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("current"), r.PostFormValue("new"))
	if err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}

func (c *Component) endSessionsWithForm(w http.ResponseWriter, r *http.Request) error {
	if err := c.endSession(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("id")); err != nil {
		return err
	}
	return redirect(w, r, accountPath)
}

func (c *Component) showFactor(w http.ResponseWriter, r *http.Request) error {
	return c.factorPage(w, r, http.StatusOK, nil)
}

// factorPage offers a new key, unless it is shown again because of a mistake.
func (c *Component) factorPage(w http.ResponseWriter, r *http.Request, status int, mistake g.Node) error {
	v := visitOf(r.Context())
	f := c.offerFactor(v, r.PostFormValue("pending"))
	picture, err := totp.SVG(f.URL)
	if err != nil {
		return err
	}
	c.frontend.Notice(w, r, status, "Add an authenticator", mistake,
		h.P(g.Text("Let your authenticator read this, or type the key. Then enter the code that it shows.")),
		h.Div(h.Class("picture"), g.Raw(picture)),
		h.P(h.Code(g.Text(f.Key))),
		Form(factorPath, Hidden("pending", f.Pending),
			field("Code", "code", "text", "one-time-code", h.Required(), h.AutoFocus(), g.Attr("inputmode", "numeric")),
			codeField(v, "", "the authenticator before", "current"), confirmation(v, ""), Submit("Put it in force")),
		h.P(h.A(h.Href(accountPath), g.Text("Back to your account"))))
	return nil
}

func (c *Component) addFactorWithForm(w http.ResponseWriter, r *http.Request) error {
	codes, err := c.addFactor(r.Context(), c.client(r), visitOf(r.Context()),
		r.PostFormValue("password"), r.PostFormValue("pending"), r.PostFormValue("code"), r.PostFormValue("current"))
	if err != nil {
		text, status, ok := explained(w, err)
		if !ok {
			return err
		}
		return c.factorPage(w, r, status, failure(text))
	}
	c.frontend.Notice(w, r, http.StatusOK, "Keep your recovery codes",
		h.P(g.Text("Each works once when the authenticator is lost. They are not shown again.")),
		h.Ul(g.Map(codes, func(code string) g.Node { return h.Li(h.Code(g.Text(code))) })),
		h.P(h.A(h.Href(accountPath), g.Text("I have written them down"))))
	return nil
}

func (c *Component) removeFactorWithForm(w http.ResponseWriter, r *http.Request) error {
	if err := c.removeFactor(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("password"), r.PostFormValue("code")); err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}

func (c *Component) deleteWithForm(w http.ResponseWriter, r *http.Request) error {
	if err := c.deleteAccount(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("password")); err != nil {
		return c.again(w, r, err)
	}
	http.SetCookie(w, c.cookie(sessionCookie, "", -1))
	c.frontend.Notice(w, r, http.StatusOK, "Your account is deleted", h.P(g.Text("Thank you for having been here.")))
	return nil
}
