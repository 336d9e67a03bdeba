// Package rbac gives users roles, and lets them do what their roles permit.
//
// Start reading at guard.go, which decides who may pass. What there is to permit,
// and the roles, are in the package permission, which is made of aegis.cue. api.go,
// pages.go and commands.go are three ways to give and take roles.
package rbac

import (
	"context"
	"embed"
	"io/fs"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component knows which roles users have.
type Component struct {
	users    *auth.Component
	frontend *frontend.Component
	store    store
	policy   Policy
}

var (
	_ app.Service    = (*Component)(nil)
	_ app.Router     = (*Component)(nil)
	_ app.Checker    = (*Component)(nil)
	_ app.Pager      = (*Component)(nil)
	_ app.Commander  = (*Component)(nil)
	_ auth.Extension = (*Component)(nil)
)

// New returns the roles of the users u, which are kept in d and managed on pages
// of f.
func New(a *app.App, u *auth.Component, d *database.Component, f *frontend.Component) (*Component, error) {
	return NewWith(a, u, d, f, Policy{permission.Meanings(), permission.Roles()})
}

// NewWith is New with other permissions and roles than those of aegis.cue.
func NewWith(a *app.App, u *auth.Component, d *database.Component, f *frontend.Component, p Policy) (*Component, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	d.Migrate("rbac", files)
	c := &Component{users: u, frontend: f, store: store{d}, policy: p}
	a.SetGuard(guard{c, a.Guard()})
	u.Extend(c)
	return c, nil
}

// Policy is what the roles let people do.
func (c *Component) Policy() Policy { return c.policy }

// Name is "rbac".
func (*Component) Name() string { return "rbac" }

// Service implements app.Service.
func (*Component) Service() {}

// Check reports how many roles there are, and whether users have others.
func (c *Component) Check(ctx context.Context) health.Node {
	holders, err := c.store.holders(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "the roles of users cannot be read"}
	}
	node := health.Node{Status: health.Healthy, Figures: []health.Figure{{Name: "roles", Value: float64(len(c.policy.List()))}}}
	var unknown []string
	for role := range holders {
		if _, ok := c.policy.Role(role); !ok {
			unknown = append(unknown, role)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		node.Status = health.Info
		node.Message = "users have roles that aegis.cue does not declare any more, and that let nobody do anything: " + strings.Join(unknown, ", ")
	}
	return node
}
