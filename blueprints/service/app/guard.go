package app

import (
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

// Guard tells who is an administrator.
type Guard interface {
	// Allow returns nil if the request comes from an administrator. Otherwise
	// the error wraps ErrSignIn or ErrClosed and says what to do.
	Allow(r *http.Request) error
	// SignIn starts a session of the browser if the token is right.
	SignIn(w http.ResponseWriter, r *http.Request, token string) bool
	// SignOut ends the session of the browser.
	SignOut(w http.ResponseWriter, r *http.Request)
	// SignedIn says whether the browser has a session that SignOut would end.
	SignedIn(r *http.Request) bool
}

var (
	// ErrSignIn means that whoever shows the right token is let in.
	ErrSignIn = errors.New("for administrators only")
	// ErrClosed means that nobody is let in, whatever they show.
	ErrClosed = errors.New("closed")
)

const sessionLength = 12 * time.Hour

// tokenGuard knows administrators by one shared token.
type tokenGuard struct {
	variable string // that holds the token
	cookie   string
	token    string
	open     bool // to everybody, as long as there is no token
}

func newTokenGuard(a *App) *tokenGuard {
	return &tokenGuard{
		variable: a.sources.prefix + "ADMIN_TOKEN",
		cookie:   a.Name + "_session",
		token:    a.kernel.AdminToken,
		open:     a.Env == Development,
	}
}

func (g *tokenGuard) Allow(r *http.Request) error {
	if g.token == "" {
		if g.open {
			return nil
		}
		return fmt.Errorf("%w: set %s to open this in production", ErrClosed, g.variable)
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok && g.isToken(bearer) {
		return nil
	}
	if g.SignedIn(r) {
		return nil
	}
	return fmt.Errorf("%w: sign in, or send the value of %s as bearer token", ErrSignIn, g.variable)
}

func (g *tokenGuard) SignIn(w http.ResponseWriter, r *http.Request, token string) bool {
	if g.token == "" || !g.isToken(token) {
		return false
	}
	expires := time.Now().Add(sessionLength)
	g.setCookie(w, r, g.session(expires), expires)
	return true
}

func (g *tokenGuard) SignOut(w http.ResponseWriter, r *http.Request) {
	g.setCookie(w, r, "", time.Unix(0, 0))
}

func (g *tokenGuard) SignedIn(r *http.Request) bool {
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
func (g *tokenGuard) isToken(s string) bool {
	a, b := sha256.Sum256([]byte(s)), sha256.Sum256([]byte(g.token))
	return hmac.Equal(a[:], b[:])
}

// session is the value of the cookie: when it ends, signed with the token. So
// sessions survive a restart, and another token ends them all.
func (g *tokenGuard) session(expires time.Time) string {
	text := strconv.FormatInt(expires.Unix(), 10)
	mac := hmac.New(sha256.New, []byte(g.token))
	mac.Write([]byte("session:" + text))
	return text + "." + hex.EncodeToString(mac.Sum(nil))
}

func (g *tokenGuard) setCookie(w http.ResponseWriter, r *http.Request, value string, expires time.Time) {
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
