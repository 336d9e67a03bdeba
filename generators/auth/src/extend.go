package auth

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"github.com/spf13/cobra"
	"github.com/uptrace/bun"
	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// What components build on that know more of users than this one does.

// Extension is such a component.
type Extension interface {
	// Pages registers pages beside those of accounts.
	Pages(r *app.Routes)
	// About is what administrators see of a user, on the user's page.
	About(ctx context.Context, user User) (g.Node, error)
	// UserCommands are commands below "users".
	UserCommands() []*cobra.Command
}

// Keeper is an extension that may refuse that a user goes, with a Refusal.
type Keeper interface {
	MayGo(ctx context.Context, user User) error
}

// Inviter is an extension that invites people by mail who may have no account.
type Inviter interface {
	// Invited says whether the address is invited, with the ticket unless that is
	// empty.
	Invited(ctx context.Context, email, ticket string) (bool, error)
}

// Linker is an extension with a page for people with an account, which the page of
// that leads to.
type Linker interface {
	Link() (path, label string)
}

func (c *Component) links() g.Node {
	var links g.Group
	for _, e := range c.extensions {
		if l, ok := e.(Linker); ok {
			path, label := l.Link()
			links = append(links, h.P(h.A(h.Href(path), g.Text(label))))
		}
	}
	return links
}

func (c *Component) mayGo(ctx context.Context, user User) error {
	for _, e := range c.extensions {
		if k, ok := e.(Keeper); ok {
			if err := k.MayGo(ctx, user); err != nil {
				return err
			}
		}
	}
	return nil
}

// inviting says whether somebody invites people.
func (c *Component) inviting() bool {
	return slices.ContainsFunc(c.extensions, func(e Extension) bool { _, ok := e.(Inviter); return ok })
}

// mayRegister returns errClosed unless everybody may register, or the address is
// invited with the ticket. Without a ticket, somebody vouches for the address.
func (c *Component) mayRegister(ctx context.Context, email, ticket string) error {
	if c.config.Registration {
		return nil
	}
	for _, e := range c.extensions {
		if i, ok := e.(Inviter); ok {
			if yes, err := i.Invited(ctx, email, ticket); yes || err != nil {
				return err
			}
		}
	}
	return errClosed
}

// Attempt counts an attempt at what the key names, such as mail to a mailbox, and
// returns a refusal if limit leaves none.
func (c *Component) Attempt(ctx context.Context, key string, limit Limit) error {
	wait, err := c.limiter.Take(ctx, key, limit)
	if err == nil && wait > 0 {
		return tooMany(wait)
	}
	return err
}

// RegisterLink is where somebody with a ticket of an invitation makes an account.
func (c *Component) RegisterLink(ticket string) string {
	return c.Link(registerPath + "?ticket=" + url.QueryEscape(ticket))
}

// Extend adds what e knows. Call it from a constructor.
func (c *Component) Extend(e Extension) { c.extensions = append(c.extensions, e) }

// Find returns the user with the address, or a refusal.
func (c *Component) Find(ctx context.Context, email string) (User, error) {
	email, err := ParseEmail(email)
	if err != nil {
		return User{}, err
	}
	row, err := c.store.userByEmail(ctx, email)
	if err != nil {
		return User{}, err
	}
	return row.User, nil
}

// Get returns the user with the identifier, or a refusal.
func (c *Component) Get(ctx context.Context, id string) (User, error) {
	row, err := c.store.userByID(ctx, id)
	if err != nil {
		return User{}, err
	}
	return row.User, nil
}

// Users returns those that narrow leaves, by address. In its query they are u.
func (c *Component) Users(ctx context.Context, narrow func(*bun.SelectQuery) *bun.SelectQuery, page database.Page) (database.PageOf[User], error) {
	rows, err := database.List[userRow](ctx, narrow(c.store.db.Read().NewSelect().Model((*userRow)(nil)).Order("email")), page)
	return pageOf(rows, func(u userRow) User { return u.User }), err
}

// SetAdmin makes the user an administrator, or a user like others, as r asks for;
// without r a command does. Nobody stops being one by their own doing.
func (c *Component) SetAdmin(ctx context.Context, r *http.Request, userID string, admin bool) error {
	if user, err := c.Get(ctx, userID); err != nil || user.Admin == admin {
		return err
	}
	name := "revoke-admin"
	if admin {
		name = "grant-admin"
	}
	i := slices.IndexFunc(deeds, func(d deed) bool { return d.name == name })
	return c.act(ctx, c.clientOf(r), deeds[i], userID)
}

// Record notes in the audit log what happened to a user, as r asked for; without
// r a command did.
func (c *Component) Record(ctx context.Context, r *http.Request, userID, what, detail string) {
	c.record(ctx, event(what), userID, c.clientOf(r), detail)
}

func (c *Component) clientOf(r *http.Request) client {
	if r == nil {
		return atShell
	}
	return c.client(r)
}

// Refusal returns an error that tells whoever asks why something is not done:
// pages show it, and operations that return it as a Problem answer with it.
func Refusal(status int, text string) error { return &refusal{status: status, text: text} }
