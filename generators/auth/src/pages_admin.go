package auth

import (
	"context"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/output"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// Page shows what happened lately, and leads to the users.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	events, err := c.store.events(ctx, "", database.Page{Limit: pageSize})
	if err != nil {
		return nil, err
	}
	return g.Group{
		h.P(h.A(h.Href(usersPath), g.Text("All users"))),
		ui.Section("What happened lately", eventTable(events.Items)),
	}, nil
}

func (c *Component) showUsers(w http.ResponseWriter, r *http.Request) error {
	return c.usersPage(w, r, http.StatusOK, nil)
}

func (c *Component) usersPage(w http.ResponseWriter, r *http.Request, status int, mistake g.Node) error {
	text := r.URL.Query().Get("q")
	paging := PagingOf(r)
	page, err := c.store.users(r.Context(), text, paging.Page())
	if err != nil {
		return err
	}
	rows := make([]g.Node, len(page.Items))
	for i, user := range page.Items {
		rows[i] = ui.Row(h.A(h.Href(usersPath+"/"+user.ID), g.Text(user.Email)), g.Text(user.Name), userState(user), stamp(user.CreatedAt.time()))
	}
	c.frontend.Show(w, r, status, "Users", mistake,
		h.Form(h.Class("search"), h.Method("get"), h.Action(usersPath), h.Role("search"),
			h.Input(h.Name("q"), h.Type("search"), h.Value(text), h.Aria("label", "Address or name")),
			h.Button(h.Class("quiet"), g.Text("Search"))),
		h.P(g.Text(output.Plural(int(page.Total), "user"))),
		ui.Table([]string{"Address", "Name", "State", "Since"}, rows...),
		paging.Links(usersPath, url.Values{"q": {text}}, page.Total),
		Boxed("Make a user", h.P(g.Text("A mail leads to where the user chooses a password.")), Form(usersPath,
			field("Name", "name", "text", "off", h.Required(), h.Value(r.PostFormValue("name"))),
			field("E-mail address", "email", "email", "off", h.Required(), h.Value(r.PostFormValue("email"))),
			Submit("Make the user"))))
	return nil
}

func (c *Component) showUser(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	user, err := c.store.userByID(ctx, r.PathValue("id"))
	if err != nil {
		return err
	}
	sessions, err := c.store.sessions(ctx, user.ID, c.config.SessionIdle)
	if err != nil {
		return err
	}
	events, err := c.store.events(ctx, user.ID, database.Page{Limit: pageSize})
	if err != nil {
		return err
	}
	more := make(g.Group, len(c.extensions))
	for i, e := range c.extensions {
		if more[i], err = e.About(ctx, user.User); err != nil {
			return err
		}
	}
	var buttons g.Group
	path := usersPath + "/" + user.ID
	self, _ := From(r.Context())
	for _, d := range deeds {
		if d.offered(*user) && (!d.others || user.ID != self.ID) {
			buttons = append(buttons, ui.Action(path+"/"+d.name, d.label))
		}
	}
	c.frontend.Show(w, r, http.StatusOK, user.Name,
		h.Div(h.Class("own"),
			h.P(g.Text(user.Email), g.Text(" "), userState(*user)),
			h.Div(h.Class("buttons"), buttons)),
		more,
		ui.Section("Sessions", sessionTable(sessions, path+"/sessions")),
		ui.Section("What happened lately", eventTable(events.Items)),
		h.P(h.A(h.Href(usersPath), g.Text("All users"))))
	return nil
}

// doWithForm does a deed to the user of the path.
func (c *Component) doWithForm(w http.ResponseWriter, r *http.Request, d deed) error {
	id := r.PathValue("id")
	if err := c.act(r.Context(), c.client(r), d, id); err != nil {
		return err
	}
	return redirect(w, r, usersPath+"/"+url.PathEscape(id))
}

func (c *Component) endUserSessionWithForm(w http.ResponseWriter, r *http.Request) error {
	id := r.PathValue("id")
	if err := c.endSessionOf(r.Context(), c.client(r), id, r.PostFormValue("id")); err != nil {
		return err
	}
	return redirect(w, r, usersPath+"/"+url.PathEscape(id))
}

func (c *Component) inviteWithForm(w http.ResponseWriter, r *http.Request) error {
	user, err := c.invite(r.Context(), c.client(r), r.PostFormValue("email"), r.PostFormValue("name"), false)
	if err != nil {
		text, status, ok := explained(w, err)
		if !ok {
			return err
		}
		return c.usersPage(w, r, status, failure(text))
	}
	return redirect(w, r, usersPath+"/"+user.ID)
}

func userState(user userRow) g.Node {
	mark := func(status health.Status, word string) g.Node {
		return h.Span(h.Class("badge"), h.Data("status", string(status)), ui.StatusIcon(status), g.Text(word))
	}
	return g.Group{
		g.If(user.DisabledAt != 0, mark(health.Unhealthy, "disabled")),
		g.If(user.VerifiedAt == 0, mark(health.Warning, "not verified")),
		g.If(user.Admin, mark(health.Info, "administrator")),
		g.If(user.TOTPKey != "", mark(health.Healthy, "second factor")),
	}
}

func eventTable(events []Event) g.Node {
	if len(events) == 0 {
		return h.P(g.Text("Nothing yet."))
	}
	return ui.Table([]string{"Time", "Event", "User", "By", "Address", "Detail"}, g.Map(events, func(e Event) g.Node {
		link := func(id string) g.Node {
			return g.If(id != "", h.A(h.Href(usersPath+"/"+url.PathEscape(id)), h.Code(g.Text(id[:min(len(id), 8)]))))
		}
		return ui.Row(stamp(e.At), g.Text(e.Event), link(e.User), link(e.Actor), g.Text(e.Address), g.Text(e.Detail))
	}))
}
