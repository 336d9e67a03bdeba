package auth

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/alexedwards/argon2id"
	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/auth/src/password"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

// TestAttackSessionFixation has planted a cookie in the browser of somebody who
// is going to sign in: an invented one, and that of the attacker's own session.
func TestAttackSessionFixation(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	s.user(eve, false)
	attacker := s.browser()
	attacker.signIn(eve, good)
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, planted := range []string{"INVENTEDINVENTEDINVENTEDIN", attacker.cookie()} {
		victim := s.browser()
		victim.c.Jar.SetCookies(at, []*http.Cookie{{Name: "shop_session", Value: planted, Path: "/"}})
		// The form is not shown to whom the attacker's session signs in.
		victim.signIn(ada, good)
		if victim.cookie() == planted {
			t.Error("the planted cookie is signed in")
		}
		wantStatus(t, "the victim", victim.get("/"), 200)
		wantStatus(t, "the planted cookie", s.api("GET", "/api/v1/auth/profile", "", "", "Cookie: shop_session="+planted), 401)
	}
}

// TestAttackSignInUnderWay is somebody with a stolen password, who signs in again and
// again: the sign-in that is under way while its owner does something about it must
// not outlive that.
func TestAttackSignInUnderWay(t *testing.T) {
	from := client{address: "203.0.113.9"}
	for what, protect := range map[string]func(*site, *userRow) error{
		"another password": func(s *site, u *userRow) error {
			ticket, err := s.auth.store.issue(t.Context(), u.ID, toReset, "")
			return errors.Join(err, s.auth.reset(t.Context(), from, ticket, other))
		},
		"a second factor": func(s *site, u *userRow) error {
			factored := *u
			factored.TOTPKey = "sealed"
			return s.auth.setAndEnd(t.Context(), &factored, "totp_key")
		},
		"disabled for a while": func(s *site, u *userRow) error { return s.auth.disable(t.Context(), from, u) },
	} {
		s := start(t)
		s.user(ada, false)
		user, err := s.auth.checkPassword(t.Context(), from, ada, good)
		if err != nil {
			t.Fatal(err)
		}
		owned := *user
		if err := protect(s, &owned); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		tokens, err := s.auth.signInProgram(t.Context(), from, user)
		if !errors.Is(err, errCredentials) || tokens != nil {
			t.Errorf("%s: the sign-in under way ends with %v", what, err)
		}
		if sessions, err := s.auth.store.sessions(t.Context(), user.ID, time.Hour); err != nil || len(sessions) > 0 {
			t.Errorf("%s: there are the sessions %v, %v", what, sessions, err)
		}
	}
}

// TestAttackOldHashUnderWay is the same with a password whose hash is made anew when
// it is shown: that must not bring it back.
func TestAttackOldHashUnderWay(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	old, err := argon2id.CreateHash(good, &argon2id.Params{Memory: 8 << 10, Iterations: 1, Parallelism: 1, SaltLength: 16, KeyLength: 32})
	if err != nil {
		t.Fatal(err)
	}
	user, err := s.auth.store.userByEmail(t.Context(), ada)
	if err != nil {
		t.Fatal(err)
	}
	set := func(hash string) {
		t.Helper()
		changed := *user
		changed.Password = hash
		if err := s.auth.store.setUser(t.Context(), s.auth.store.db.DB(), &changed, "password"); err != nil {
			t.Fatal(err)
		}
	}
	set(old)
	user.Password = old
	twice := *user
	for range 2 { // the second one meets the hash of the first
		again := twice
		if right, err := s.auth.verifyPassword(t.Context(), &again, good); err != nil || !right || password.NeedsRehash(again.Password) {
			t.Errorf("the right password: %t, %v, %s", right, err, again.Password)
		}
		if _, err := s.auth.signInProgram(t.Context(), client{}, &again); err != nil {
			t.Errorf("who shows it cannot sign in: %v", err)
		}
	}
	hash, err := s.auth.passwords.Hash(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	set(hash)
	if right, err := s.auth.verifyPassword(t.Context(), user, good); err != nil || right {
		t.Errorf("what was the password a moment ago: %t, %v", right, err)
	}
	if now, err := s.auth.store.userByEmail(t.Context(), ada); err != nil || now.Password != hash {
		t.Errorf("the password is another one again: %v", err)
	}
}

// full is a hook that makes it impossible to note that a session was used, as when
// the disk is full.
type full struct{}

func (full) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	if strings.HasPrefix(event.Query, "UPDATE") && strings.Contains(event.Query, "seen_at") {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		return ctx
	}
	return ctx
}

func (full) AfterQuery(context.Context, *bun.QueryEvent) {}

// TestWhoIsSignedInStaysSo when nothing can be written: operators want to see why.
func TestWhoIsSignedInStaysSo(t *testing.T) {
	s := build(t, databasetest.URL(t))
	s.auth.store.db.Hook(full{})
	apptest.Run(t, s.app)
	s.url = s.auth.backend.Addresses()[0].URL
	s.user(ada, true)
	v := s.browser()
	v.signIn(ada, good)
	s.later(2 * noted)
	wantStatus(t, "the dashboard", v.get("/"), 200)
	if !strings.Contains(s.log.String(), "could not note that a session was used") {
		t.Error("the log does not say so")
	}
}

// TestAttackCSRF is the page of another site that makes the browser of an
// administrator send forms.
func TestAttackCSRF(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	target := s.user(eve, false)
	v := s.browser()
	v.signIn(ada, good)
	tried := 0
	for _, e := range s.endpoints() {
		if e.Method == http.MethodGet || e.Method == http.MethodHead || e.Method == "" {
			continue
		}
		tried++
		for _, header := range []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site", "Origin: https://evil.example"} {
			a := do(t, v.c, e.Method, s.url+path(e, target.ID), "password="+url.QueryEscape(good), header,
				"Content-Type: application/x-www-form-urlencoded")
			wantStatus(t, e.Method+" "+e.Path+" with "+header, a, 403)
		}
	}
	if tried < 25 {
		t.Errorf("only %d routes were tried", tried)
	}
	wantStatus(t, "the administrator", v.get("/"), 200)
	a := v.post("/login", "email", ada, "password", good)
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("the cookie is %v", c)
		}
	}
	secure := start(t, "AUTH_URL=https://shop.example")
	secure.user(ada, false)
	a = do(t, http.DefaultClient, "POST", secure.url+"/api/v1/auth/login", object("email", ada, "password", good), "Content-Type: application/json")
	wantStatus(t, "a program", a, 200)
	a = secure.browser().post("/login", "email", ada, "password", good)
	cookies := (&http.Response{Header: a.header}).Cookies()
	if len(cookies) != 1 || !cookies[0].Secure || !strings.HasPrefix(cookies[0].Name, "__Host-") {
		t.Errorf("over HTTPS the cookies are %v", cookies)
	}
}
