package auth

import (
	"cmp"
	"context"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/mail/src"
)

// Account is a user as administrators see one.
type Account struct {
	User

	Verified bool      `json:"verified" doc:"Whether the address is confirmed"`
	Disabled bool      `json:"disabled" doc:"Whether the user is kept from signing in"`
	Factor   bool      `json:"second_factor" doc:"Whether a second factor is asked for"`
	Created  time.Time `json:"created"`
}

func (u userRow) account() Account {
	return Account{u.User, u.VerifiedAt != 0, u.DisabledAt != 0, u.TOTPKey != "", u.CreatedAt.time()}
}

// deed is what administrators do to a user: in the API, on pages and on the
// command line.
type deed struct {
	name, summary string
	label         string // of the button
	// offered says for whom there is a button.
	offered func(userRow) bool
	// others is for what administrators cannot do to themselves.
	others bool
	do     func(*Component, context.Context, client, *userRow) error
}

// deeds are in the order in which they are shown.
var deeds = []deed{
	{
		name: "disable", summary: "Keep a user from signing in, and end all sessions", label: "Disable",
		offered: func(u userRow) bool { return u.DisabledAt == 0 }, others: true, do: (*Component).disable,
	},
	{
		name: "enable", summary: "Let a disabled user sign in again", label: "Enable",
		offered: func(u userRow) bool { return u.DisabledAt != 0 }, do: (*Component).enable,
	},
	{
		name: "grant-admin", summary: "Make a user an administrator", label: "Make administrator",
		offered: func(u userRow) bool { return !u.Admin }, do: (*Component).grantAdmin,
	},
	{
		name: "revoke-admin", summary: "Make an administrator a user like others", label: "No administrator any more",
		offered: func(u userRow) bool { return u.Admin }, others: true, do: (*Component).revokeAdmin,
	},
	{
		name: "revoke", summary: "End all sessions of a user", label: "Sign out everywhere",
		offered: func(userRow) bool { return true }, do: (*Component).revoke,
	},
	{
		name: "reset-password", summary: "Send a user a link to choose a new password", label: "Send a link for a new password",
		offered: func(userRow) bool { return true }, do: (*Component).sendReset,
	},
	{
		name: "remove-factor", summary: "Let a user sign in without the second factor, who has lost it", label: "Remove the second factor",
		offered: func(u userRow) bool { return u.TOTPKey != "" }, do: (*Component).removeFactorOf,
	},
}

// act does the deed to the user.
func (c *Component) act(ctx context.Context, from client, d deed, userID string) error {
	user, err := c.store.userByID(ctx, userID)
	if err != nil {
		return err
	}
	if self, ok := From(ctx); ok && self.ID == userID && d.others {
		return errYourself
	}
	return d.do(c, ctx, from, user)
}

// create makes a user whose address counts as confirmed. Without a name, that is
// the address; without a password, there is none to sign in with yet.
func (c *Component) create(ctx context.Context, from client, email, name string, admin bool, password string) (*userRow, error) {
	email, err := ParseEmail(email)
	if err != nil {
		return nil, err
	}
	if name, err = ParseName(cmp.Or(name, email)); err != nil {
		return nil, err
	}
	user := &userRow{User: User{Email: email, Name: name, Admin: admin}, VerifiedAt: millisOf(c.now())}
	if password != "" {
		if user.Password, err = c.hash(ctx, password, user); err != nil {
			return nil, err
		}
	}
	if err := c.store.addUser(ctx, user); err != nil {
		return nil, err
	}
	detail := ""
	if admin {
		detail = "administrator"
	}
	c.record(ctx, userCreated, user.ID, from, detail)
	return user, nil
}

// invite makes a user, who gets a mail to choose a password.
func (c *Component) invite(ctx context.Context, from client, email, name string, admin bool) (*userRow, error) {
	user, err := c.create(ctx, from, email, name, admin, "")
	if err != nil {
		return nil, err
	}
	return user, c.sendReset(ctx, from, user)
}

// sessionsOf returns where the user is signed in.
func (c *Component) sessionsOf(ctx context.Context, userID string) ([]Session, error) {
	user, err := c.store.userByID(ctx, userID)
	if err != nil {
		return nil, err
	}
	return c.store.sessions(ctx, user.ID, c.config.SessionIdle)
}

// endSessionOf ends one of the user's sessions.
func (c *Component) endSessionOf(ctx context.Context, from client, userID, id string) error {
	user, err := c.store.userByID(ctx, userID)
	if err != nil {
		return err
	}
	return c.endSessions(ctx, from, user.ID, id, "")
}

// disable keeps the user from signing in, and ends what goes on.
func (c *Component) disable(ctx context.Context, from client, user *userRow) error {
	if user.DisabledAt != 0 {
		return nil
	}
	user.DisabledAt = millisOf(c.now())
	if err := c.setAndEnd(ctx, user, "disabled_at"); err != nil {
		return err
	}
	c.record(ctx, userDisabled, user.ID, from, "")
	return nil
}

func (c *Component) enable(ctx context.Context, from client, user *userRow) error {
	if user.DisabledAt == 0 {
		return nil
	}
	user.DisabledAt = 0
	if err := c.store.setUser(ctx, c.store.db.DB(), user, "disabled_at"); err != nil {
		return err
	}
	c.record(ctx, userEnabled, user.ID, from, "")
	return nil
}

// grantAdmin has the user sign in again: sessions that somebody else has taken
// over before must not gain anything.
func (c *Component) grantAdmin(ctx context.Context, from client, user *userRow) error {
	if user.Admin {
		return nil
	}
	user.Admin = true
	if err := c.setAndEnd(ctx, user, "admin"); err != nil {
		return err
	}
	c.record(ctx, adminGranted, user.ID, from, "")
	return nil
}

func (c *Component) revokeAdmin(ctx context.Context, from client, user *userRow) error {
	if !user.Admin {
		return nil
	}
	user.Admin = false
	if err := c.store.setUser(ctx, c.store.db.DB(), user, "admin"); err != nil {
		return err
	}
	c.record(ctx, adminRevoked, user.ID, from, "")
	return nil
}

func (c *Component) revoke(ctx context.Context, from client, user *userRow) error {
	return c.endSessions(ctx, from, user.ID, "", "")
}

func (c *Component) sendReset(ctx context.Context, from client, user *userRow) error {
	c.record(ctx, resetAsked, user.ID, from, "")
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) { return c.offerReset(ctx, user) })
	return nil
}

func (c *Component) removeFactorOf(ctx context.Context, from client, user *userRow) error {
	if user.TOTPKey == "" {
		return nil
	}
	if err := c.dropFactor(ctx, user); err != nil {
		return err
	}
	c.record(ctx, factorRemoved, user.ID, from, "")
	c.tell(ctx, user, "An administrator removed the second factor of your account")
	return nil
}

// setAndEnd writes columns of the user and ends all sessions.
func (c *Component) setAndEnd(ctx context.Context, user *userRow, columns ...string) error {
	return c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := c.store.setUser(ctx, tx, user, columns...); err != nil {
			return err
		}
		_, err := c.store.end(ctx, tx, user.ID, "", "")
		return err
	})
}
