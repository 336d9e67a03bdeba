package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/token"
)

const sessionCookie = "session"

// visit is somebody who is signed in.
type visit struct {
	user    userRow
	session sessionRow
}

type visitKey struct{}

// Admit implements app.Guard: for accounts, and for administrators those that
// are. Whether a session goes on, and what its user may do, is looked up each
// time, so that taking something away works at once. The administrator's token,
// if one is configured, is for when nobody can sign in.
func (c *Component) Admit(r *http.Request, access app.Access) (context.Context, error) {
	admin := access != app.SignedIn // what else there is, is theirs as well
	if admin && c.token.Shown(r) {
		return r.Context(), nil
	}
	v, err := c.visit(r)
	switch {
	case err != nil:
		return nil, err
	case v == nil && admin:
		return nil, fmt.Errorf("%w, as an administrator", app.ErrSignIn)
	case v == nil:
		return nil, app.ErrSignIn
	case admin && !v.user.Admin:
		return nil, fmt.Errorf("%w: this is for administrators", app.ErrForbidden)
	}
	return context.WithValue(r.Context(), visitKey{}, *v), nil
}

// visit returns who has sent the request, nil if nobody is signed in. A request
// that shows an access token is not looked at for a cookie.
func (c *Component) visit(r *http.Request) (*visit, error) {
	if v, ok := r.Context().Value(visitKey{}).(visit); ok {
		return &v, nil
	}
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		return c.programVisit(r.Context(), bearer)
	}
	return c.browserVisit(r)
}

func (c *Component) browserVisit(r *http.Request) (*visit, error) {
	for _, cookie := range r.CookiesNamed(c.cookie(sessionCookie, "", 0).Name) {
		return c.find(r.Context(), "secret", Digest(cookie.Value), browser)
	}
	return nil, nil
}

func (c *Component) programVisit(ctx context.Context, bearer string) (*visit, error) {
	claims, err := c.tokens.Verify(ctx, bearer)
	if errors.Is(err, token.ErrInvalid) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return c.find(ctx, "id", claims.Session, program)
}

func (c *Component) find(ctx context.Context, column, value string, k kind) (*visit, error) {
	session, user, err := c.store.find(ctx, column, value, k, c.config.SessionIdle)
	if session == nil || err != nil {
		return nil, err
	}
	return &visit{*user, *session}, nil
}

// Visitor implements frontend.Accounts.
func (c *Component) Visitor(r *http.Request) (name, path string) {
	v, err := c.visit(r)
	if v == nil || err != nil {
		return "", ""
	}
	return v.user.Name, accountPath
}
