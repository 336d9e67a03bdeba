package rbac

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
)

type rightsKey struct{}

// guard knows permissions. Whatever else there is, the one that knows the users
// decides.
type guard struct {
	c     *Component
	users app.Guard
}

// Admit implements app.Guard. Roles are looked up each time, so that taking one
// away works at once.
func (g guard) Admit(r *http.Request, access app.Access) (context.Context, error) {
	name, ok := access.Permission()
	if !ok {
		return g.users.Admit(r, access)
	}
	ctx, err := g.users.Admit(r, app.SignedIn)
	if errors.Is(err, app.ErrSignIn) {
		// Without an account there is the administrator's token.
		if ctx, asAdmin := g.users.Admit(r, app.Admin); asAdmin == nil {
			return WithRights(ctx, Rights{admin: true}), nil
		}
	}
	if err != nil {
		return nil, err
	}
	rights, err := g.c.rights(ctx)
	if err != nil {
		return nil, err
	}
	if !rights.May(access) {
		return nil, Lacking(name)
	}
	return WithRights(ctx, rights), nil
}

// Lacking is the error of a guard about somebody who lacks a permission.
func Lacking(permission string) error {
	return fmt.Errorf("%w: this needs the permission %q", app.ErrForbidden, permission)
}

// WithRights returns a context in which May answers from r.
func WithRights(ctx context.Context, r Rights) context.Context {
	return context.WithValue(ctx, rightsKey{}, r)
}

// May says whether who has sent the request that ctx belongs to has the
// permission. It is for what a route does for some only; what it does for nobody
// else, its access says.
func (c *Component) May(ctx context.Context, permission app.Access) (bool, error) {
	r, err := c.rights(ctx)
	return err == nil && r.May(permission), err
}

// rights returns those of who has sent the request.
func (c *Component) rights(ctx context.Context) (Rights, error) {
	if r, ok := ctx.Value(rightsKey{}).(Rights); ok {
		return r, nil
	}
	user, ok := auth.From(ctx)
	if !ok {
		return Rights{}, nil
	}
	roles, err := c.store.roles(ctx, user.ID)
	if err != nil {
		return Rights{}, err
	}
	return c.policy.Rights(user.Admin, roles...), nil
}
