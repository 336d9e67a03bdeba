package org

import (
	"context"
	"fmt"
	"net/http"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

type (
	membershipKey struct{}
	withinKey     struct{}
)

// Membership is what a user is in an organisation.
type Membership struct {
	Organisation

	Role string `json:"role" doc:"That of the user in it"`
}

// From returns the organisation that the request is about, and the role in it of
// who has sent it; false if its route has no {org}.
func From(ctx context.Context) (Membership, bool) {
	m, ok := ctx.Value(membershipKey{}).(Membership)
	return m, ok
}

// Within returns a context in which Rows has those of the organisation with the
// identifier: for jobs, tasks and commands, which no guard has seen.
func Within(ctx context.Context, id string) context.Context {
	return context.WithValue(ctx, withinKey{}, id)
}

// guard knows organisations. A route is in one when its path has {org}: then it is
// for members alone, and the role there says what they may do. What users may do
// elsewhere, administrators not excepted, counts for nothing in it.
type guard struct {
	c    *Component
	next app.Guard
}

// Admit implements app.Guard. Whether there is no such organisation, or one of
// others, is answered alike.
func (g guard) Admit(r *http.Request, access app.Access) (context.Context, error) {
	slug := r.PathValue("org")
	if slug == "" || access == app.Admin {
		return g.next.Admit(r, access)
	}
	ctx, err := g.next.Admit(r, app.SignedIn)
	if err != nil {
		return nil, err
	}
	user, _ := auth.From(ctx)
	m, err := g.c.store.membership(ctx, slug, user.ID)
	if err != nil {
		return nil, err
	}
	if m == nil {
		return nil, fmt.Errorf("%w: you are no member of an organisation %q", app.ErrForbidden, slug)
	}
	rights := g.c.rightsOf(m.Role)
	if name, ok := access.Permission(); ok && !rights.May(access) {
		return nil, rbac.Lacking(name)
	}
	ctx = Within(context.WithValue(ctx, membershipKey{}, *m), m.ID)
	return rbac.WithRights(ctx, rights), nil
}

// rightsOf returns what a role lets members do. Whoever is one may know who else
// is.
func (c *Component) rightsOf(role string) rbac.Rights {
	return c.policy.Rights(false, role).With(permission.OrgRead)
}
