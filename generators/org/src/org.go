// Package org has organisations: people who share what others do not see.
//
// Start reading at guard.go, which decides who may pass and says which
// organisation a request is about: that of {org} in the path of its route. rows.go
// keeps the rows of a table apart. organisation.go and invitation.go are what
// people do; api.go, pages.go and commands.go are three ways to do it.
package org

import (
	"context"
	"embed"
	"io/fs"
	"time"

	g "maragu.dev/gomponents"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/mail/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component knows the organisations.
type Component struct {
	users    *auth.Component
	frontend *frontend.Component
	mail     *mail.Component
	policy   rbac.Policy
	store    store
	now      func() time.Time
}

var (
	_ app.Service    = (*Component)(nil)
	_ app.Router     = (*Component)(nil)
	_ app.Checker    = (*Component)(nil)
	_ app.Pager      = (*Component)(nil)
	_ app.Commander  = (*Component)(nil)
	_ auth.Extension = (*Component)(nil)
	_ auth.Inviter   = (*Component)(nil)
	_ auth.Keeper    = (*Component)(nil)
	_ auth.Linker    = (*Component)(nil)
)

// New returns the organisations of the users u, which are kept in d, shown on pages
// of f, and invited to by m. Their members have roles of r.
func New(a *app.App, u *auth.Component, r *rbac.Component, d *database.Component, f *frontend.Component, m *mail.Component) (*Component, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	d.Migrate("org", files)
	d.Hook(isolation{})
	c := &Component{users: u, frontend: f, mail: m, policy: r.Policy(), store: store{d}, now: time.Now}
	a.SetGuard(guard{c, a.Guard()})
	u.Extend(c)
	return c, nil
}

// Name is "org".
func (*Component) Name() string { return "org" }

// Service implements app.Service.
func (*Component) Service() {}

// Check reports how many organisations there are.
func (c *Component) Check(ctx context.Context) health.Node {
	page, err := c.store.organisations(ctx, database.Page{Limit: 1})
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "the organisations cannot be read"}
	}
	return health.Node{Status: health.Healthy, Figures: []health.Figure{{Name: "organisations", Value: float64(page.Total)}}}
}

// UserCommands implements auth.Extension.
func (*Component) UserCommands() []*cobra.Command { return nil }

// About implements auth.Extension.
func (c *Component) About(ctx context.Context, user auth.User) (g.Node, error) {
	list, err := c.store.membershipsOf(ctx, user.ID)
	return membershipTable(list), err
}

// MayGo implements auth.Keeper: nobody leaves an organisation behind that has no
// owner.
func (c *Component) MayGo(ctx context.Context, user auth.User) error {
	n, err := c.owned(ctx, user.ID)
	if err == nil && n > 0 {
		return errOwns
	}
	return err
}

// Link implements auth.Linker.
func (*Component) Link() (path, label string) { return orgsPath, "Your organisations" }
