package auth

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

const (
	providerCookie = "provider"
	// atProvider is how long a sign-in at the provider may take.
	atProvider = 10 * time.Minute
)

// journey is what the browser keeps, sealed, while it is at the provider: what
// comes back has to match it. So nobody can finish in another browser what they
// began in theirs.
type journey struct {
	oidc.Attempt `json:"attempt"`

	Next  string `json:"next"`  // where to be afterwards
	Until int64  `json:"until"` // seconds
}

// leave returns where to sign in at the provider.
func (c *Component) leave(ctx context.Context, w http.ResponseWriter, next string) (string, error) {
	j := journey{Attempt: oidc.NewAttempt(), Next: next, Until: c.now().Add(atProvider).Unix()}
	target, err := c.provider.AuthURL(ctx, j.Attempt)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	http.SetCookie(w, c.cookie(providerCookie, c.box.Seal(text, providerCookie), atProvider))
	return target, nil
}

// arrive returns who has signed in at the provider, and where they want to be.
func (c *Component) arrive(w http.ResponseWriter, r *http.Request) (*userRow, string, error) {
	cookie, err := r.Cookie(c.cookie(providerCookie, "", 0).Name)
	if err != nil {
		return nil, "", errProvider
	}
	http.SetCookie(w, c.cookie(providerCookie, "", -time.Second))
	text, err := c.box.Open(cookie.Value, providerCookie)
	if err != nil {
		return nil, "", errProvider
	}
	var j journey
	if err := json.Unmarshal(text, &j); err != nil || c.now().Unix() > j.Until {
		return nil, "", errProvider
	}
	identity, err := c.provider.Exchange(r.Context(), j.Attempt, r.URL.Query())
	if err != nil {
		c.refused.Add(1)
		c.log.WarnContext(r.Context(), "sign-in at the provider failed", "error", err)
		return nil, "", errProvider
	}
	user, err := c.userOf(r.Context(), c.client(r), identity)
	return user, j.Next, err
}

// userOf returns the user of an account at the provider. One that is new becomes
// that of the user with the same address, or of a new one, if the provider vouches
// for the address.
func (c *Component) userOf(ctx context.Context, from client, identity oidc.Identity) (*userRow, error) {
	user, err := c.store.userByIdentity(ctx, identity)
	if errors.Is(err, errNoUser) {
		user, err = c.adopt(ctx, from, identity)
	}
	if err == nil && user.DisabledAt != 0 {
		return nil, errDisabled
	}
	return user, err
}

func (c *Component) adopt(ctx context.Context, from client, identity oidc.Identity) (*userRow, error) {
	email, err := parseEmail(identity.Email)
	if err != nil || !identity.EmailVerified {
		return nil, errProviderAt
	}
	user, err := c.store.userByEmail(ctx, email)
	switch {
	case errors.Is(err, errNoUser) && !c.config.Registration:
		return nil, errClosed
	case errors.Is(err, errNoUser):
		user = &userRow{User: User{Email: email}, VerifiedAt: millisOf(c.now())}
		if user.Name, err = parseName(identity.Name); err != nil {
			user.Name = email
		}
		if err = c.store.addUser(ctx, user); err == nil {
			c.record(ctx, registered, user.ID, from, c.config.ProviderName)
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
	row := &identityRow{Issuer: identity.Issuer, Subject: identity.Subject, UserID: user.ID, CreatedAt: millisOf(c.now())}
	if _, err := c.store.db.DB().NewInsert().Model(row).Exec(ctx); err != nil {
		return nil, err
	}
	c.record(ctx, identityLinked, user.ID, from, c.config.ProviderName)
	c.tell(ctx, user, "Somebody signed in to your account at "+c.config.ProviderName+" for the first time")
	return user, nil
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
