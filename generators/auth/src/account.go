package auth

import (
	"context"

	"github.com/uptrace/bun"
)

// Each change of an account that could lock its owner out, or let others in,
// asks for the password again: a session may be that of a borrowed machine.

// confirm says whether who is signed in knows the password. Wrong ones count
// like those at the sign-in. Users of a provider have none: their sign-in has to
// be a fresh one.
func (c *Component) confirm(ctx context.Context, from client, v visit, password string) error {
	if v.user.Password == "" {
		if c.now().Sub(v.session.CreatedAt.time()) > lifetimes[toFinish] {
			return errPasswordNew
		}
		return nil
	}
	if err := c.attempt(ctx, from, accountKey(v.user.Email)); err != nil {
		return err
	}
	right, err := c.verifyPassword(ctx, &v.user, password)
	if err != nil {
		return err
	}
	if !right {
		c.refused.Add(1)
		c.record(ctx, signInFailed, v.user.ID, from, "to confirm a change")
		return errPassword
	}
	return c.limiter.Forget(ctx, accountKey(v.user.Email))
}

// confirmFactor asks for the second factor as well, if there is one.
func (c *Component) confirmFactor(ctx context.Context, from client, v visit, code string) error {
	if v.user.TOTPKey == "" {
		return nil
	}
	if code == "" {
		return errNeedCode
	}
	return c.checkCode(ctx, from, &v.user, code)
}

// rename changes the name of the user.
func (c *Component) rename(ctx context.Context, from client, v visit, name string) (User, error) {
	name, err := ParseName(name)
	if err != nil {
		return User{}, err
	}
	v.user.Name = name
	if err := c.store.setUser(ctx, c.store.db.DB(), &v.user, "name"); err != nil {
		return User{}, err
	}
	c.record(ctx, profileChanged, v.user.ID, from, "")
	return v.user.User, nil
}

// changePassword changes it, and ends all sessions but the one that asks.
func (c *Component) changePassword(ctx context.Context, from client, v visit, current, next string) error {
	if err := c.confirm(ctx, from, v, current); err != nil {
		return err
	}
	var err error
	if v.user.Password, err = c.hash(ctx, next, &v.user); err != nil {
		return err
	}
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		return c.setPassword(ctx, tx, &v.user, v.session.ID)
	})
	if err != nil {
		return err
	}
	c.record(ctx, passwordChanged, v.user.ID, from, "")
	c.tell(ctx, &v.user, "The password of your account was changed")
	return nil
}

// deleteAccount deletes all that is known of the user. The audit log goes on to
// say that somebody was there, with an identifier that leads nowhere.
func (c *Component) deleteAccount(ctx context.Context, from client, v visit, password string) error {
	if err := c.confirm(ctx, from, v, password); err != nil {
		return err
	}
	if err := c.mayGo(ctx, v.user.User); err != nil {
		return err
	}
	if err := c.store.deleteUser(ctx, v.user.ID); err != nil {
		return err
	}
	c.record(ctx, userDeleted, v.user.ID, from, "")
	c.tell(ctx, &v.user, "Your account was deleted")
	return nil
}

// endSession ends one of the user's sessions, or all but the one that asks if
// id is empty.
func (c *Component) endSession(ctx context.Context, from client, v visit, id string) error {
	except := ""
	if id == "" {
		except = v.session.ID
	}
	return c.endSessions(ctx, from, v.user.ID, id, except)
}

// endSessions ends a session of the user, or all of them but one if id is empty.
func (c *Component) endSessions(ctx context.Context, from client, userID, id, except string) error {
	n, err := c.store.end(ctx, c.store.db.DB(), userID, id, except)
	if err == nil && n > 0 {
		c.record(ctx, sessionsEnded, userID, from, "")
	}
	return err
}

// sessions returns those of who is signed in.
func (c *Component) sessions(ctx context.Context, v visit) ([]Session, error) {
	list, err := c.store.sessions(ctx, v.user.ID, c.config.SessionIdle)
	for i := range list {
		list[i].Current = list[i].ID == v.session.ID
	}
	return list, err
}
