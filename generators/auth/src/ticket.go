package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// purpose is what a ticket is good for.
type purpose string

const (
	toVerify purpose = "verify" // an address, from a mail to it
	toReset  purpose = "reset"  // a password, from a mail
	toMove   purpose = "move"   // to the address that it was mailed to
	toFinish purpose = "finish" // a sign-in, with a code
)

// lifetimes are how long tickets are good.
var lifetimes = map[purpose]time.Duration{toVerify: 24 * time.Hour, toReset: time.Hour, toMove: time.Hour, toFinish: 5 * time.Minute}

// ticketRow is what can be used once.
type ticketRow struct {
	bun.BaseModel `bun:"table:auth_tickets"`

	Secret    string `bun:",pk"` // digest
	UserID    string
	Purpose   purpose
	Email     string // the address to move to; empty: it is about the user's own
	ExpiresAt millis
}

// issue returns a new ticket, with the address to move to if it is for that. Those
// before it are worth nothing from now on.
func (s store) issue(ctx context.Context, userID string, p purpose, email string) (string, error) {
	secret := rand.Text()
	row := &ticketRow{Secret: Digest(secret), UserID: userID, Purpose: p, Email: email, ExpiresAt: millisOf(s.now().Add(lifetimes[p]))}
	err := s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := s.void(ctx, tx, userID, p); err != nil {
			return err
		}
		_, err := tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	return secret, err
}

// void makes the user's tickets for a purpose worth nothing.
func (s store) void(ctx context.Context, db bun.IDB, userID string, p purpose) error {
	_, err := db.NewDelete().Model((*ticketRow)(nil)).Where("user_id = ?", userID).Where("purpose = ?", p).Exec(ctx)
	return err
}

// holder returns whose ticket it is, or errTicket. The ticket stays good.
func (s store) holder(ctx context.Context, secret string, p purpose) (*userRow, error) {
	user := new(userRow)
	err := s.db.DB().NewSelect().Model(user).
		Join("JOIN auth_tickets AS t ON t.user_id = u.id").
		Where("t.secret = ?", Digest(secret)).Where("t.purpose = ?", p).Where("t.expires_at > ?", millisOf(s.now())).
		Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errTicket
	}
	if err != nil {
		return nil, err
	}
	return user, nil
}

// redeem uses the user's ticket up and returns its address, or errTicket: of those
// who come at the same time, one succeeds.
func (s store) redeem(ctx context.Context, db bun.IDB, userID, secret string, p purpose) (email string, err error) {
	_, err = db.NewDelete().Model((*ticketRow)(nil)).Where("secret = ?", Digest(secret)).Where("user_id = ?", userID).
		Where("purpose = ?", p).Where("expires_at > ?", millisOf(s.now())).Returning("email").Exec(ctx, &email)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errTicket
	}
	return email, err
}

// endAll ends what the user has begun: tickets, and sessions except for one.
func (s store) endAll(ctx context.Context, db bun.IDB, userID, except string) error {
	if _, err := db.NewDelete().Model((*ticketRow)(nil)).Where("user_id = ?", userID).Exec(ctx); err != nil {
		return err
	}
	_, err := s.end(ctx, db, userID, "", except)
	return err
}
