package auth

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/uptrace/bun"
)

// kind is what is signed in.
type kind string

const (
	browser kind = "browser"
	program kind = "program"
)

// Session is one sign-in of a user.
type Session struct {
	ID      string    `json:"id"`
	Kind    kind      `json:"kind" enum:"browser,program"`
	Address string    `json:"address" doc:"Where it began"`
	Agent   string    `json:"agent" doc:"What the browser or program called itself"`
	Created time.Time `json:"created"`
	Seen    time.Time `json:"seen" doc:"When it was last used, to the minute"`
	Current bool      `json:"current" doc:"Whether it is the one that asks"`
}

type sessionRow struct {
	bun.BaseModel `bun:"table:auth_sessions,alias:s"`

	ID        string `bun:",pk"`
	UserID    string
	Kind      kind
	Secret    string // digest
	Address   string
	Agent     string
	CreatedAt millis
	SeenAt    millis
	ExpiresAt millis
}

// refreshRow is a refresh token, used or not.
type refreshRow struct {
	bun.BaseModel `bun:"table:auth_refresh_tokens"`

	Secret    string `bun:",pk"` // digest
	SessionID string
	UsedAt    millis
}

// noted is how exactly it is noted when a session was used: a write for each
// request would be dear.
const noted = time.Minute

// longestAgent is how much is kept of what browsers say they are.
const longestAgent = 200

// client is who sends a request, as far as it can be told.
type client struct{ address, agent string }

func (c *Component) client(r *http.Request) client {
	agent := []rune(r.UserAgent())
	return client{c.backend.ClientOf(r).String(), string(agent[:min(len(agent), longestAgent)])}
}

// begin returns a session of the user, and the secret that shows it. It refuses if
// what the user has shown is not what it takes any more: when that was changed, all
// sessions ended, and this one was under way.
func (s store) begin(ctx context.Context, user *userRow, k kind, from client, lifetime time.Duration) (*sessionRow, string, error) {
	now := s.now()
	secret := rand.Text()
	row := &sessionRow{
		ID: NewID(), UserID: user.ID, Kind: k, Secret: Digest(secret), Address: from.address, Agent: from.agent,
		CreatedAt: millisOf(now), SeenAt: millisOf(now), ExpiresAt: millisOf(now.Add(lifetime)),
	}
	err := s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		same, err := tx.NewSelect().Model((*userRow)(nil)).Where("id = ?", user.ID).
			Where("password = ?", user.Password).Where("totp_key = ?", user.TOTPKey).Where("disabled_at = 0").Exists(ctx)
		if err != nil {
			return err
		}
		if !same {
			return errCredentials
		}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	return row, secret, err
}

// find returns the session whose column has the value, and whose it is. It is
// nil if there is none, if it has ended, or if the user may not sign in.
func (s store) find(ctx context.Context, column, value string, k kind, idle time.Duration) (*sessionRow, *userRow, error) {
	now := s.now()
	session, user := new(sessionRow), new(userRow)
	err := s.db.Read().NewSelect().Model(session).Where("? = ?", bun.Ident(column), value).Where("kind = ?", k).
		Where("expires_at > ?", millisOf(now)).Where("seen_at > ?", millisOf(now.Add(-idle))).Scan(ctx)
	if err == nil {
		err = s.db.Read().NewSelect().Model(user).Where("id = ?", session.UserID).Where("disabled_at = 0").Scan(ctx)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if now.Sub(session.SeenAt.time()) > noted {
		session.SeenAt = millisOf(now)
		if _, err := s.db.DB().NewUpdate().Model(session).Column("seen_at").WherePK().Exec(ctx); err != nil {
			// Who is signed in stays so while nothing can be written.
			s.log.WarnContext(ctx, "could not note that a session was used", "error", err)
		}
	}
	return session, user, nil
}

// sessions returns those of the user that go on, the last used first.
func (s store) sessions(ctx context.Context, userID string, idle time.Duration) ([]Session, error) {
	var rows []sessionRow
	now := s.now()
	err := s.db.Read().NewSelect().Model(&rows).Where("user_id = ?", userID).
		Where("expires_at > ?", millisOf(now)).Where("seen_at > ?", millisOf(now.Add(-idle))).
		Order("seen_at DESC", "id").Scan(ctx)
	list := make([]Session, len(rows))
	for i, row := range rows {
		list[i] = Session{
			ID: row.ID, Kind: row.Kind, Address: row.Address, Agent: row.Agent,
			Created: row.CreatedAt.time(), Seen: row.SeenAt.time(),
		}
	}
	return list, err
}

// end ends a session of the user, or all of them but one if id is empty, and
// says how many.
func (s store) end(ctx context.Context, db bun.IDB, userID, id, except string) (int64, error) {
	query := db.NewDelete().Model((*sessionRow)(nil)).Where("user_id = ?", userID).Where("id <> ?", except)
	if id != "" {
		query = query.Where("id = ?", id)
	}
	result, err := query.Exec(ctx)
	if err != nil {
		return 0, err
	}
	return result.RowsAffected()
}

// grantRefresh returns a refresh token of the session.
func (s store) grantRefresh(ctx context.Context, db bun.IDB, sessionID string) (string, error) {
	secret := rand.Text()
	_, err := db.NewInsert().Model(&refreshRow{Secret: Digest(secret), SessionID: sessionID}).Exec(ctx)
	return secret, err
}

// rotate uses a refresh token up and returns the session with the next one. A
// token that was used before is in the hands of two: the session ends for both,
// and stolen is whose it was.
func (s store) rotate(ctx context.Context, secret string) (sessionID, next, stolen string, err error) {
	err = s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		sessionID, next, stolen = "", "", ""
		row := new(refreshRow)
		err := tx.NewSelect().Model(row).Where("secret = ?", Digest(secret)).Scan(ctx)
		if errors.Is(err, sql.ErrNoRows) {
			return errRefresh
		}
		if err != nil {
			return err
		}
		row.UsedAt = millisOf(s.now())
		used, err := tx.NewUpdate().Model(row).Column("used_at").Where("secret = ?", row.Secret).Where("used_at = 0").Exec(ctx)
		if err != nil {
			return err
		}
		if n, err := used.RowsAffected(); err != nil {
			return err
		} else if n == 0 {
			_, err := tx.NewDelete().Model((*sessionRow)(nil)).Where("id = ?", row.SessionID).Returning("user_id").Exec(ctx, &stolen)
			if errors.Is(err, sql.ErrNoRows) {
				return nil // a third one, at the same time
			}
			return err
		}
		sessionID = row.SessionID
		next, err = s.grantRefresh(ctx, tx, sessionID)
		return err
	})
	return sessionID, next, stolen, err
}
