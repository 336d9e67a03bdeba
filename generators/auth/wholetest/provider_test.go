package wholetest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/aegis-stack/aegis/generators/auth/providertest"
)

// home is where people would reach the application. The provider sends them
// there, and the test takes them to where it really is.
const home = "http://localhost:8080"

// startWithProvider runs an application with the provider zitadel, which is real,
// and others.
func startWithProvider(t *testing.T, environ ...string) *site {
	t.Helper()
	return start(t, append([]string{
		"AUTH_URL=" + home, "AUTH_PROVIDERS=zitadel,other",
		"AUTH_ZITADEL_ISSUER=" + providertest.Start(t, home+"/login/provider/zitadel/back"),
		"AUTH_ZITADEL_CLIENT_ID=" + providertest.ClientID, "AUTH_ZITADEL_CLIENT_SECRET=" + providertest.Secret,
		"AUTH_OTHER_ISSUER=" + providertest.Start(t, home+"/login/provider/other/back"),
		"AUTH_OTHER_CLIENT_ID=" + providertest.ClientID, "AUTH_OTHER_CLIENT_SECRET=" + providertest.Secret, "AUTH_OTHER_NAME=The other",
	}, environ...)...)
}

// leave returns the address at the provider that the application leads to.
func (s *site) leave(c *http.Client, provider string) string {
	s.t.Helper()
	response, text := s.do(c, http.MethodGet, "/login/provider/"+provider+"?next=/account", nil)
	if response.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("leaving answers %d %s", response.StatusCode, text)
	}
	return response.Header.Get("Location")
}

// atProvider returns the path that somebody is sent back to who signed in there.
func atProvider(t *testing.T, address string) string {
	t.Helper()
	return providertest.SignIn(t, address, home).RequestURI()
}

func TestSignInAtTheProvider(t *testing.T) {
	s := startWithProvider(t)
	if _, text := s.do(browser(), http.MethodGet, "/login?next=/account", nil); !strings.Contains(text, "Sign in with Zitadel") || !strings.Contains(text, "Sign in with The other") {
		t.Errorf("the sign-in is %s", text)
	}
	for range 2 { // the second time there is an account already
		c := browser()
		back := atProvider(t, s.leave(c, "zitadel"))
		response, text := s.do(c, http.MethodGet, back, nil)
		if response.StatusCode != http.StatusSeeOther || response.Header.Get("Location") != "/account" {
			t.Fatalf("coming back answers %d %s", response.StatusCode, text)
		}
		if _, text := s.do(c, http.MethodGet, "/account", nil); !strings.Contains(text, providertest.Email) || strings.Contains(text, "Your password") {
			t.Errorf("the account is %s", text)
		}
		if response, _ := s.do(c, http.MethodGet, back, nil); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("the same answer again is answered %d", response.StatusCode)
		}
	}
}

// TestAttackSignInAtAProvider has somebody finish what was begun elsewhere: in
// another browser.
func TestAttackSignInAtAProvider(t *testing.T) {
	s := startWithProvider(t)
	refused := func(what string, c *http.Client, path string) {
		t.Helper()
		if response, text := s.do(c, http.MethodGet, path, nil); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s answers %d %s", what, response.StatusCode, text)
		}
		if response, _ := s.do(c, http.MethodGet, "/account", nil); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s signs in", what)
		}
	}
	victim := browser()
	refused("another browser", victim, atProvider(t, s.leave(browser(), "zitadel")))
	s.leave(victim, "zitadel")
	refused("a browser with an attempt of its own", victim, atProvider(t, s.leave(browser(), "zitadel")))
	s.leave(victim, "zitadel")
	back, err := url.Parse(atProvider(t, s.leave(browser(), "zitadel")))
	if err != nil {
		t.Fatal(err)
	}
	refused("an answer without a state", victim, back.Path+"?code="+back.Query().Get("code"))
}

// TestAttackProviderMixUp is a provider that people are sent back to with the code
// of another: it must not learn that.
func TestAttackProviderMixUp(t *testing.T) {
	var asked atomic.Bool
	var evil *httptest.Server
	evil = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/.well-known/openid-configuration" {
			asked.Store(true)
		}
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"issuer":%q,"authorization_endpoint":%[1]q,"token_endpoint":%[1]q,"jwks_uri":%[1]q}`, evil.URL)
	}))
	defer evil.Close()
	s := startWithProvider(t, "AUTH_OTHER_ISSUER="+evil.URL)
	victim := browser()
	s.leave(victim, "other") // so that it is known
	back := atProvider(t, s.leave(victim, "zitadel"))
	response, text := s.do(victim, http.MethodGet, strings.Replace(back, "/zitadel/", "/other/", 1), nil)
	if response.StatusCode != http.StatusUnauthorized || asked.Load() {
		t.Errorf("coming back to another provider answers %d %s; it is asked: %v", response.StatusCode, text, asked.Load())
	}
}

// link has who is signed in link the account at the provider, and returns the
// path that leads back.
func (s *site) link(c *http.Client, provider string) string {
	s.t.Helper()
	response, text := s.do(c, http.MethodPost, "/account/providers/"+provider, url.Values{"password": {secret}})
	_, target, _ := strings.Cut(text, `<a href="`+s.issuer(provider))
	target, _, ok := strings.Cut(target, `"`)
	if response.StatusCode != http.StatusOK || !ok {
		s.t.Fatalf("linking answers %d %s", response.StatusCode, text)
	}
	return atProvider(s.t, s.issuer(provider)+strings.ReplaceAll(target, "&amp;", "&"))
}

// issuer is the URL of the provider.
func (s *site) issuer(provider string) string {
	for _, v := range s.app.Variables() {
		if v.Name == "SHOP_AUTH_"+strings.ToUpper(provider)+"_ISSUER" {
			return v.Value
		}
	}
	return ""
}

func TestAccountsAtProvidersAreLinked(t *testing.T) {
	s := startWithProvider(t)
	user := s.signIn(eve)
	want := func(what string, c *http.Client, method, path string, form url.Values, status int, text string) {
		t.Helper()
		response, body := s.do(c, method, path, form)
		if response.StatusCode != status || !strings.Contains(body, text) {
			t.Errorf("%s answers %d %s, want %d %s", what, response.StatusCode, body, status, text)
		}
	}
	password := url.Values{"password": {secret}}
	want("the account", user, http.MethodGet, "/account", nil, 200, "Link Zitadel")
	want("linking without the password", user, http.MethodPost, "/account/providers/zitadel", nil, 403, "The password is wrong.")
	want("linking to nobody", user, http.MethodPost, "/account/providers/nobody", password, 404, "There is no such provider.")
	elsewhere := s.signIn(eve)
	want("coming back", user, http.MethodGet, s.link(user, "zitadel"), nil, 303, "")
	want("the account then", user, http.MethodGet, "/account", nil, 200, "Unlink Zitadel")

	// The addresses differ, and it is the same account all the same.
	c := browser()
	want("signing in there", c, http.MethodGet, atProvider(t, s.leave(c, "zitadel")), nil, 303, "")
	want("the account by it", c, http.MethodGet, "/account", nil, 200, eve)

	want("unlinking without the password", user, http.MethodPost, "/account/providers/zitadel/unlink", nil, 403, "The password is wrong.")
	want("unlinking", user, http.MethodPost, "/account/providers/zitadel/unlink", password, 303, "")
	want("a session that began there", c, http.MethodGet, "/account", nil, 401, "")
	want("another session", elsewhere, http.MethodGet, "/account", nil, 401, "")
	c = browser()
	want("signing in there again", c, http.MethodGet, atProvider(t, s.leave(c, "zitadel")), nil, 303, "")
	want("which is another account", c, http.MethodGet, "/account", nil, 200, providertest.Email)
	want("whose only way in it is", c, http.MethodPost, "/account/providers/zitadel/unlink", nil, 409, "Choose a password first")
	want("a second way in", c, http.MethodGet, s.link(c, "other"), nil, 303, "")
	want("unlinking the first", c, http.MethodPost, "/account/providers/zitadel/unlink", nil, 303, "")
}

// TestAttackLinkedAccounts has an attacker link their account at the provider to
// that of a victim, or take one that is somebody else's.
func TestAttackLinkedAccounts(t *testing.T) {
	s := startWithProvider(t)
	attacker, victim := s.signIn(eve), s.signIn(ada)
	answers := func(what string, c *http.Client, path string, status int) {
		t.Helper()
		if response, text := s.do(c, http.MethodGet, path, nil); response.StatusCode != status {
			t.Errorf("%s answers %d %s, want %d", what, response.StatusCode, text, status)
		}
		if _, text := s.do(c, http.MethodGet, "/account", nil); strings.Contains(text, "Unlink") {
			t.Errorf("%s links", what)
		}
	}
	answers("the victim, who follows the attacker's way back", victim, s.link(attacker, "zitadel"), 401)
	// The cookie of the attacker's journey in the victim's browser.
	back := s.link(attacker, "zitadel")
	at, err := url.Parse(s.url)
	if err != nil {
		t.Fatal(err)
	}
	for _, cookie := range attacker.Jar.Cookies(at) {
		if strings.HasSuffix(cookie.Name, "_provider") {
			victim.Jar.SetCookies(at, []*http.Cookie{cookie})
		}
	}
	answers("the victim, with the attacker's cookie", victim, back, 401)
	// What was begun before signing out is over.
	back = s.link(attacker, "zitadel")
	s.do(attacker, http.MethodPost, "/logout", nil)
	answers("who has signed out", attacker, back, 401)

	owner := browser()
	if response, text := s.do(owner, http.MethodGet, atProvider(t, s.leave(owner, "zitadel")), nil); response.StatusCode != http.StatusSeeOther {
		t.Fatalf("signing in answers %d %s", response.StatusCode, text)
	}
	answers("linking the account of another", victim, s.link(victim, "zitadel"), 409)
}

func TestAProviderThatIsDown(t *testing.T) {
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	s := start(t, "AUTH_URL="+home, "AUTH_PROVIDERS=corp", "AUTH_CORP_ISSUER="+down.URL, "AUTH_CORP_CLIENT_ID=shop")
	if response, text := s.do(browser(), http.MethodGet, "/login/provider/corp", nil); response.StatusCode != http.StatusServiceUnavailable || !strings.Contains(text, "Corp cannot be reached") {
		t.Errorf("it answers %d %s", response.StatusCode, text)
	}
	s.signIn(ada)
}
