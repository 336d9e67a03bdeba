package rbac

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const (
	rolesPath = "/roles"
	rolePath  = rolesPath + "/{role}"
	givePath  = rolesPath + "/give"
	takePath  = rolesPath + "/take"
)

// Pages implements auth.Extension.
func (c *Component) Pages(r *app.Routes) {
	r.HandlePublic("GET /forbidden/{permission}", c.users.Handler(c.showForbidden))
	r.HandleOnly(permission.RolesRead, "GET "+rolesPath, c.users.Handler(c.showRoles))
	r.HandleOnly(permission.RolesRead, "GET "+rolePath, c.users.Handler(c.showRole))
	r.HandleOnly(permission.RolesGrant, "POST "+givePath, c.users.Handler(c.giveWithForm))
	r.HandleOnly(permission.RolesGrant, "POST "+takePath, c.users.Handler(c.takeWithForm))
}

// showForbidden says what somebody lacks who was sent here by the guard.
func (c *Component) showForbidden(w http.ResponseWriter, r *http.Request) error {
	name := r.PathValue("permission")
	meaning, ok := c.policy.Meanings[app.Permission(name)]
	if !ok {
		return auth.Refusal(http.StatusNotFound, "there is no such permission")
	}
	c.frontend.Notice(w, r, http.StatusForbidden, "You may not do this",
		h.P(g.Text("It needs the permission "), h.Code(g.Text(name)), g.Text(" to "+meaning+", which none of your roles has. Whoever gives roles can change that.")),
		h.P(h.A(h.Href("/account"), g.Text("Your account"))))
	return nil
}

// Page leads to the roles.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	table, err := c.roleTable(ctx)
	return ui.Section("Roles", table), err
}

func (c *Component) showRoles(w http.ResponseWriter, r *http.Request) error {
	table, err := c.roleTable(r.Context())
	if err != nil {
		return err
	}
	var meanings []g.Node
	for _, name := range c.policy.admin().Permissions {
		meanings = append(meanings, ui.Row(h.Code(g.Text(name)), g.Text(c.policy.Meanings[app.Permission(name)])))
	}
	c.frontend.Show(w, r, http.StatusOK, "Roles and permissions",
		ui.Section("Roles", table),
		ui.Section("Permissions", ui.Table([]string{"Permission", "Lets people"}, meanings...)))
	return nil
}

// countedRole is a role, and how many users have it.
type countedRole struct {
	Role

	Users int64 `json:"users"`
}

// counted lists the roles.
func (c *Component) counted(ctx context.Context) ([]countedRole, error) {
	holders, err := c.store.holders(ctx)
	if err != nil {
		return nil, err
	}
	admins, err := c.users.Users(ctx, c.store.having(AdminRole), database.Page{Limit: 1})
	holders[AdminRole] = admins.Total
	var all []countedRole
	for _, role := range c.policy.List() {
		all = append(all, countedRole{role, holders[role.Name]})
	}
	return all, err
}

func (c *Component) roleTable(ctx context.Context) (g.Node, error) {
	all, err := c.counted(ctx)
	if err != nil {
		return nil, err
	}
	return ui.Table([]string{"Role", "Users", "Permissions"}, g.Map(all, func(r countedRole) g.Node {
		return ui.Row(h.A(h.Href(pathOf(r.Name)), g.Text(r.Name)), g.Text(strconv.FormatInt(r.Users, 10)), g.Text(strings.Join(r.Permissions, ", ")))
	})...), nil
}

func pathOf(role string) string { return rolesPath + "/" + url.PathEscape(role) }

func (c *Component) showRole(w http.ResponseWriter, r *http.Request) error {
	ctx := r.Context()
	if err := c.policy.Known(r.PathValue("role")); err != nil {
		return err
	}
	role, _ := c.policy.Role(r.PathValue("role"))
	paging := auth.PagingOf(r)
	users, err := c.users.Users(ctx, c.store.having(role.Name), paging.Page())
	if err != nil {
		return err
	}
	own, err := c.rights(ctx)
	if err != nil {
		return err
	}
	path := pathOf(role.Name)
	changeable := own.May(permission.RolesGrant) && c.policy.Covers(own, role.Name)
	rows := g.Map(users.Items, func(user auth.User) g.Node {
		return ui.Row(g.Text(user.Email), g.Text(user.Name), g.If(changeable, takeForm(user.ID, role.Name, path)))
	})
	c.frontend.Show(w, r, http.StatusOK, "The role "+role.Name,
		h.P(g.Text("Its permissions: "), permissionList(role.Permissions)),
		g.If(changeable, auth.Boxed("Give it to somebody",
			auth.Form(givePath, auth.Hidden("role", role.Name), auth.Hidden("next", path),
				h.Label(h.For("email"), g.Text("E-mail address")),
				h.Input(h.ID("email"), h.Name("email"), h.Type("email"), h.Required(), h.AutoComplete("off")),
				auth.Submit("Give")))),
		ui.Section(fmt.Sprintf("Who has it (%d)", users.Total),
			ui.Table([]string{"Address", "Name", "Action"}, rows...),
			paging.Links(path, nil, users.Total)),
		h.P(h.A(h.Href(rolesPath), g.Text("All roles"))))
	return nil
}

func permissionList(names []string) g.Node {
	if len(names) == 0 {
		return g.Text("none.")
	}
	return g.Text(strings.Join(names, ", "))
}

// About implements auth.Extension.
func (c *Component) About(ctx context.Context, user auth.User) (g.Node, error) {
	has, err := c.rolesOf(ctx, user)
	if err != nil {
		return nil, err
	}
	next := "/users/" + url.PathEscape(user.ID)
	rows := g.Map(has, func(role string) g.Node {
		declared, ok := c.policy.Role(role)
		permissions := g.Text("not declared any more")
		if ok {
			permissions = permissionList(declared.Permissions)
		}
		// Whoever is an administrator has a button of its own.
		return ui.Row(g.Text(role), permissions, g.If(role != AdminRole, takeForm(user.ID, role, next)))
	})
	var options []g.Node
	for _, role := range c.policy.List() {
		if role.Name != AdminRole && !slices.Contains(has, role.Name) {
			options = append(options, h.Option(h.Value(role.Name), g.Text(role.Name)))
		}
	}
	return g.Group{
		ui.Section("Roles", ui.Table([]string{"Role", "Permissions", "Action"}, rows...)),
		g.If(len(options) > 0, auth.Boxed("Give another role", auth.Form(givePath, auth.Hidden("id", user.ID), auth.Hidden("next", next),
			h.Label(h.For("role"), g.Text("Role")),
			h.Select(h.ID("role"), h.Name("role"), g.Group(options)),
			auth.Submit("Give")))),
	}, nil
}

func (c *Component) giveWithForm(w http.ResponseWriter, r *http.Request) error {
	id := r.PostFormValue("id")
	if id == "" {
		user, err := c.users.Find(r.Context(), r.PostFormValue("email"))
		if err != nil {
			return err
		}
		id = user.ID
	}
	if err := c.give(r.Context(), r, id, r.PostFormValue("role")); err != nil {
		return err
	}
	return back(w, r)
}

func (c *Component) takeWithForm(w http.ResponseWriter, r *http.Request) error {
	if err := c.take(r.Context(), r, r.PostFormValue("id"), r.PostFormValue("role")); err != nil {
		return err
	}
	return back(w, r)
}

// back leads to where the form was.
func back(w http.ResponseWriter, r *http.Request) error {
	http.Redirect(w, r, frontend.Local(r.PostFormValue("next")), http.StatusSeeOther) //nolint:gosec // Local keeps it on this server
	return nil
}

func takeForm(userID, role, next string) g.Node {
	return h.Form(h.Class("action"), h.Method("post"), h.Action(takePath),
		auth.Hidden("id", userID), auth.Hidden("role", role), auth.Hidden("next", next), h.Button(h.Class("quiet"), g.Text("Take away")))
}
