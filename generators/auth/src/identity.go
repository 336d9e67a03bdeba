package auth

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

// identityRow is an account at a provider, by which a user signs in.
type identityRow struct {
	bun.BaseModel `bun:"table:auth_identities"`

	Issuer, Subject, UserID string
	CreatedAt               millis
}

// userOf returns the user of an account at the provider. One that is new becomes
// that of the user with the same address, or of a new one, if the provider vouches
// for the address.
func (c *Component) userOf(ctx context.Context, from client, p *provider, identity oidc.Identity) (*userRow, error) {
	user, err := c.store.userByIdentity(ctx, identity)
	if errors.Is(err, errNoUser) {
		user, err = c.adopt(ctx, from, p, identity)
	}
	if err == nil && user.DisabledAt != 0 {
		return nil, errDisabled
	}
	return user, err
}

func (c *Component) adopt(ctx context.Context, from client, p *provider, identity oidc.Identity) (*userRow, error) {
	email, err := ParseEmail(identity.Email)
	if err != nil || !identity.EmailVerified {
		return nil, errProviderAt
	}
	user, err := c.store.userByEmail(ctx, email)
	switch {
	case errors.Is(err, errNoUser):
		if err := c.mayRegister(ctx, email, ""); err != nil {
			return nil, err
		}
		user = &userRow{User: User{Email: email}, VerifiedAt: millisOf(c.now())}
		if user.Name, err = ParseName(identity.Name); err != nil {
			user.Name = email
		}
		if err = c.store.addUser(ctx, user); err == nil {
			c.record(ctx, registered, user.ID, from, p.config.Name)
		}
	case err == nil && user.VerifiedAt == 0:
		// Whoever registered with the address has not shown that it is theirs.
		user.Password, user.VerifiedAt = "", millisOf(c.now())
		err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
			return c.setPassword(ctx, tx, user, "")
		})
	}
	if err != nil {
		return nil, err
	}
	return user, c.linkIdentity(ctx, from, p, user, identity)
}

// linkTo has an account at the provider sign in who is signed in.
func (c *Component) linkTo(ctx context.Context, from client, v visit, p *provider, identity oidc.Identity) error {
	switch user, err := c.store.userByIdentity(ctx, identity); {
	case err == nil && user.ID == v.user.ID:
		return nil
	case err == nil:
		return errLinked
	case !errors.Is(err, errNoUser):
		return err
	}
	return c.linkIdentity(ctx, from, p, &v.user, identity)
}

func (c *Component) linkIdentity(ctx context.Context, from client, p *provider, user *userRow, identity oidc.Identity) error {
	row := &identityRow{Issuer: identity.Issuer, Subject: identity.Subject, UserID: user.ID, CreatedAt: millisOf(c.now())}
	result, err := c.store.db.DB().NewInsert().Model(row).On("CONFLICT (issuer, subject) DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errLinked, err)
	}
	c.record(ctx, identityLinked, user.ID, from, p.config.Name)
	c.tell(ctx, user, "An account at "+p.config.Name+" was linked to yours, and signs in to it from now on")
	return nil
}

// unlink has accounts at the provider not sign the user in any more, and ends all
// other sessions: some may have begun there. There has to be another way in.
func (c *Component) unlink(ctx context.Context, from client, v visit, p *provider, password string) error {
	if err := c.confirm(ctx, from, v, password); err != nil {
		return err
	}
	err := c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*identityRow)(nil)).Where("user_id = ?", v.user.ID).Where("issuer = ?", string(p.config.Issuer)).Exec(ctx)
		if err != nil {
			return err
		}
		left, err := c.store.identities(ctx, tx, v.user.ID)
		if err != nil {
			return err
		}
		if v.user.Password == "" && !slices.ContainsFunc(c.providers, func(p *provider) bool { return p.client != nil && p.in(left) }) {
			return errLastWay
		}
		_, err = c.store.end(ctx, tx, v.user.ID, "", v.session.ID)
		return err
	})
	if err != nil {
		return err
	}
	c.record(ctx, identityUnlinked, v.user.ID, from, p.config.Name)
	c.tell(ctx, &v.user, "Your account at "+p.config.Name+" does not sign in to yours any more")
	return nil
}

// in says whether one of the identities is an account at the provider.
func (p *provider) in(identities []identityRow) bool {
	return slices.ContainsFunc(identities, func(i identityRow) bool { return i.Issuer == string(p.config.Issuer) })
}

// identities returns the accounts at providers that the user signs in by.
func (s store) identities(ctx context.Context, db bun.IDB, userID string) ([]identityRow, error) {
	var rows []identityRow
	return rows, db.NewSelect().Model(&rows).Where("user_id = ?", userID).Order("issuer", "subject").Scan(ctx)
}

func (s store) userByIdentity(ctx context.Context, identity oidc.Identity) (*userRow, error) {
	user := new(userRow)
	err := s.db.Read().NewSelect().Model(user).Join("JOIN auth_identities AS i ON i.user_id = u.id").
		Where("i.issuer = ?", identity.Issuer).Where("i.subject = ?", identity.Subject).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoUser
	}
	if err != nil {
		return nil, err
	}
	return user, nil
}
