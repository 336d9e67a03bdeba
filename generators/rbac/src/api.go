package rbac

import (
	"context"
	"net/http"
	"slices"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const apiPath = "/api/v1/roles"

// Routes has the operations of the API. The pages are registered with those of
// accounts, see Pages.
func (c *Component) Routes(r *app.Routes) {
	op := func(id, method, path, summary string, access app.Access, status int, errors ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"roles"},
			Security: app.Only(access), DefaultStatus: status, Errors: append(errors, http.StatusUnauthorized),
		}
	}
	const forbidden, unknown, conflict = http.StatusForbidden, http.StatusNotFound, http.StatusConflict
	huma.Register(r.API, op("own-permissions", http.MethodGet, "/api/v1/permissions",
		"Read what one may do oneself", app.SignedIn, http.StatusOK), c.apiOwn)
	huma.Register(r.API, op("list-roles", http.MethodGet, apiPath,
		"List the roles, and what they let people do", permission.RolesRead, http.StatusOK, forbidden), c.apiRoles)
	huma.Register(r.API, op("list-role-users", http.MethodGet, apiPath+"/{role}/users",
		"List who has a role", permission.RolesRead, http.StatusOK, forbidden, unknown), c.apiUsers)
	huma.Register(r.API, op("give-role", http.MethodPost, apiPath+"/{role}/users",
		"Give a user a role", permission.RolesGrant, http.StatusNoContent, forbidden, unknown), c.apiGive)
	huma.Register(r.API, op("take-role", http.MethodDelete, apiPath+"/{role}/users/{id}",
		"Take a role away from a user", permission.RolesGrant, http.StatusNoContent, forbidden, unknown, conflict), c.apiTake)
}

// none is the answer of an operation that has nothing to tell.
type none = struct{}

type ownOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		Roles       []string `json:"roles" nullable:"false"`
		Permissions []string `json:"permissions" nullable:"false"`
	}
}

func (c *Component) apiOwn(ctx context.Context, _ *none) (*ownOutput, error) {
	user, _ := auth.From(ctx)
	roles, err := c.rolesOf(ctx, user)
	if err != nil {
		return nil, err
	}
	out := &ownOutput{CacheControl: "no-store"}
	out.Body.Roles, out.Body.Permissions = roles, []string{}
	r := c.policy.Rights(user.Admin, roles...)
	for access := range c.policy.Meanings {
		if r.May(access) {
			out.Body.Permissions = append(out.Body.Permissions, access.String())
		}
	}
	slices.Sort(out.Body.Permissions)
	return out, nil
}

// rolesOf returns the roles of a user, that of administrators first.
func (c *Component) rolesOf(ctx context.Context, user auth.User) ([]string, error) {
	roles, err := c.store.roles(ctx, user.ID)
	if user.Admin {
		roles = slices.Insert(roles, 0, AdminRole)
	}
	return roles, err
}

type rolesOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         []Role
}

func (c *Component) apiRoles(context.Context, *none) (*rolesOutput, error) {
	return &rolesOutput{"no-store", c.policy.List()}, nil
}

type usersInput struct {
	database.Page

	Role string `path:"role" maxLength:"100"`
}

type usersOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         database.PageOf[auth.User]
}

func (c *Component) apiUsers(ctx context.Context, in *usersInput) (*usersOutput, error) {
	if err := c.policy.Known(in.Role); err != nil {
		return nil, auth.Problem(err)
	}
	users, err := c.users.Users(ctx, c.store.having(in.Role), in.Page)
	if err != nil {
		return nil, err
	}
	return &usersOutput{"no-store", users}, nil
}

type giveInput struct {
	auth.Caller

	Role string `path:"role" maxLength:"100"`
	Body struct {
		Email string `json:"email" maxLength:"254" format:"email"`
	}
}

func (c *Component) apiGive(ctx context.Context, in *giveInput) (*none, error) {
	user, err := c.users.Find(ctx, in.Body.Email)
	if err != nil {
		return nil, auth.Problem(err)
	}
	return nil, auth.Problem(c.give(ctx, in.Request(), user.ID, in.Role))
}

type takeInput struct {
	auth.Caller

	Role string `path:"role" maxLength:"100"`
	ID   string `path:"id" maxLength:"100"`
}

func (c *Component) apiTake(ctx context.Context, in *takeInput) (*none, error) {
	return nil, auth.Problem(c.take(ctx, in.Request(), in.ID, in.Role))
}
