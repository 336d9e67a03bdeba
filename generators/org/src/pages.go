package org

import (
	"context"
	"fmt"
	"net/http"
	"net/url"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const (
	orgsPath       = "/orgs"
	orgPath        = orgsPath + "/{org}"
	invitationPath = "/invitation"

	orgsOnPage = 50
)

// Pages implements auth.Extension.
func (c *Component) Pages(r *app.Routes) {
	page := c.users.Handler
	r.HandleSignedIn("GET "+orgsPath, page(c.showOrgs))
	r.HandleSignedIn("POST "+orgsPath, page(c.createWithForm))
	r.HandleSignedIn("GET "+invitationPath, page(c.showInvitation))
	r.HandleSignedIn("POST "+invitationPath, page(c.acceptWithForm))

	r.HandleOnly(permission.OrgRead, "GET "+orgPath, page(c.showOrg))
	form := func(access app.Access, name string, do func(*Component, context.Context, *http.Request) error, away bool) {
		r.HandleOnly(access, "POST "+orgPath+"/"+name, page(func(w http.ResponseWriter, r *http.Request) error {
			if err := do(c, r.Context(), r); err != nil {
				return err
			}
			target := orgsPath
			if !away {
				target = pathOf(r.PathValue("org"))
			}
			http.Redirect(w, r, target, http.StatusSeeOther) //nolint:gosec // the path is ours, with the name of an organisation in it
			return nil
		}))
	}
	form(permission.OrgUpdate, "name", func(c *Component, ctx context.Context, r *http.Request) error {
		return c.rename(ctx, r, r.PostFormValue("name"))
	}, false)
	form(permission.OrgOwn, "delete", func(c *Component, ctx context.Context, r *http.Request) error {
		m, user := current(ctx)
		return c.remove(ctx, r, m.Organisation, user.ID)
	}, true)
	form(permission.OrgOwn, "owner", func(c *Component, ctx context.Context, r *http.Request) error {
		m, _ := current(ctx)
		return c.handOver(ctx, r, m.Organisation, r.PostFormValue("id"))
	}, false)
	form(permission.OrgMembers, "role", func(c *Component, ctx context.Context, r *http.Request) error {
		return c.setRole(ctx, r, r.PostFormValue("id"), r.PostFormValue("role"))
	}, false)
	form(permission.OrgMembers, "remove", func(c *Component, ctx context.Context, r *http.Request) error {
		return c.removeMember(ctx, r, r.PostFormValue("id"))
	}, false)
	form(permission.OrgRead, "leave", (*Component).leave, true)
	form(permission.OrgMembers, "invite", func(c *Component, ctx context.Context, r *http.Request) error {
		return c.invite(ctx, r, r.PostFormValue("email"), r.PostFormValue("role"))
	}, false)
	form(permission.OrgMembers, "withdraw", func(c *Component, ctx context.Context, r *http.Request) error {
		return c.withdraw(ctx, r, r.PostFormValue("id"))
	}, false)
}

func pathOf(slug string) string { return orgsPath + "/" + url.PathEscape(slug) }

// Page lists the organisations for administrators, who do not see into them.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	page, err := c.store.organisations(ctx, database.Page{Limit: orgsOnPage})
	if err != nil {
		return nil, err
	}
	rows := g.Map(page.Items, func(o Organisation) g.Node { return ui.Row(h.Code(g.Text(o.Slug)), g.Text(o.Name)) })
	return ui.Section(fmt.Sprintf("Organisations (%d)", page.Total), ui.Table([]string{"Name in paths", "Name"}, rows...)), nil
}

func membershipTable(list []Membership) g.Node {
	if len(list) == 0 {
		return nil
	}
	return ui.Section("Organisations", ui.Table([]string{"Name", "Name in paths", "Role"}, g.Map(list, func(m Membership) g.Node {
		return ui.Row(g.Text(m.Name), h.Code(g.Text(m.Slug)), g.Text(m.Role))
	})...))
}

func (c *Component) showOrgs(w http.ResponseWriter, r *http.Request) error {
	user, _ := auth.From(r.Context())
	list, err := c.store.membershipsOf(r.Context(), user.ID)
	if err != nil {
		return err
	}
	rows := g.Map(list, func(m Membership) g.Node {
		return ui.Row(h.A(h.Href(pathOf(m.Slug)), g.Text(m.Name)), g.Text(m.Role))
	})
	c.frontend.Show(w, r, http.StatusOK, "Your organisations",
		g.If(len(list) == 0, h.P(g.Text("You are in none yet."))),
		g.If(len(list) > 0, ui.Table([]string{"Organisation", "Your role"}, rows...)),
		auth.Boxed("Make an organisation", auth.Form(orgsPath,
			field("Name", "name", "text", h.Required(), h.MaxLength("100")),
			field("Name in paths, such as acme", "slug", "text", h.Required(), h.MaxLength("40"), h.Pattern("[a-z0-9]+(-[a-z0-9]+)*")),
			auth.Submit("Make it"))))
	return nil
}

func (c *Component) createWithForm(w http.ResponseWriter, r *http.Request) error {
	user, _ := auth.From(r.Context())
	o, err := c.create(r.Context(), r, user.ID, r.PostFormValue("slug"), r.PostFormValue("name"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, pathOf(o.Slug), http.StatusSeeOther)
	return nil
}

func (c *Component) showOrg(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	m, user := current(ctx)
	paging := auth.PagingOf(r)
	members, err := c.members(ctx, m.ID, paging.Page())
	if err != nil {
		return err
	}
	rights, path := c.rightsOf(m.Role), pathOf(m.Slug)
	roles := c.givable(rights)
	rows := g.Map(members.Items, func(one Member) g.Node {
		below := one.Role != ownerRole && one.ID != user.ID && c.policy.Covers(rights, one.Role)
		return ui.Row(g.Text(one.Email), g.Text(one.Name), g.Text(one.Role), h.Div(h.Class("buttons"),
			g.If(below && rights.May(permission.OrgMembers), g.Group{
				h.Form(h.Class("action"), h.Method("post"), h.Action(path+"/role"), auth.Hidden("id", one.ID),
					roleSelect(roles, one.Role), h.Button(h.Class("quiet"), g.Text("Change the role"))),
				button(path+"/remove", one.ID, "Remove"),
			}),
			g.If(one.Role != ownerRole && rights.May(permission.OrgOwn), button(path+"/owner", one.ID, "Hand over to"))))
	})
	content := []g.Node{
		h.Div(h.Class("own"), h.P(g.Text("Your role here: "+m.Role+".")), g.If(m.Role != ownerRole, ui.Action(path+"/leave", "Leave"))),
		ui.Section(fmt.Sprintf("Members (%d)", members.Total),
			ui.Table([]string{"Address", "Name", "Role", "Action"}, rows...),
			paging.Links(path, nil, members.Total)),
	}
	if rights.May(permission.OrgMembers) {
		waiting, err := c.invitations(ctx)
		if err != nil {
			return err
		}
		content = append(content, invitationTable(waiting, path), auth.Boxed("Invite somebody", auth.Form(path+"/invite",
			field("E-mail address", "email", "email", h.Required(), h.AutoComplete("off")),
			h.Label(h.For("role"), g.Text("Role")), roleSelect(roles, memberRole), auth.Submit("Send the invitation"))))
	}
	if rights.May(permission.OrgUpdate) {
		content = append(content, auth.Boxed("Name", auth.Form(path+"/name", field("Name", "name", "text", h.Required(), h.MaxLength("100"), h.Value(m.Name)), auth.Submit("Save"))))
	}
	if rights.May(permission.OrgOwn) {
		content = append(content, auth.Boxed("Delete the organisation",
			h.P(g.Text("All that belongs to it is deleted, for all members. This cannot be taken back.")),
			auth.Form(path+"/delete", auth.Submit("Delete the organisation"))))
	}
	c.frontend.Show(w, r, http.StatusOK, m.Name, append(content, h.P(h.A(h.Href(orgsPath), g.Text("Your organisations"))))...)
	return nil
}

// givable lists the roles that somebody with the rights can give.
func (c *Component) givable(rights rbac.Rights) []string {
	var names []string
	for _, role := range c.policy.List() {
		if role.Name != rbac.AdminRole && role.Name != ownerRole && c.policy.Covers(rights, role.Name) {
			names = append(names, role.Name)
		}
	}
	return names
}

func invitationTable(list []Invitation, path string) g.Node {
	if len(list) == 0 {
		return nil
	}
	return ui.Section("Invitations that wait", ui.Table([]string{"Address", "Role", "Good until", "Action"}, g.Map(list, func(i Invitation) g.Node {
		return ui.Row(g.Text(i.Email), g.Text(i.Role), g.Text(i.Expires.Format("2006-01-02 15:04 UTC")), button(path+"/withdraw", i.ID, "Withdraw"))
	})...))
}

func (c *Component) showInvitation(w http.ResponseWriter, r *http.Request) error {
	ticket := r.URL.Query().Get("ticket")
	o, row, err := c.invited(r.Context(), c.store.db.DB(), ticket)
	if err != nil {
		return err
	}
	c.frontend.Notice(w, r, http.StatusOK, "Join "+o.Name,
		h.P(g.Text("You are invited to this organisation, with the role "+row.Role+".")),
		auth.Form(invitationPath, auth.Hidden("ticket", ticket), auth.Submit("Join")))
	return nil
}

func (c *Component) acceptWithForm(w http.ResponseWriter, r *http.Request) error {
	o, err := c.accept(r.Context(), r, r.PostFormValue("ticket"))
	if err != nil {
		return err
	}
	http.Redirect(w, r, pathOf(o.Slug), http.StatusSeeOther)
	return nil
}

func field(label, name, kind string, more ...g.Node) g.Node {
	return g.Group{h.Label(h.For(name), g.Text(label)), h.Input(h.ID(name), h.Name(name), h.Type(kind), g.Group(more))}
}

// button does something to what has the identifier.
func button(path, id, label string) g.Node {
	return h.Form(h.Class("action"), h.Method("post"), h.Action(path), auth.Hidden("id", id), h.Button(h.Class("quiet"), g.Text(label)))
}

func roleSelect(roles []string, chosen string) g.Node {
	return h.Select(h.Name("role"), h.Aria("label", "Role"), g.Map(roles, func(role string) g.Node {
		return h.Option(h.Value(role), g.If(role == chosen, h.Selected()), g.Text(role))
	}))
}
