package auth

import (
	"context"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src/totp"
)

// factorUse is what keys of second factors are sealed for; the identifier of the
// user follows.
const factorUse = "second factor "

// pendingUse is for keys that nobody has shown a code of yet.
const pendingUse = "second factor to be "

type recoveryRow struct {
	bun.BaseModel `bun:"table:auth_recovery_codes"`

	UserID string
	Hash   string
}

// newFactor is a second factor that is not in force yet.
type newFactor struct {
	Key     string `json:"key" doc:"What an authenticator is told by hand"`
	URL     string `json:"url" doc:"The same as what a QR code holds"`
	Pending string `json:"pending" doc:"Sent back with the first code"`
}

// offerFactor returns a second factor for who is signed in: the one that is pending,
// which an authenticator may know already, or a new one. It is nowhere but in the
// answer, sealed for this user.
func (c *Component) offerFactor(v visit, pending string) *newFactor {
	secret := totp.NewSecret()
	if known, err := c.box.Open(pending, pendingUse+v.user.ID); err == nil {
		secret = string(known)
	}
	return &newFactor{
		Key: secret, URL: totp.URL(c.app.Name, v.user.Email, secret), Pending: c.box.Seal([]byte(secret), pendingUse+v.user.ID),
	}
}

// addFactor puts a second factor in force, of which the user shows a code, and
// returns the recovery codes. Where there is one already, a code of that is needed,
// too. It ends all other sessions: they had one factor.
func (c *Component) addFactor(ctx context.Context, from client, v visit, password, pending, code, current string) ([]string, error) {
	if err := c.confirm(ctx, from, v, password); err != nil {
		return nil, err
	}
	secret, err := c.box.Open(pending, pendingUse+v.user.ID)
	if err != nil {
		return nil, errTicket
	}
	step, ok, err := totp.Verify(string(secret), code, c.now(), 0)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, errCode
	}
	if err := c.confirmFactor(ctx, from, v, current); err != nil {
		return nil, err
	}
	codes := totp.NewRecoveryCodes()
	rows := make([]recoveryRow, len(codes))
	for i, code := range codes {
		rows[i] = recoveryRow{UserID: v.user.ID, Hash: totp.Digest(code)}
	}
	v.user.TOTPKey, v.user.TOTPStep = c.box.Seal(secret, factorUse+v.user.ID), step
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := c.store.setUser(ctx, tx, &v.user, "totp_key", "totp_step"); err != nil {
			return err
		}
		if err := c.store.forgetCodes(ctx, tx, v.user.ID); err != nil {
			return err
		}
		if _, err := tx.NewInsert().Model(&rows).Exec(ctx); err != nil {
			return err
		}
		_, err := c.store.end(ctx, tx, v.user.ID, "", v.session.ID)
		return err
	})
	if err != nil {
		return nil, err
	}
	c.record(ctx, factorAdded, v.user.ID, from, "")
	c.tell(ctx, &v.user, "A second factor was added to your account")
	return codes, nil
}

// removeFactor lets the user sign in with the password alone.
func (c *Component) removeFactor(ctx context.Context, from client, v visit, password, code string) error {
	if err := c.confirm(ctx, from, v, password); err != nil {
		return err
	}
	if v.user.TOTPKey == "" {
		return nil
	}
	if err := c.confirmFactor(ctx, from, v, code); err != nil {
		return err
	}
	if err := c.dropFactor(ctx, &v.user); err != nil {
		return err
	}
	c.record(ctx, factorRemoved, v.user.ID, from, "")
	c.tell(ctx, &v.user, "The second factor of your account was removed")
	return nil
}

func (c *Component) dropFactor(ctx context.Context, user *userRow) error {
	user.TOTPKey, user.TOTPStep = "", 0
	return c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := c.store.setUser(ctx, tx, user, "totp_key", "totp_step"); err != nil {
			return err
		}
		return c.store.forgetCodes(ctx, tx, user.ID)
	})
}

func (s store) forgetCodes(ctx context.Context, db bun.IDB, userID string) error {
	_, err := db.NewDelete().Model((*recoveryRow)(nil)).Where("user_id = ?", userID).Exec(ctx)
	return err
}

// useRecoveryCode uses the code up, and says whether it was one of the user's.
func (s store) useRecoveryCode(ctx context.Context, userID, code string) (bool, error) {
	result, err := s.db.DB().NewDelete().Model((*recoveryRow)(nil)).
		Where("user_id = ?", userID).Where("hash = ?", totp.Digest(code)).Exec(ctx)
	if err != nil {
		return false, err
	}
	n, err := result.RowsAffected()
	return n > 0, err
}

// codesLeft counts the recovery codes that the user has.
func (s store) codesLeft(ctx context.Context, userID string) (int64, error) {
	return s.db.Read().NewSelect().Model((*recoveryRow)(nil)).Where("user_id = ?", userID).Count(ctx)
}
