package frontend

import (
	"net/http"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Routes adds the dashboard to the server of the API, unless it has an address
// of its own. The pages of accounts are for everybody, and there in any case.
func (c *Component) Routes(r *app.Routes) {
	switch {
	case !c.hasOwnAddress():
		c.register(r)
	case c.accounts != nil:
		c.registerAccounts(r)
	}
}

func (c *Component) hasOwnAddress() bool { return c.config.Addr != "" }

// register adds all that the dashboard serves.
func (c *Component) register(r *app.Routes) {
	r.HandleAdmin("GET /{$}", http.HandlerFunc(c.showOverview))
	r.HandleAdmin("GET /events", http.HandlerFunc(c.streamOverview))
	r.HandleAdmin("GET /components/{name}", http.HandlerFunc(c.showDetail))
	r.HandleAdmin("GET /components/{name}/events", http.HandlerFunc(c.streamDetail))

	if c.hasOwnAddress() {
		// What the buttons on the components' pages do is registered with the API.
		r.HandleAdmin("POST /components/", c.backend.API())
	}

	if c.accounts != nil {
		c.registerAccounts(r)
		return
	}
	r.HandlePublic("GET /login", http.HandlerFunc(c.showSignIn))
	r.HandlePublic("POST /login", http.HandlerFunc(c.signIn))
	r.HandlePublic("POST /logout", http.HandlerFunc(c.signOut))
	c.registerLook(r)
}

func (c *Component) registerAccounts(r *app.Routes) {
	c.accounts.Pages(r)
	c.registerLook(r)
}

// registerLook adds what any page needs.
func (c *Component) registerLook(r *app.Routes) {
	r.HandlePublic("POST /theme", http.HandlerFunc(c.chooseTheme))
	for _, a := range []asset{styleSheet, liveScript, favicon} {
		r.HandlePublic("GET "+a.path, a)
	}
	// What browsers ask for beside documents that name no icon.
	r.HandlePublic("GET /favicon.ico", http.RedirectHandler(favicon.path, http.StatusFound))
	r.HandleNotFound(http.HandlerFunc(c.notFound))
}
