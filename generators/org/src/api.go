package org

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const (
	apiPath = "/api/v1/orgs"
	oneAPI  = apiPath + "/{org}"
)

// Routes has the operations of the API. The pages are registered with those of
// accounts, see Pages.
func (c *Component) Routes(r *app.Routes) {
	op := func(id, method, path, summary string, access app.Access, status int, errors ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"organisations"},
			Security: app.Only(access), DefaultStatus: status, Errors: append(errors, http.StatusUnauthorized, http.StatusForbidden),
		}
	}
	const ok, done, unknown, conflict = http.StatusOK, http.StatusNoContent, http.StatusNotFound, http.StatusConflict
	huma.Register(r.API, op("list-organisations", http.MethodGet, apiPath, "List one's own organisations", app.SignedIn, ok), c.apiMine)
	huma.Register(r.API, op("create-organisation", http.MethodPost, apiPath, "Make an organisation", app.SignedIn, http.StatusCreated, conflict), c.apiCreate)
	huma.Register(r.API, op("accept-invitation", http.MethodPost, "/api/v1/invitations/accept", "Join an organisation", app.SignedIn, ok, unknown), c.apiAccept)

	huma.Register(r.API, op("get-organisation", http.MethodGet, oneAPI, "Read an organisation, and one's own role", permission.OrgRead, ok), c.apiGet)
	huma.Register(r.API, op("update-organisation", http.MethodPut, oneAPI, "Rename an organisation", permission.OrgUpdate, done), c.apiRename)
	huma.Register(r.API, op("delete-organisation", http.MethodDelete, oneAPI, "Delete an organisation", permission.OrgOwn, done), c.apiDelete)
	huma.Register(r.API, op("hand-over-organisation", http.MethodPut, oneAPI+"/owner", "Make another member the owner", permission.OrgOwn, done, unknown), c.apiHandOver)

	huma.Register(r.API, op("list-members", http.MethodGet, oneAPI+"/members", "List the members", permission.OrgRead, ok), c.apiMembers)
	huma.Register(r.API, op("update-member", http.MethodPut, oneAPI+"/members/{id}", "Give a member another role", permission.OrgMembers, done, unknown, conflict), c.apiSetRole)
	huma.Register(r.API, op("remove-member", http.MethodDelete, oneAPI+"/members/{id}", "Remove a member", permission.OrgMembers, done, unknown, conflict), c.apiRemove)
	huma.Register(r.API, op("leave-organisation", http.MethodPost, oneAPI+"/leave", "Leave an organisation", permission.OrgRead, done, conflict), c.apiLeave)

	huma.Register(r.API, op("list-invitations", http.MethodGet, oneAPI+"/invitations", "List the invitations that wait", permission.OrgMembers, ok), c.apiInvitations)
	huma.Register(r.API, op("invite", http.MethodPost, oneAPI+"/invitations", "Invite somebody by mail", permission.OrgMembers, http.StatusAccepted, unknown, conflict, http.StatusTooManyRequests), c.apiInvite)
	huma.Register(r.API, op("withdraw-invitation", http.MethodDelete, oneAPI+"/invitations/{id}", "Withdraw an invitation", permission.OrgMembers, done, unknown), c.apiWithdraw)
}

type (
	// none is what operations have that are not told or do not tell anything.
	none = struct{}

	// answer is what operations tell. Nobody else is to see it.
	answer[T any] struct {
		CacheControl string `header:"Cache-Control"`
		Body         T
	}

	// InOrg is embedded in inputs of operations about an organisation.
	InOrg struct {
		auth.Caller

		Org string `path:"org" maxLength:"40"`
	}
	// Target says what in it is meant.
	Target struct {
		InOrg

		ID string `path:"id" maxLength:"100"`
	}
)

func tell[T any](body T, err error) (*answer[T], error) {
	if err != nil {
		return nil, auth.Problem(err)
	}
	return &answer[T]{"no-store", body}, nil
}

func (c *Component) apiMine(ctx context.Context, _ *none) (*answer[[]Membership], error) {
	user, _ := auth.From(ctx)
	return tell(c.store.membershipsOf(ctx, user.ID))
}

type createInput struct {
	auth.Caller

	Body struct {
		Slug string `json:"slug" minLength:"1" maxLength:"40" doc:"Its name in paths"`
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

func (c *Component) apiCreate(ctx context.Context, in *createInput) (*answer[Organisation], error) {
	user, _ := auth.From(ctx)
	return tell(c.create(ctx, in.Request(), user.ID, in.Body.Slug, in.Body.Name))
}

type acceptInput struct {
	auth.Caller

	Body struct {
		Ticket string `json:"ticket" maxLength:"100" doc:"From the link in the mail"`
	}
}

func (c *Component) apiAccept(ctx context.Context, in *acceptInput) (*answer[Organisation], error) {
	return tell(c.accept(ctx, in.Request(), in.Body.Ticket))
}

func (c *Component) apiGet(ctx context.Context, _ *InOrg) (*answer[Membership], error) {
	m, _ := current(ctx)
	return tell(m, nil)
}

type renameInput struct {
	InOrg

	Body struct {
		Name string `json:"name" minLength:"1" maxLength:"100"`
	}
}

func (c *Component) apiRename(ctx context.Context, in *renameInput) (*none, error) {
	return nil, auth.Problem(c.rename(ctx, in.Request(), in.Body.Name))
}

func (c *Component) apiDelete(ctx context.Context, in *InOrg) (*none, error) {
	m, user := current(ctx)
	return nil, auth.Problem(c.remove(ctx, in.Request(), m.Organisation, user.ID))
}

type handOverInput struct {
	InOrg

	Body struct {
		ID string `json:"id" maxLength:"100" doc:"Of the member"`
	}
}

func (c *Component) apiHandOver(ctx context.Context, in *handOverInput) (*none, error) {
	m, _ := current(ctx)
	return nil, auth.Problem(c.handOver(ctx, in.Request(), m.Organisation, in.Body.ID))
}

type membersInput struct {
	database.Page
	InOrg
}

func (c *Component) apiMembers(ctx context.Context, in *membersInput) (*answer[database.PageOf[Member]], error) {
	m, _ := current(ctx)
	return tell(c.members(ctx, m.ID, in.Page))
}

type setRoleInput struct {
	Target

	Body struct {
		Role string `json:"role" maxLength:"100"`
	}
}

func (c *Component) apiSetRole(ctx context.Context, in *setRoleInput) (*none, error) {
	return nil, auth.Problem(c.setRole(ctx, in.Request(), in.ID, in.Body.Role))
}

func (c *Component) apiRemove(ctx context.Context, in *Target) (*none, error) {
	return nil, auth.Problem(c.removeMember(ctx, in.Request(), in.ID))
}

func (c *Component) apiLeave(ctx context.Context, in *InOrg) (*none, error) {
	return nil, auth.Problem(c.leave(ctx, in.Request()))
}

func (c *Component) apiInvitations(ctx context.Context, _ *InOrg) (*answer[[]Invitation], error) {
	return tell(c.invitations(ctx))
}

type inviteInput struct {
	InOrg

	Body struct {
		Email string `json:"email" maxLength:"254" format:"email"`
		Role  string `json:"role,omitempty" maxLength:"100" default:"member"`
	}
}

func (c *Component) apiInvite(ctx context.Context, in *inviteInput) (*none, error) {
	return nil, auth.Problem(c.invite(ctx, in.Request(), in.Body.Email, in.Body.Role))
}

func (c *Component) apiWithdraw(ctx context.Context, in *Target) (*none, error) {
	return nil, auth.Problem(c.withdraw(ctx, in.Request(), in.ID))
}
