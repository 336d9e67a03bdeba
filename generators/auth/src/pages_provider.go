package auth

import (
	"context"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

// providerLinks lead from the sign-in to the providers.
func (c *Component) providerLinks(next string) g.Node {
	return g.Map(c.providers, func(p *provider) g.Node {
		if p.client != nil {
			return h.P(h.A(h.Href(p.path(providerPath)+"?next="+url.QueryEscape(next)), g.Text("Sign in with "+p.config.Name)))
		}
		return g.If(c.app.Env == app.Development, c.notConfigured(p))
	})
}

func (c *Component) notConfigured(p *provider) g.Node {
	return advice(g.Text(p.config.Name+" is not configured: set "), h.Code(g.Text(c.app.Prefix()+p.missing())), g.Text("."))
}

// providerForms link accounts at providers, and take that back.
func (c *Component) providerForms(v visit, identities []identityRow) g.Node {
	if len(c.providers) == 0 {
		return nil
	}
	return Boxed("Other accounts to sign in with", g.Map(c.providers, func(p *provider) g.Node {
		switch {
		case p.in(identities):
			return Form(p.path(unlinkPath), h.P(g.Text("An account at "+p.config.Name+" is linked.")),
				confirmation(v, p.key), Submit("Unlink "+p.config.Name))
		case p.client == nil:
			return c.notConfigured(p)
		}
		return Form(p.path(linkPath), h.P(g.Text("No account at "+p.config.Name+" is linked.")),
			confirmation(v, p.key), Submit("Link "+p.config.Name))
	}))
}

// atProviders has a page about the provider in the path.
func (c *Component) atProviders(page func(http.ResponseWriter, *http.Request, *provider) error) func(http.ResponseWriter, *http.Request) error {
	return func(w http.ResponseWriter, r *http.Request) error {
		p := c.provider(r.PathValue("provider"))
		if p == nil {
			return errNoProvider
		}
		return page(w, r, p)
	}
}

func (c *Component) goToProvider(w http.ResponseWriter, r *http.Request, p *provider) error {
	next := r.URL.Query().Get("next")
	target, err := c.leave(w, r, p, journey{Next: next})
	if err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.loginForm(w, r, status, next, "", mistake) })
	}
	http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // the address is the provider's, from its configuration
	return nil
}

func (c *Component) backFromProvider(w http.ResponseWriter, r *http.Request, p *provider) error {
	identity, j, err := c.arrive(w, r, p)
	if err == nil && j.Link != "" {
		return c.backToLink(w, r, p, identity, j)
	}
	var user *userRow
	if err == nil {
		user, err = c.userOf(r.Context(), c.client(r), p, identity)
	}
	if err != nil {
		return retry(w, err, func(status int, mistake g.Node) { c.loginForm(w, r, status, "", "", mistake) })
	}
	return c.enter(w, r, user, j.Next)
}

// linkWithForm answers with a link to the provider: browsers do not let a form
// lead to another site.
func (c *Component) linkWithForm(w http.ResponseWriter, r *http.Request, p *provider) error {
	v := visitOf(r.Context())
	if err := c.confirm(r.Context(), c.client(r), v, r.PostFormValue("password")); err != nil {
		return c.again(w, r, err)
	}
	target, err := c.leave(w, r, p, journey{Link: v.user.ID})
	if err != nil {
		return c.again(w, r, err)
	}
	c.frontend.Notice(w, r, http.StatusOK, "Link "+p.config.Name,
		h.P(g.Text("Sign in there with the account that you want to sign in with here.")),
		h.P(h.A(h.Href(target), g.Text("Go on to "+p.config.Name))),
		h.P(h.A(h.Href(accountPath), g.Text("Back to your account"))))
	return nil
}

// backToLink is for who is still signed in to the account that it began with.
func (c *Component) backToLink(w http.ResponseWriter, r *http.Request, p *provider, identity oidc.Identity, j journey) error {
	v, err := c.browserVisit(r)
	if err != nil {
		return err
	}
	if v == nil || v.user.ID != j.Link {
		return errProvider
	}
	r = r.WithContext(context.WithValue(r.Context(), visitKey{}, *v))
	if err := c.linkTo(r.Context(), c.client(r), *v, p, identity); err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}

func (c *Component) unlinkWithForm(w http.ResponseWriter, r *http.Request, p *provider) error {
	if err := c.unlink(r.Context(), c.client(r), visitOf(r.Context()), p, r.PostFormValue("password")); err != nil {
		return c.again(w, r, err)
	}
	return redirect(w, r, accountPath)
}
