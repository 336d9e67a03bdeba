package auth

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
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
