package auth

import (
	"context"
	"errors"
	"net/http"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src/password"
	"github.com/aegis-stack/aegis/generators/mail/src"
)

// register makes an account that waits for its address to be confirmed. What is
// returned, and how long it takes, is the same whether there is an account with
// the address; its owner is told by mail. The ticket, which may be empty, is that
// of an invitation.
func (c *Component) register(ctx context.Context, from client, ticket, email, name, text string) error {
	if ticket == "" && !c.config.Registration {
		return errClosed
	}
	if err := c.attempt(ctx, from, ""); err != nil {
		return err
	}
	email, err := ParseEmail(email)
	if err != nil {
		return err
	}
	if err := c.mayRegister(ctx, email, ticket); err != nil {
		return err
	}
	user, err := c.newUser(ctx, email, name, text)
	if err != nil {
		return err
	}
	err = c.store.addUser(ctx, user)
	added := err == nil
	if err != nil && !errors.Is(err, errTaken) {
		return err
	}
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) {
		if added {
			c.record(ctx, registered, user.ID, from, "")
		}
		return c.welcome(ctx, user)
	})
	return nil
}

// newUser checks what somebody has chosen.
func (c *Component) newUser(ctx context.Context, email, name, text string) (*userRow, error) {
	email, err := ParseEmail(email)
	if err != nil {
		return nil, err
	}
	if name, err = ParseName(name); err != nil {
		return nil, err
	}
	user := &userRow{User: User{Email: email, Name: name}}
	user.Password, err = c.hash(ctx, text, user)
	return user, err
}

// hash returns that of a password that somebody has chosen, or a refusal of it.
func (c *Component) hash(ctx context.Context, text string, user *userRow) (string, error) {
	if err := password.Check(text, user.Email, user.Name, c.app.Name); err != nil {
		return "", &refusal{status: http.StatusUnprocessableEntity, text: err.Error()}
	}
	return c.passwords.Hash(ctx, text)
}

// welcome returns what to write to somebody who has registered. An account whose
// address was never confirmed becomes that of the last one who registered: the
// others could not use it, and must not be able to once it is confirmed.
func (c *Component) welcome(ctx context.Context, user *userRow) (*mail.Message, error) {
	if !c.mayWrite(ctx, user.Email) {
		return nil, nil
	}
	known, err := c.store.userByEmail(ctx, user.Email)
	if err != nil {
		return nil, err
	}
	if known.VerifiedAt != 0 {
		return c.knownMail(known), nil
	}
	known.Name, known.Password = user.Name, user.Password
	var ticket string
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model(known).Column("name", "password").Where("id = ?", known.ID).Where("verified_at = 0").Exec(ctx)
		if err != nil {
			return err
		}
		ticket, err = c.store.issue(ctx, known.ID, toVerify, "")
		return err
	})
	return c.verifyMail(known, ticket), err
}

// mayWrite says whether another mail to the address would not be too much.
func (c *Component) mayWrite(ctx context.Context, email string) bool {
	wait, err := c.limiter.Take(ctx, "mail "+Digest(email), mailLimit)
	return err == nil && wait == 0
}

// askToVerify sends the mail to confirm an address again.
func (c *Component) askToVerify(ctx context.Context, email string) {
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) {
		if !c.mayWrite(ctx, email) {
			return nil, nil
		}
		user, err := c.store.userByEmail(ctx, email)
		if err != nil || user.VerifiedAt != 0 {
			return nil, err
		}
		ticket, err := c.store.issue(ctx, user.ID, toVerify, "")
		return c.verifyMail(user, ticket), err
	})
}

// verify confirms the address that a ticket was sent to. The password has to be
// shown with it: otherwise somebody could register with an address that is not
// theirs, and its owner, who follows the link, would open the account to them.
func (c *Component) verify(ctx context.Context, from client, ticket, text string) (*userRow, error) {
	if err := c.attempt(ctx, from, "ticket "+Digest(ticket)); err != nil {
		return nil, err
	}
	user, err := c.store.holder(ctx, ticket, toVerify)
	if err != nil {
		return nil, err
	}
	right, err := c.verifyPassword(ctx, user, text)
	if err != nil {
		return nil, err
	}
	if !right {
		c.refused.Add(1)
		return nil, errPassword
	}
	if user.DisabledAt != 0 {
		return nil, errDisabled
	}
	user.VerifiedAt = millisOf(c.now())
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := c.store.redeem(ctx, tx, user.ID, ticket, toVerify); err != nil {
			return err
		}
		return c.store.setUser(ctx, tx, user, "verified_at")
	})
	if err != nil {
		return nil, err
	}
	c.record(ctx, verified, user.ID, from, "")
	return user, nil
}

// forgot sends a link to choose a new password, if there is an account with the
// address. Nobody is told whether there is.
func (c *Component) forgot(ctx context.Context, from client, email string) error {
	email, err := ParseEmail(email)
	if err != nil {
		return err
	}
	if err := c.attempt(ctx, from, ""); err != nil {
		return err
	}
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) {
		if !c.mayWrite(ctx, email) {
			return nil, nil
		}
		user, err := c.store.userByEmail(ctx, email)
		if errors.Is(err, errNoUser) {
			return nil, nil
		}
		if err != nil {
			return nil, err
		}
		c.record(ctx, resetAsked, user.ID, from, "")
		return c.offerReset(ctx, user)
	})
	return nil
}

func (c *Component) offerReset(ctx context.Context, user *userRow) (*mail.Message, error) {
	ticket, err := c.store.issue(ctx, user.ID, toReset, "")
	return c.resetMail(user, ticket), err
}

// reset changes the password of whom the ticket was sent to, whose address is
// confirmed by that. All sessions end: they may be those of somebody else.
func (c *Component) reset(ctx context.Context, from client, ticket, text string) error {
	if err := c.attempt(ctx, from, ""); err != nil {
		return err
	}
	user, err := c.store.holder(ctx, ticket, toReset)
	if err != nil {
		return err
	}
	if user.Password, err = c.hash(ctx, text, user); err != nil {
		return err
	}
	if user.VerifiedAt == 0 {
		user.VerifiedAt = millisOf(c.now())
	}
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if _, err := c.store.redeem(ctx, tx, user.ID, ticket, toReset); err != nil {
			return err
		}
		return c.setPassword(ctx, tx, user, "")
	})
	if err != nil {
		return err
	}
	c.record(ctx, passwordReset, user.ID, from, "")
	c.tell(ctx, user, "The password of your account was chosen anew")
	return c.limiter.Forget(ctx, accountKey(user.Email))
}

// setPassword writes the password of the user, and ends all that was begun
// with another: sessions, except for one, and tickets.
func (c *Component) setPassword(ctx context.Context, tx bun.Tx, user *userRow, except string) error {
	if err := c.store.setUser(ctx, tx, user, "password", "verified_at"); err != nil {
		return err
	}
	return c.store.endAll(ctx, tx, user.ID, except)
}

// tell writes to the user what was done.
func (c *Component) tell(ctx context.Context, user *userRow, what string) {
	c.post.later(ctx, func(context.Context) (*mail.Message, error) { return c.changedMail(user, what), nil })
}
