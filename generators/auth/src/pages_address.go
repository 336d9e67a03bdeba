package auth

import (
	"net/http"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"
)

// addressForm asks for another address, and for all that a sign-in does.
func addressForm(v visit) g.Node {
	return Form(addressPath,
		field("New e-mail address", "email", "email", "email", h.Required()),
		confirmation(v, "address"),
		codeField(v, "", "your authenticator", "code"),
		Submit("Send a link there"))
}

func (c *Component) askForAddressWithForm(w http.ResponseWriter, r *http.Request) error {
	err := c.askForAddress(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("password"), r.PostFormValue("code"), r.PostFormValue("email"))
	if err != nil {
		return c.again(w, r, err)
	}
	c.frontend.Notice(w, r, http.StatusAccepted, "Look for our mail",
		h.P(g.Text("Follow the link in the mail to the new address. Until then, your address stays the old one.")),
		h.P(h.A(h.Href(accountPath), g.Text("Back to your account"))))
	return nil
}

// showAddress is where the link in the mail leads. It changes nothing by itself:
// programs that look through mail follow links, too.
func (c *Component) showAddress(w http.ResponseWriter, r *http.Request) error {
	v := visitOf(r.Context())
	c.frontend.Notice(w, r, http.StatusOK, "Change your e-mail address",
		h.P(g.Text("You sign in with the new address from now on, and no more with "), h.Strong(g.Text(v.user.Email)), g.Text(".")),
		Form(changeAddressPath, Hidden("ticket", r.URL.Query().Get("ticket")), Submit("Change the address")),
		h.P(h.A(h.Href(accountPath), g.Text("Keep the old one"))))
	return nil
}

func (c *Component) changeAddressWithForm(w http.ResponseWriter, r *http.Request) error {
	if _, err := c.changeAddress(r.Context(), c.client(r), visitOf(r.Context()), r.PostFormValue("ticket")); err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}
