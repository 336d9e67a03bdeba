package auth

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/mail/src"
)

// deed is what administrators do to a user.
type deed struct {
	label string
	// offered says for whom there is a button.
	offered func(userRow) bool
	do      func(*Component, context.Context, client, *userRow) error
}

// deeds are those that there are, on pages and on the command line.
var deeds = map[string]deed{
	"disable":        {"Disable", func(u userRow) bool { return u.DisabledAt == 0 }, (*Component).disable},
	"enable":         {"Enable", func(u userRow) bool { return u.DisabledAt != 0 }, (*Component).enable},
	"grant-admin":    {"Make administrator", func(u userRow) bool { return !u.Admin }, (*Component).grantAdmin},
	"revoke-admin":   {"No administrator any more", func(u userRow) bool { return u.Admin }, (*Component).revokeAdmin},
	"revoke":         {"Sign out everywhere", func(userRow) bool { return true }, (*Component).revoke},
	"reset-password": {"Send a link for a new password", func(userRow) bool { return true }, (*Component).sendReset},
	"remove-factor":  {"Remove the second factor", func(u userRow) bool { return u.TOTPKey != "" }, (*Component).removeFactorOf},
}

// deedOrder is how they are shown.
var deedOrder = []string{"disable", "enable", "grant-admin", "revoke-admin", "revoke", "reset-password", "remove-factor"}

// act does the deed to the user.
func (c *Component) act(ctx context.Context, from client, name, userID string) error {
	user, err := c.store.userByID(ctx, userID)
	if err != nil {
		return err
	}
	if self, ok := From(ctx); ok && self.ID == userID && (name == "disable" || name == "revoke-admin") {
		return errYourself
	}
	return deeds[name].do(c, ctx, from, user)
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
	user.Admin = true
	if err := c.setAndEnd(ctx, user, "admin"); err != nil {
		return err
	}
	c.record(ctx, adminGranted, user.ID, from, "")
	return nil
}

func (c *Component) revokeAdmin(ctx context.Context, from client, user *userRow) error {
	user.Admin = false
	if err := c.store.setUser(ctx, c.store.db.DB(), user, "admin"); err != nil {
		return err
	}
	c.record(ctx, adminRevoked, user.ID, from, "")
	return nil
}

func (c *Component) revoke(ctx context.Context, from client, user *userRow) error {
	if _, err := c.store.end(ctx, c.store.db.DB(), user.ID, "", ""); err != nil {
		return err
	}
	c.record(ctx, sessionsEnded, user.ID, from, "")
	return nil
}

func (c *Component) sendReset(ctx context.Context, from client, user *userRow) error {
	c.record(ctx, resetAsked, user.ID, from, "")
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) { return c.offerReset(ctx, user) })
	return nil
}

func (c *Component) removeFactorOf(ctx context.Context, from client, user *userRow) error {
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
