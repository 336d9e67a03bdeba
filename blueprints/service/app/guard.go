package app

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Guard tells who has which access. The one that an application has by itself
// is a *TokenGuard.
type Guard interface {
	// Admit returns the context of the request, with who sent it if the guard
	// knows people, when they have the access. Otherwise the error says what to
	// do and wraps ErrSignIn, ErrForbidden or ErrClosed; any other error means
	// that nobody could tell.
	Admit(r *http.Request, access Access) (context.Context, error)
}

var (
	// ErrSignIn means that whoever signs in, or shows the right token, may be
	// let in.
	ErrSignIn = errors.New("sign in first")
	// ErrForbidden means that who sent the request is known, and not let in.
	ErrForbidden = errors.New("not permitted")
	// ErrClosed means that nobody is let in, whatever they show.
	ErrClosed = errors.New("closed")
)

const sessionLength = 12 * time.Hour

// TokenGuard knows administrators by one shared token, and nobody else.
type TokenGuard struct {
	variable string // that holds the token
	cookie   string
	token    string
	open     bool // to everybody, as long as there is no token
}

func newTokenGuard(a *App) *TokenGuard {
	return &TokenGuard{
		variable: a.sources.prefix + "ADMIN_TOKEN",
		cookie:   a.Name + "_session",
		token:    a.kernel.AdminToken,
		open:     a.Env == Development,
	}
}

// Admit lets administrators in. Accounts there are none.
func (g *TokenGuard) Admit(r *http.Request, access Access) (context.Context, error) {
	switch {
	case access == SignedIn:
		return nil, fmt.Errorf("%w: there are no accounts to sign in to", ErrClosed)
	case g.token == "" && !g.open:
		return nil, fmt.Errorf("%w: set %s to open this in production", ErrClosed, g.variable)
	case g.token == "" || g.Shown(r) || g.SignedIn(r):
		return r.Context(), nil
	}
	return nil, fmt.Errorf("%w, or send the value of %s as bearer token", ErrSignIn, g.variable)
}

// Shown says whether the request carries the token, if there is one. A nil guard
// has none.
func (g *TokenGuard) Shown(r *http.Request) bool {
	if g == nil {
		return false
	}
	bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return ok && g.token != "" && g.isToken(bearer)
}

// SignIn starts a session of the browser if the token is right.
func (g *TokenGuard) SignIn(w http.ResponseWriter, r *http.Request, token string) bool {
	if g.token == "" || !g.isToken(token) {
		return false
	}
	expires := time.Now().Add(sessionLength)
	g.setCookie(w, r, g.session(expires), expires)
	return true
}

// SignOut ends the session of the browser.
func (g *TokenGuard) SignOut(w http.ResponseWriter, r *http.Request) {
	g.setCookie(w, r, "", time.Unix(0, 0))
}

// SignedIn says whether the browser has a session that SignOut would end.
func (g *TokenGuard) SignedIn(r *http.Request) bool {
	cookie, err := r.Cookie(g.cookie)
	if err != nil || g.token == "" {
		return false
	}
	seconds, _, _ := strings.Cut(cookie.Value, ".")
	unix, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return false
	}
	expires := time.Unix(unix, 0)
	return hmac.Equal([]byte(cookie.Value), []byte(g.session(expires))) && time.Now().Before(expires)
}

// isToken compares digests, whose length says nothing about that of the token.
func (g *TokenGuard) isToken(s string) bool {
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(g.token))
	return hmac.Equal(a[:], b[:])
}

// session is the value of the cookie: when it ends, signed with the token. So
// sessions survive a restart, and another token ends them all.
func (g *TokenGuard) session(expires time.Time) string {
	text := strconv.FormatInt(expires.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte("session:" + text))
	return text + "." + hex.EncodeToString(mac.Sum(nil))
}

func (g *TokenGuard) setCookie(w http.ResponseWriter, r *http.Request, value string, expires time.Time) {
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure is set whenever the connection is
		Name:     g.cookie,
		Value:    value,
		Path:     "/",
		Expires:  expires,
		HttpOnly: true,
		// Behind a proxy only its header tells; a client that lies harms itself.
		Secure:   r.TLS != nil || r.Header.Get("X-Forwarded-Proto") == "https",
		SameSite: http.SameSiteStrictMode,
	})
}
