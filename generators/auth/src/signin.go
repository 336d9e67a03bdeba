package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/aegis-stack/aegis/generators/auth/src/password"
	"github.com/aegis-stack/aegis/generators/auth/src/token"
	"github.com/aegis-stack/aegis/generators/auth/src/totp"
)

// checkPassword returns whose address and password these are. Whoever asks about
// an address without an account waits as long, is counted, and is told the same
// as with a wrong password.
func (c *Component) checkPassword(ctx context.Context, from client, email, text string) (*userRow, error) {
	email, err := ParseEmail(email)
	if err != nil {
		email = "" // of nobody
	}
	if err := c.attempt(ctx, from, accountKey(email)); err != nil {
		return nil, err
	}
	user, err := c.store.userByEmail(ctx, email)
	if errors.Is(err, errNoUser) {
		user, err = &userRow{}, nil
	}
	if err != nil {
		return nil, err
	}
	right, err := c.verifyPassword(ctx, user, text)
	if err != nil {
		return nil, err
	}
	if !right {
		c.refused.Add(1)
		c.record(ctx, signInFailed, user.ID, from, "")
		return nil, errCredentials
	}
	// Who knows the password learns nothing from what follows.
	switch {
	case user.DisabledAt != 0:
		return nil, errDisabled
	case user.VerifiedAt == 0:
		c.askToVerify(ctx, user.Email)
		return nil, errUnverified
	}
	return user, c.limiter.Forget(ctx, accountKey(email))
}

// verifyPassword says whether it is that of the user. A user without a password
// costs the same time.
func (c *Component) verifyPassword(ctx context.Context, user *userRow, text string) (bool, error) {
	right, err := c.passwords.Verify(ctx, text, user.Password)
	if !right || err != nil || !password.NeedsRehash(user.Password) {
		return right, err
	}
	hash, err := c.passwords.Hash(ctx, text)
	if err != nil {
		return false, err
	}
	same, err := c.store.replacePassword(ctx, user, hash)
	if same || err != nil {
		return same, err
	}
	// It was changed while this was worked on, so that another one may be right.
	changed, err := c.store.userByID(ctx, user.ID)
	if err != nil {
		return false, err
	}
	*user = *changed
	return c.verifyPassword(ctx, user, text)
}

// checkCode says whether the code is one of the user's second factor, which is
// used up by that.
func (c *Component) checkCode(ctx context.Context, from client, user *userRow, code string) error {
	key := "code " + user.ID
	if err := c.attempt(ctx, from, key); err != nil {
		return err
	}
	right, err := c.useCode(ctx, from, user, code)
	if err != nil {
		return err
	}
	if !right {
		c.refused.Add(1)
		c.record(ctx, codeFailed, user.ID, from, "")
		return errCode
	}
	return c.limiter.Forget(ctx, key)
}

// useCode tries the code as that of the moment, and as a recovery code. Of two
// requests with the same code, one succeeds.
func (c *Component) useCode(ctx context.Context, from client, user *userRow, code string) (bool, error) {
	secret, err := c.box.Open(user.TOTPKey, factorUse+user.ID)
	if err != nil {
		return false, fmt.Errorf("the second factor of %s cannot be read: %w", user.ID, err)
	}
	step, ok, err := totp.Verify(string(secret), code, c.now(), user.TOTPStep)
	if err != nil {
		return false, err
	}
	if ok {
		result, err := c.store.db.DB().NewUpdate().Model((*userRow)(nil)).Set("totp_step = ?", step).
			Where("id = ?", user.ID).Where("totp_step < ?", step).Exec(ctx)
		if err != nil {
			return false, err
		}
		n, err := result.RowsAffected()
		return n > 0, err
	}
	right, err := c.store.useRecoveryCode(ctx, user.ID, code)
	if right {
		c.record(ctx, codeRecovered, user.ID, from, "")
	}
	return right, err
}

// signInBrowser begins a session of the browser. The one that it had before
// ends: nobody can plant a session and wait for it to be signed in.
func (c *Component) signInBrowser(w http.ResponseWriter, r *http.Request, user *userRow) error {
	ctx := r.Context()
	if old, err := c.browserVisit(r); err != nil {
		return err
	} else if old != nil {
		if _, err := c.store.end(ctx, c.store.db.DB(), old.user.ID, old.session.ID, ""); err != nil {
			return err
		}
	}
	_, secret, err := c.store.begin(ctx, user, browser, c.client(r), c.config.SessionLifetime)
	if err != nil {
		return err
	}
	http.SetCookie(w, c.cookie(sessionCookie, secret, c.config.SessionLifetime))
	c.signIns.Add(1)
	c.record(ctx, signedIn, user.ID, c.client(r), string(browser))
	return nil
}

// Tokens is what a program signs in with from now on.
type Tokens struct {
	Access  string `json:"access_token" doc:"Sent as bearer token"`
	Type    string `json:"token_type" enum:"Bearer"`
	Expires int64  `json:"expires_in" doc:"Seconds until the access token expires"`
	Refresh string `json:"refresh_token" doc:"Exchanged once for the next tokens"`
}

// signInProgram begins a session of a program.
func (c *Component) signInProgram(ctx context.Context, from client, user *userRow) (*Tokens, error) {
	session, _, err := c.store.begin(ctx, user, program, from, c.config.SessionLifetime)
	if err != nil {
		return nil, err
	}
	refresh, err := c.store.grantRefresh(ctx, c.store.db.DB(), session.ID)
	if err != nil {
		return nil, err
	}
	c.signIns.Add(1)
	c.record(ctx, signedIn, user.ID, from, string(program))
	return c.tokensFor(ctx, user.ID, session.ID, refresh)
}

func (c *Component) tokensFor(ctx context.Context, userID, sessionID, refresh string) (*Tokens, error) {
	access, err := c.tokens.Sign(ctx, token.Claims{Subject: userID, Session: sessionID})
	if err != nil {
		return nil, err
	}
	return &Tokens{Access: access, Type: "Bearer", Expires: int64(c.config.AccessToken.Seconds()), Refresh: refresh}, nil
}

// refresh exchanges a refresh token. One that comes a second time ends the
// session, without exception: a program that cannot tell whether its request
// arrived signs in again.
func (c *Component) refresh(ctx context.Context, from client, secret string) (*Tokens, error) {
	if err := c.attempt(ctx, from, ""); err != nil {
		return nil, err
	}
	sessionID, next, stolen, err := c.store.rotate(ctx, secret)
	if err != nil {
		return nil, err
	}
	if stolen != "" {
		c.refused.Add(1)
		c.record(ctx, tokenReused, stolen, from, "")
	}
	if sessionID == "" {
		return nil, errRefresh
	}
	session, user, err := c.store.find(ctx, "id", sessionID, program, c.config.SessionIdle)
	if err != nil {
		return nil, err
	}
	if session == nil {
		return nil, errRefresh
	}
	return c.tokensFor(ctx, user.ID, sessionID, next)
}

// signOut ends the session that is asking.
func (c *Component) signOut(ctx context.Context, from client, v visit) error {
	_, err := c.store.end(ctx, c.store.db.DB(), v.user.ID, v.session.ID, "")
	if err == nil {
		c.record(ctx, signedOut, v.user.ID, from, "")
	}
	return err
}
