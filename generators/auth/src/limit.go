package auth

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"
)

// Limiter counts attempts, for all processes together.
type Limiter interface {
	// Take takes one of the attempts that limit grants the key, and returns 0. If
	// there is none left, it returns how long to wait for the next one. Of those
	// who come at the same time, no more get one than there are.
	Take(ctx context.Context, key string, limit Limit) (time.Duration, error)
	// Forget gives the key all its attempts back.
	Forget(ctx context.Context, key string) error
}

// Limit is how much may be tried: Burst at once, and one more after each Every.
type Limit struct {
	Every time.Duration
	Burst int
}

var (
	// addressLimit is for what one address may try: an office may share one.
	addressLimit = Limit{Every: 6 * time.Second, Burst: 50}
	// mailLimit is for mail to one mailbox.
	mailLimit = Limit{Every: 10 * time.Minute, Burst: 3}
)

// accountLimit is for wrong passwords and codes of one account.
func (c *Component) accountLimit() Limit {
	return Limit{Every: c.config.Lockout / time.Duration(c.config.Attempts), Burst: c.config.Attempts}
}

// attempt counts an attempt of the client, and at the account if that is known.
// The key of an account is made of what somebody has typed, so that it says
// nothing about whether there is such an account.
func (c *Component) attempt(ctx context.Context, from client, account string) error {
	wait, err := c.limiter.Take(ctx, "address "+from.address, addressLimit)
	if err == nil && wait == 0 && account != "" {
		wait, err = c.limiter.Take(ctx, account, c.accountLimit())
	}
	if err != nil {
		return err
	}
	if wait > 0 {
		c.refused.Add(1)
		return tooMany(wait)
	}
	return nil
}

// accountKey is what attempts with an address are counted under.
func accountKey(email string) string { return "account " + Digest(email) }

// limitRow is what is left of attempts: the generic cell rate algorithm.
type limitRow struct {
	bun.BaseModel `bun:"table:auth_limits,alias:l"`

	Name   string `bun:",pk"`
	FullAt millis // when all are there again
}

// Take implements Limiter in one statement, so that nobody comes in between.
func (s store) Take(ctx context.Context, key string, limit Limit) (time.Duration, error) {
	now, every := millisOf(s.now()), millis(limit.Every.Milliseconds())
	row := &limitRow{Name: key, FullAt: now + every}
	result, err := s.db.DB().NewInsert().Model(row).
		On("CONFLICT (name) DO UPDATE").
		Set("full_at = CASE WHEN l.full_at > ? THEN l.full_at ELSE ? END + ?", now, now, every).
		Where("l.full_at <= ?", now+every*millis(limit.Burst-1)).
		Exec(ctx)
	if err != nil {
		return 0, err
	}
	if n, err := result.RowsAffected(); err != nil || n > 0 {
		return 0, err
	}
	err = s.db.DB().NewSelect().Model(row).WherePK().Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Millisecond, nil // forgotten meanwhile
	}
	wait := time.Duration(row.FullAt-now-every*millis(limit.Burst-1)) * time.Millisecond
	return max(wait, time.Millisecond), err
}

// Forget implements Limiter.
func (s store) Forget(ctx context.Context, key string) error {
	_, err := s.db.DB().NewDelete().Model((*limitRow)(nil)).Where("name = ?", key).Exec(ctx)
	return err
}
