// Package auth knows people: they register, sign in with a password or at a
// provider, and manage their account, on pages and through the API. With it, what
// is for administrators is for users who are such.
//
// Start reading at Component. Code of other components asks From who has sent a
// request. signin.go, register.go and account.go are what people do; api.go and
// the pages_*.go are two ways to do it; guard.go decides who may pass.
package auth

import (
	"context"
	"embed"
	"io/fs"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/auth/src/password"
	"github.com/aegis-stack/aegis/generators/auth/src/seal"
	"github.com/aegis-stack/aegis/generators/auth/src/token"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/mail/src"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component knows the users.
type Component struct {
	app      *app.App
	log      *slog.Logger
	config   Config
	backend  *backend.Component
	frontend *frontend.Component
	store    store
	now      func() time.Time

	passwords *password.Hasher
	box       *seal.Box
	tokens    *token.Issuer
	limiter   Limiter
	post      post
	providers []*provider
	token     *app.TokenGuard // for when nobody can sign in

	extensions []Extension

	signIns, refused atomic.Int64
}

var (
	_ app.Service       = (*Component)(nil)
	_ app.Router        = (*Component)(nil)
	_ app.Runner        = (*Component)(nil)
	_ app.Drainer       = (*Component)(nil)
	_ app.Checker       = (*Component)(nil)
	_ app.Pager         = (*Component)(nil)
	_ app.Commander     = (*Component)(nil)
	_ app.Guard         = (*Component)(nil)
	_ frontend.Accounts = (*Component)(nil)
)

// New returns the users of a, who are kept in d. They sign in on pages of f, and
// get mail by m.
func New(a *app.App, b *backend.Component, d *database.Component, f *frontend.Component, m *mail.Component) (*Component, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	c := &Component{app: a, log: a.Log.With("component", "auth"), backend: b, frontend: f, now: time.Now}
	if err := c.configure(); err != nil {
		return nil, err
	}
	d.Migrate("auth", files)
	c.store = store{db: d, box: c.box, log: c.log, now: func() time.Time { return c.now() }}
	c.tokens = &token.Issuer{
		Name: c.home(), Audience: a.Name, Lifetime: c.config.AccessToken,
		Store: c.store, Now: c.store.now,
	}
	c.limiter = c.store
	c.post = newPost(c.log, m)
	c.token, _ = a.Guard().(*app.TokenGuard)
	f.SetAccounts(c)
	a.SetGuard(c)
	return c, nil
}

// Name is "auth".
func (*Component) Name() string { return "auth" }

// Service implements app.Service.
func (*Component) Service() {}

// SetLimiter has attempts counted by what limiter returns, which is given the
// one that counts in the database. Call it from a constructor.
func (c *Component) SetLimiter(limiter func(Limiter) Limiter) { c.limiter = limiter(c.limiter) }

// tidying is how often what has expired is deleted.
const tidying = time.Hour

// Run sends mail, and deletes what has expired.
func (c *Component) Run(ctx context.Context) error {
	var wg sync.WaitGroup
	defer wg.Wait()
	wg.Go(func() { c.post.run(ctx) })
	tick := time.NewTicker(tidying)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if err := c.store.tidy(ctx, c.tokens.Expired(), c.now().Add(-c.config.AuditKeep)); err != nil {
				c.log.WarnContext(ctx, "could not delete what has expired", "error", err)
			}
		}
	}
}

// Drain waits for the mail that is on its way.
func (c *Component) Drain(ctx context.Context) error { return c.post.drain(ctx) }

// Check reports who signs in.
func (c *Component) Check(ctx context.Context) health.Node {
	node := health.Node{Status: health.Healthy, Figures: []health.Figure{
		{Name: "sign-ins", Value: float64(c.signIns.Load())},
		{Name: "refused", Value: float64(c.refused.Load())},
	}}
	switch there, err := c.store.hasAdmin(ctx); {
	case err != nil:
		node.Status, node.Message = health.Unhealthy, "the users cannot be read"
	case !there:
		node.Status, node.Message = health.Info, "there is no administrator yet: "+c.firstAdmin()
	}
	return node
}

// firstAdmin is the command that makes one.
func (c *Component) firstAdmin() string { return c.app.Name + " users create --admin" }
