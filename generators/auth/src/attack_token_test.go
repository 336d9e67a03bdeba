package auth

import (
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// Each test of the files attack_*_test.go is one attack. What the attackers have is
// said in its first lines.

// TestAttackTokenReplay shows things again that were good once, or where they do
// not belong.
func TestAttackTokenReplay(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	tokens := s.login(ada, good)
	v := s.browser()
	v.signIn(ada, good)
	cookie := v.cookie()
	profile := func(headers ...string) answer { return s.api("GET", "/api/v1/auth/profile", "", "", headers...) }

	wantStatus(t, "the cookie, as it is", profile("Cookie: shop_session="+cookie), 200)
	for name, header := range map[string]string{
		"the cookie as a bearer token":        "Authorization: Bearer " + cookie,
		"the refresh token as a bearer token": "Authorization: Bearer " + tokens.Refresh,
		"the access token as a cookie":        "Cookie: shop_session=" + tokens.Access,
		"the refresh token as a cookie":       "Cookie: shop_session=" + tokens.Refresh,
		"the cookie's digest":                 "Cookie: shop_session=" + Digest(cookie),
		"another scheme":                      "Authorization: Basic " + tokens.Access,
	} {
		wantStatus(t, name, profile(header), 401)
	}
	wantStatus(t, "the access token as a refresh token", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Access)), 401)

	v.post("/logout")
	wantStatus(t, "the cookie after the sign-out", profile("Cookie: shop_session="+cookie), 401)
	wantStatus(t, "signing out", s.api("POST", "/api/v1/auth/logout", tokens.Access, ""), 204)
	wantStatus(t, "the access token after the sign-out", profile("Authorization: Bearer "+tokens.Access), 401)
	wantStatus(t, "the refresh token after the sign-out", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Refresh)), 401)

	late := s.login(ada, good)
	s.later(11 * time.Minute)
	wantStatus(t, "an access token after its time", profile("Authorization: Bearer "+late.Access), 401)
}

// TestAttackRefreshReuse has a stolen refresh token, before and after its owner
// has used it.
func TestAttackRefreshReuse(t *testing.T) {
	s := start(t)
	user := s.user(ada, false)
	refresh := func(token string) (answer, Tokens) {
		a := s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", token))
		var next Tokens
		if a.status == http.StatusOK {
			a.decode(t, &next)
		}
		return a, next
	}
	untouched := s.login(ada, good)
	stolen := s.login(ada, good)
	_, owner := refresh(stolen.Refresh)
	a, _ := refresh(stolen.Refresh)
	wantStatus(t, "the thief, who comes second", a, 401)
	a, _ = refresh(owner.Refresh)
	wantStatus(t, "the owner's next token", a, 401)
	wantStatus(t, "the owner's access token", s.api("GET", "/api/v1/auth/profile", owner.Access, ""), 401)
	a, _ = refresh(untouched.Refresh)
	wantStatus(t, "another session", a, 200)

	// All at the same time: one of them may win, and it does not help.
	stolen = s.login(ada, good)
	var won atomic.Int64
	var last atomic.Pointer[Tokens]
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if a, next := refresh(stolen.Refresh); a.status == http.StatusOK {
				won.Add(1)
				last.Store(&next)
			}
		})
	}
	wg.Wait()
	if won.Load() > 1 {
		t.Errorf("%d of 8 got new tokens", won.Load())
	}
	if next := last.Load(); next != nil {
		a, _ := refresh(next.Refresh)
		wantStatus(t, "the winner", a, 401)
	}
	events, err := s.auth.store.events(t.Context(), user.ID, database.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	noted := 0
	for _, e := range events.Items {
		if e.Event == string(tokenReused) {
			noted++
		}
	}
	if noted != 2 {
		t.Errorf("it is noted %d times in %+v", noted, events)
	}
}

// TestAttackForgedAccessTokens shows tokens that were signed with what everybody
// can read. How tokens are verified is tested in package token.
func TestAttackForgedAccessTokens(t *testing.T) {
	s := start(t)
	admin := s.user(ada, true)
	s.login(ada, good)
	keys, err := s.auth.tokens.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var session sessionRow
	if err := s.auth.store.db.Read().NewSelect().Model(&session).Where("user_id = ?", admin.ID).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	claims := jwt.MapClaims{"iss": s.auth.tokens.Name, "aud": "shop", "sub": admin.ID, "sid": session.ID, "exp": time.Now().Add(time.Hour).Unix()}
	for name, forge := range map[string]func(*jwt.Token) (string, error){
		"none":  func(u *jwt.Token) (string, error) { return u.SignedString(jwt.UnsafeAllowNoneSignatureType) },
		"HS256": func(u *jwt.Token) (string, error) { return u.SignedString([]byte(keys[0].X)) },
	} {
		unsigned := jwt.NewWithClaims(jwt.GetSigningMethod(name), claims)
		unsigned.Header["kid"] = keys[0].ID
		text, err := forge(unsigned)
		if err != nil {
			t.Fatal(err)
		}
		wantStatus(t, "a token by "+name, s.api("GET", "/api/v1/auth/profile", text, ""), 401)
	}
}
