package auth

import (
	"context"
	"errors"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/mail/src"
)

// askForAddress sends a link to the address that the user wants to have from now
// on. What is returned, and how long it takes, is the same whether somebody else
// has the address; that one is told by mail.
func (c *Component) askForAddress(ctx context.Context, from client, v visit, password, code, email string) error {
	email, err := ParseEmail(email)
	if err != nil {
		return err
	}
	if email == v.user.Email {
		return errSameEmail
	}
	if err := c.confirm(ctx, from, v, password); err != nil {
		return err
	}
	if err := c.confirmFactor(ctx, from, v, code); err != nil {
		return err
	}
	c.record(ctx, addressAsked, v.user.ID, from, "")
	c.tell(ctx, &v.user, "Somebody asked for the e-mail address of your account to become "+email)
	c.post.later(ctx, func(ctx context.Context) (*mail.Message, error) { return c.offerAddress(ctx, &v.user, email) })
	return nil
}

// offerAddress returns what to write to the address that the user wants to have.
func (c *Component) offerAddress(ctx context.Context, user *userRow, email string) (*mail.Message, error) {
	if !c.mayWrite(ctx, email) {
		return nil, nil
	}
	known, err := c.store.userByEmail(ctx, email)
	if err == nil && known.VerifiedAt != 0 {
		return c.takenMail(known), nil
	}
	if err != nil && !errors.Is(err, errNoUser) {
		return nil, err
	}
	ticket, err := c.store.issue(ctx, user.ID, toMove, email)
	return c.addressMail(email, ticket), err
}

// changeAddress gives the user the address that the ticket was sent to. Only the
// user can, signed in: if the address was misspelt, the link came to somebody
// else. All that was sent to the old address is worth nothing then, and all other
// sessions end.
func (c *Component) changeAddress(ctx context.Context, from client, v visit, ticket string) (User, error) {
	if err := c.attempt(ctx, from, ""); err != nil {
		return User{}, err
	}
	before := v.user
	err := c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		var err error
		if v.user.Email, err = c.store.redeem(ctx, tx, v.user.ID, ticket, toMove); err != nil {
			return err
		}
		if err := c.store.makeRoom(ctx, tx, v.user.Email); err != nil {
			return err
		}
		if err := c.store.setUser(ctx, tx, &v.user, "email"); err != nil {
			return err
		}
		return c.store.endAll(ctx, tx, v.user.ID, v.session.ID)
	})
	if err != nil {
		return User{}, err
	}
	c.record(ctx, addressChanged, v.user.ID, from, "")
	c.post.later(ctx, func(context.Context) (*mail.Message, error) { return c.leftMail(&before, v.user.Email), nil })
	return v.user.User, nil
}

// makeRoom takes the address from an account that nobody has ever confirmed: who
// registered it must not keep others from what is theirs. It is errTaken if the
// account is somebody's.
func (s store) makeRoom(ctx context.Context, tx bun.Tx, email string) error {
	_, err := tx.NewDelete().Model((*userRow)(nil)).Where("email = ?", email).Where("verified_at = 0").Where("disabled_at = 0").Exec(ctx)
	if err != nil {
		return err
	}
	_, err = s.user(ctx, tx, "email", email)
	if err == nil {
		return errTaken
	}
	if errors.Is(err, errNoUser) {
		return nil
	}
	return err
}
