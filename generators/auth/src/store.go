package auth

import (
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"errors"
	"log/slog"
	"strings"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src/seal"
	"github.com/aegis-stack/aegis/generators/auth/src/token"
	"github.com/aegis-stack/aegis/generators/database/src"
)

// store has the queries of users, and of the keys of access tokens. Sessions,
// tickets, limits and the audit log have files of their own.
type store struct {
	db  *database.Component
	box *seal.Box
	log *slog.Logger
	now func() time.Time
}

// Digest is what the database holds of a secret that nobody could guess.
func Digest(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// user returns the one whose column has the value, or errNoUser.
func (s store) user(ctx context.Context, db bun.IDB, column, value string) (*userRow, error) {
	user := new(userRow)
	err := db.NewSelect().Model(user).Where("? = ?", bun.Ident(column), value).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNoUser
	}
	if err != nil {
		return nil, err
	}
	return user, nil
}

func (s store) userByID(ctx context.Context, id string) (*userRow, error) {
	return s.user(ctx, s.db.Read(), "id", id)
}

func (s store) userByEmail(ctx context.Context, email string) (*userRow, error) {
	return s.user(ctx, s.db.Read(), "email", email)
}

// addUser gives the user an identifier. If there is one with the address, it is
// errTaken.
func (s store) addUser(ctx context.Context, user *userRow) error {
	user.ID, user.CreatedAt = NewID(), millisOf(s.now())
	result, err := s.db.DB().NewInsert().Model(user).On("CONFLICT (email) DO NOTHING").Exec(ctx)
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(errTaken, err)
	}
	return nil
}

// setUser writes these columns of the user.
func (s store) setUser(ctx context.Context, db bun.IDB, user *userRow, columns ...string) error {
	_, err := db.NewUpdate().Model(user).Column(columns...).Where("id = ?", user.ID).Exec(ctx)
	return err
}

// replacePassword writes another hash of the user's password, and says whether that
// was still the user's.
func (s store) replacePassword(ctx context.Context, user *userRow, hash string) (bool, error) {
	result, err := s.db.DB().NewUpdate().Model((*userRow)(nil)).Set("password = ?", hash).
		Where("id = ?", user.ID).Where("password = ?", user.Password).Exec(ctx)
	if err != nil {
		return false, err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	user.Password = hash
	return true, nil
}

// deleteUser deletes all that is known of the user but what happened.
func (s store) deleteUser(ctx context.Context, id string) error {
	_, err := s.db.DB().NewDelete().Model((*userRow)(nil)).Where("id = ?", id).Exec(ctx)
	return err
}

func (s store) hasAdmin(ctx context.Context) (bool, error) {
	return s.db.Read().NewSelect().Model((*userRow)(nil)).Where("admin").Where("disabled_at = 0").Exists(ctx)
}

// likeEscaper has % and _ mean themselves.
var likeEscaper = strings.NewReplacer(`\`, `\\`, "%", `\%`, "_", `\_`)

// users returns those whose address or name has the text in it, by address.
func (s store) users(ctx context.Context, text string, page database.Page) (database.PageOf[userRow], error) {
	query := s.db.Read().NewSelect().Model((*userRow)(nil)).Order("email")
	if text != "" {
		pattern := "%" + likeEscaper.Replace(text) + "%"
		query = query.WhereGroup(" AND ", func(q *bun.SelectQuery) *bun.SelectQuery {
			return q.Where(`LOWER(email) LIKE LOWER(?) ESCAPE '\'`, pattern).WhereOr(`LOWER(name) LIKE LOWER(?) ESCAPE '\'`, pattern)
		})
	}
	return database.List[userRow](ctx, query, page)
}

// keyRow is a key of access tokens.
type keyRow struct {
	bun.BaseModel `bun:"table:auth_keys"`

	ID        string `bun:",pk"`
	Private   string // sealed
	CreatedAt millis
}

const keyUse = "access token key "

// Keys implements token.Store. What was sealed with another secret is left out:
// tokens of such a key are not valid any more.
func (s store) Keys(ctx context.Context, since time.Time) ([]token.Key, error) {
	var rows []keyRow
	if err := s.db.Read().NewSelect().Model(&rows).Where("created_at > ?", millisOf(since)).Scan(ctx); err != nil {
		return nil, err
	}
	var keys []token.Key
	for _, row := range rows {
		seed, err := s.box.Open(row.Private, keyUse+row.ID)
		if err != nil || len(seed) != ed25519.SeedSize {
			s.log.WarnContext(ctx, "a key of access tokens cannot be read", "key", row.ID, "error", err)
			continue
		}
		keys = append(keys, token.Key{ID: row.ID, Private: ed25519.NewKeyFromSeed(seed), Created: row.CreatedAt.time()})
	}
	return keys, nil
}

// AddKey implements token.Store.
func (s store) AddKey(ctx context.Context, key token.Key) error {
	row := &keyRow{ID: key.ID, Private: s.box.Seal(key.Private.Seed(), keyUse+key.ID), CreatedAt: millisOf(key.Created)}
	_, err := s.db.DB().NewInsert().Model(row).Exec(ctx)
	return err
}

// tidy deletes what has expired.
func (s store) tidy(ctx context.Context, keys, audit time.Time) error {
	now := millisOf(s.now())
	var errs []error
	for _, old := range []struct {
		model  any
		column string
		before millis
	}{
		{(*sessionRow)(nil), "expires_at", now},
		{(*ticketRow)(nil), "expires_at", now},
		{(*limitRow)(nil), "full_at", now},
		{(*keyRow)(nil), "created_at", millisOf(keys)},
		{(*eventRow)(nil), "at", millisOf(audit)},
	} {
		_, err := s.db.DB().NewDelete().Model(old.model).Where("? < ?", bun.Ident(old.column), old.before).Exec(ctx)
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}
