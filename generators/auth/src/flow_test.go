package auth

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/auth/src/totp"
)

const (
	ada = "ada@example.com"
	eve = "eve@example.com"
)

func TestLifeOfAnAccountThroughTheAPI(t *testing.T) {
	s := start(t)
	wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", "Ada@Example.com", "name", " Ada  Lovelace ", "password", good)), 202)
	letter := s.letter(ada, 1)
	wantStatus(t, "signing in before", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good)), 403, "confirm the e-mail address")
	ticket := ticketOf(t, s.letter(ada, 2)) // sent again
	wantStatus(t, "an old link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticketOf(t, letter), "password", good)), 401)
	wantStatus(t, "confirming without the password", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", other)), 403)
	a := s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", good))
	wantStatus(t, "confirming", a, 200, `"token_type":"Bearer"`)
	if a.header.Get("Cache-Control") != "no-store" {
		t.Error("tokens may be cached")
	}
	wantStatus(t, "confirming twice", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", good)), 401)

	tokens := s.login(" ADA@example.com ", good)
	wantStatus(t, "the profile", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 200, `"email":"ada@example.com","name":"Ada Lovelace","admin":false`)
	wantStatus(t, "a new name", s.api("PUT", "/api/v1/auth/profile", tokens.Access, object("name", "Ada King")), 200, `"Ada King"`)
	wantStatus(t, "a name of two lines", s.api("PUT", "/api/v1/auth/profile", tokens.Access, object("name", "\x01")), 422)

	var next Tokens
	a = s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Refresh))
	a.decode(t, &next)
	wantStatus(t, "the profile with the next token", s.api("GET", "/api/v1/auth/profile", next.Access, ""), 200)

	wantStatus(t, "changing the password without it", s.api("PUT", "/api/v1/auth/password", next.Access, object("current", other, "new", other)), 403)
	wantStatus(t, "a password that is guessed", s.api("PUT", "/api/v1/auth/password", next.Access, object("current", good, "new", "password")), 422, "guessed first")
	second := s.login(ada, good)
	wantStatus(t, "changing the password", s.api("PUT", "/api/v1/auth/password", next.Access, object("current", good, "new", other)), 204)
	wantStatus(t, "the session that changed it", s.api("GET", "/api/v1/auth/profile", next.Access, ""), 200)
	wantStatus(t, "another session", s.api("GET", "/api/v1/auth/profile", second.Access, ""), 401)
	wantStatus(t, "the old password", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good)), 401)

	third := s.login(ada, other)
	var sessions []Session
	s.api("GET", "/api/v1/auth/sessions", third.Access, "").decode(t, &sessions)
	if len(sessions) != 2 {
		t.Fatalf("the sessions are %+v", sessions)
	}
	for _, one := range sessions {
		if !one.Current {
			wantStatus(t, "ending another session", s.api("DELETE", "/api/v1/auth/sessions/"+one.ID, third.Access, ""), 204)
		}
	}
	wantStatus(t, "the ended session", s.api("GET", "/api/v1/auth/profile", next.Access, ""), 401)
	wantStatus(t, "signing out", s.api("POST", "/api/v1/auth/logout", third.Access, ""), 204)
	wantStatus(t, "the profile after that", s.api("GET", "/api/v1/auth/profile", third.Access, ""), 401)

	last := s.login(ada, other)
	wantStatus(t, "deleting with a wrong password", s.api("POST", "/api/v1/auth/profile/delete", last.Access, object("password", good)), 403)
	wantStatus(t, "deleting", s.api("POST", "/api/v1/auth/profile/delete", last.Access, object("password", other)), 204)
	wantStatus(t, "signing in after that", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", other)), 401)
}

func TestLifeOfAnAccountOnPages(t *testing.T) {
	s := start(t)
	v := s.browser()
	wantStatus(t, "the dashboard", v.get("/"), 303)
	wantStatus(t, "the form", v.get("/login?next=/account"), 200, "shop users create --admin", `value="/account"`, "Make an account")
	wantStatus(t, "a password that is too short", v.post("/register", "name", "Ada", "email", ada, "new", "short"), 422, "Use at least 8 characters.", `value="ada@example.com"`, `role="alert"`)
	wantStatus(t, "registering", v.post("/register", "name", "Ada", "email", ada, "new", good), 202, "Look for our mail")
	letter := s.letter(ada, 1)
	if !strings.Contains(letter, s.url+"/verify?ticket=") {
		t.Errorf("the letter is %s", letter)
	}
	ticket := ticketOf(t, letter)
	wantStatus(t, "following the link", v.get("/verify?ticket="+ticket), 200, `value="`+ticket+`"`)
	wantStatus(t, "confirming", v.post("/verify", "ticket", ticket, "password", good), 303)
	wantStatus(t, "the account", v.get("/account"), 200, "Ada", "Sign out", "Go-http-client", "127.0.0.1")
	wantStatus(t, "the dashboard of a user", v.get("/"), 303)
	wantStatus(t, "which is", v.get("/forbidden"), 403, "for administrators")
	wantStatus(t, "signing in when signed in", v.get("/login?next=/account"), 303)
	wantStatus(t, "a new name", v.post("/account/name", "name", "Ada King"), 303)
	wantStatus(t, "the account then", v.get("/account"), 200, "Ada King")
	wantStatus(t, "a wrong password", v.post("/account/password", "current", other, "new", other), 403, "The password is wrong.")

	elsewhere := s.browser()
	elsewhere.signIn(ada, good)
	wantStatus(t, "signing out everywhere else", v.post("/account/sessions"), 303)
	wantStatus(t, "elsewhere", elsewhere.get("/account"), 303)
	wantStatus(t, "here", v.get("/account"), 200)

	v.post("/logout")
	if v.cookie() != "" {
		t.Error("the cookie is still there")
	}
	wantStatus(t, "asking for a new password", v.post("/forgot", "email", ada), 202, "Look for our mail")
	ticket = ticketOf(t, s.letter(ada, 2))
	wantStatus(t, "the link", v.get("/reset?ticket="+ticket), 200, "signed out everywhere")
	wantStatus(t, "choosing a new password", v.post("/reset", "ticket", ticket, "new", other), 200, "Your password is changed.")
	wantStatus(t, "using the link again", v.post("/reset", "ticket", ticket, "new", good), 401)
	v.signIn(ada, other)
	wantStatus(t, "deleting", v.post("/account/delete", "password", other), 200, "is deleted")
	wantStatus(t, "the account after that", v.get("/account"), 303)
}

// code returns what an authenticator shows.
func (s *site) code(t *testing.T, secret string) string {
	t.Helper()
	code, err := totp.Code(secret, s.auth.now())
	if err != nil {
		t.Fatal(err)
	}
	return code
}

func TestSecondFactor(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	tokens := s.login(ada, good)
	var f newFactor
	s.api("GET", "/api/v1/auth/second-factor", tokens.Access, "").decode(t, &f)
	body := func(password, code string) string {
		return object("password", password, "pending", f.Pending, "code", code)
	}
	wantStatus(t, "a wrong code", s.api("PUT", "/api/v1/auth/second-factor", tokens.Access, body(good, "000000")), 401)
	wantStatus(t, "a wrong password", s.api("PUT", "/api/v1/auth/second-factor", tokens.Access, body(other, s.code(t, f.Key))), 403)
	var out struct {
		Codes []string `json:"recovery_codes"`
	}
	s.api("PUT", "/api/v1/auth/second-factor", tokens.Access, body(good, s.code(t, f.Key))).decode(t, &out)
	if len(out.Codes) != 10 {
		t.Fatalf("the recovery codes are %q", out.Codes)
	}

	login := func(code string) answer {
		t.Helper()
		return s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good, "code", code))
	}
	wantStatus(t, "no code", login(""), 401, "a code of the second factor is needed")
	wantStatus(t, "the code that was shown before", login(s.code(t, f.Key)), 401)
	s.later(time.Minute)
	wantStatus(t, "the next code", login(s.code(t, f.Key)), 200)
	wantStatus(t, "the same again", login(s.code(t, f.Key)), 401)
	wantStatus(t, "a recovery code", login(strings.ToUpper(out.Codes[3])), 200)
	wantStatus(t, "the same again", login(out.Codes[3]), 401)

	v := s.browser()
	a := v.post("/login", "email", ada, "password", good, "next", "/account")
	wantStatus(t, "the page", a, 200, "Enter the code")
	if v.cookie() != "" {
		t.Error("there is a session before the code")
	}
	ticket := between(a.body, `name="ticket" value="`, `"`)
	wantStatus(t, "a wrong code on the page", v.post("/login/code", "ticket", ticket, "code", "123456"), 401, "The code is wrong")
	wantStatus(t, "a recovery code on the page", v.post("/login/code", "ticket", ticket, "code", out.Codes[4], "next", "/account"), 303)
	wantStatus(t, "the account", v.get("/account"), 200, "8 recovery codes left")
	wantStatus(t, "the page to add one", v.get("/account/second-factor"), 200, "<svg", `autocomplete="one-time-code"`)
	page := v.get("/account/second-factor").body
	key, pending := between(page, "<code>", "</code>"), between(page, `name="pending" value="`, `"`)
	wantStatus(t, "a mistake in the first code", v.post("/account/second-factor", "pending", pending, "password", good, "code", "000000"), 401, "<code>"+key)
	a = v.post("/account/second-factor", "pending", "made up", "password", good, "code", "000000")
	wantStatus(t, "another key than was offered", a, 401, "not valid any more")
	if strings.Contains(a.body, key) {
		t.Error("it is kept all the same")
	}
	wantStatus(t, "another one without a code of the first", v.post("/account/second-factor", "pending", pending, "password", good, "code", s.code(t, key)), 401, "code of the second factor is needed")
	wantStatus(t, "another one", v.post("/account/second-factor", "pending", pending, "password", good, "code", s.code(t, key), "current", out.Codes[5]), 200, "Keep your recovery codes")
	wantStatus(t, "a recovery code of the first", login(out.Codes[6]), 401)

	remove := func(code string) answer {
		return v.post("/account/second-factor/remove", "password", good, "code", code)
	}
	wantStatus(t, "removing it without a code", remove(""), 401, "code of the second factor is needed")
	wantStatus(t, "removing it with a wrong code", remove("123456"), 401, "The code is wrong")
	s.later(time.Minute)
	wantStatus(t, "removing it", remove(s.code(t, key)), 303)
	s.login(ada, good)
}

func TestSecondFactorOfAnotherUserCannotBePending(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	s.user(eve, false)
	var f newFactor
	s.api("GET", "/api/v1/auth/second-factor", s.login(eve, good).Access, "").decode(t, &f)
	a := s.api("PUT", "/api/v1/auth/second-factor", s.login(ada, good).Access, object("password", good, "pending", f.Pending, "code", s.code(t, f.Key)))
	wantStatus(t, "somebody else's key", a, 401)
}

func TestAdministratorsByToken(t *testing.T) {
	s := start(t, "ADMIN_TOKEN=correct horse battery")
	s.user(ada, true)
	tokens := s.login(ada, good)
	for name, access := range map[string]string{"the token of an account": tokens.Access, "the one for emergencies": "correct horse battery"} {
		a := s.api("GET", "/api/v1/health", access, "")
		wantStatus(t, name, a, 200, `"name":"auth"`)
	}
	if a := s.api("GET", "/api/v1/health", "", ""); strings.Contains(a.body, "components") {
		t.Errorf("the public sees %s", a.body)
	}
	wantStatus(t, "signing in with the token", s.browser().post("/login", "token", "correct horse battery"), 401)
}

func TestKeysArePublished(t *testing.T) {
	s := start(t)
	var document struct{ Keys []json.RawMessage }
	a := s.api("GET", "/.well-known/jwks.json", "", "")
	a.decode(t, &document)
	if a.status != http.StatusOK || len(document.Keys) != 1 || strings.Contains(a.body, `"d"`) {
		t.Errorf("the keys are %d %s", a.status, a.body)
	}
}

func TestSessionsEnd(t *testing.T) {
	s := start(t, "AUTH_SESSION_IDLE=1h", "AUTH_SESSION_LIFETIME=3h")
	s.user(ada, false)
	v, idle := s.browser(), s.browser()
	v.signIn(ada, good)
	idle.signIn(ada, good)
	tokens := s.login(ada, good)
	for range 3 {
		s.later(50 * time.Minute)
		wantStatus(t, "a session in use", v.get("/account"), 200)
	}
	wantStatus(t, "one that nobody used", idle.get("/account"), 303)
	wantStatus(t, "its access token", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 401)
	wantStatus(t, "its refresh token", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Refresh)), 401)
	s.later(50 * time.Minute)
	wantStatus(t, "after its time", v.get("/account"), 303)

	if err := s.auth.store.tidy(t.Context(), s.auth.tokens.Expired(), s.auth.now()); err != nil {
		t.Fatal(err)
	}
	for _, table := range []string{"auth_sessions", "auth_refresh_tokens", "auth_audit"} {
		var n int
		if err := s.auth.store.db.Read().NewSelect().Table(table).ColumnExpr("COUNT(*)").Scan(t.Context(), &n); err != nil || n != 0 {
			t.Errorf("%s has %d rows after tidying (%v)", table, n, err)
		}
	}
}

// TestSessionsOfTheDisabled has a user disabled by whoever did not end the
// sessions: another replica, at the same moment, or somebody in the database.
func TestSessionsOfTheDisabled(t *testing.T) {
	s := start(t)
	user := s.user(ada, false)
	v := s.browser()
	v.signIn(ada, good)
	tokens := s.login(ada, good)
	user.DisabledAt = millisOf(s.auth.now())
	if err := s.auth.store.setUser(t.Context(), s.auth.store.db.DB(), user, "disabled_at"); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "the browser", v.get("/account"), 303)
	wantStatus(t, "the program", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 401)
	wantStatus(t, "the next token", s.api("POST", "/api/v1/auth/refresh", "", object("refresh_token", tokens.Refresh)), 401)
}

func TestRegistrationCanBeClosed(t *testing.T) {
	s := start(t, "AUTH_REGISTRATION=false")
	wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", ada, "name", "Ada", "password", good)), 403)
	v := s.browser()
	wantStatus(t, "the page", v.get("/register"), 404)
	if strings.Contains(v.get("/login").body, "Make an account") {
		t.Error("the sign-in leads to it")
	}
}

func TestWhereTheSignInLeads(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	s.user(eve, false)
	for _, test := range []struct{ email, next, want string }{
		{ada, "", "/"}, {ada, "/users", "/users"}, {eve, "", "/account"}, {eve, "/", "/account"}, {eve, "/docs", "/docs"},
	} {
		v := s.browser()
		for range 2 { // the second time it is signed in already
			if at := v.post("/login", "email", test.email, "password", good, "next", test.next).header.Get("Location"); at != test.want {
				t.Errorf("%s, who wants to %q, gets to %q", test.email, test.next, at)
			}
		}
	}
}

func TestDashboardWithAnAddressOfItsOwn(t *testing.T) {
	s := start(t, "DASHBOARD_ADDR=127.0.0.1:0")
	s.user(ada, true)
	board := *s
	for _, address := range s.auth.backend.Addresses() {
		if address.Name == "dashboard" {
			board.url = address.URL
		}
	}
	v := board.browser()
	wantStatus(t, "the dashboard", v.get("/"), http.StatusSeeOther)
	v.signIn(ada, good)
	wantStatus(t, "the dashboard, signed in", v.get("/"), http.StatusOK, "Ada")
	wantStatus(t, "the users there", v.get("/users"), http.StatusOK)
	page := s.browser().get("/login")
	wantStatus(t, "the sign-in at the API", page, http.StatusOK)
	style := between(page.body, `rel="stylesheet" href="`, `"`)
	wantStatus(t, "its style sheet", s.browser().get(style), http.StatusOK)
}

// between returns what stands between two texts.
func between(text, before, after string) string {
	_, text, _ = strings.Cut(text, before)
	text, _, _ = strings.Cut(text, after)
	return text
}
