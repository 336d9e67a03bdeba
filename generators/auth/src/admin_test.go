package auth

import (
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

func TestAdministrationOnPages(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	target := s.user(eve, false)
	v, victim := s.browser(), s.browser()
	v.signIn(ada, good)
	victim.signIn(eve, good)
	wantStatus(t, "the dashboard", v.get("/"), 200, `href="/account"`)
	wantStatus(t, "the page of the component", v.get("/components/auth"), 200, "signed in", `href="/users"`)
	wantStatus(t, "the users", v.get("/users"), 200, ada, eve, "2 users", "administrator")
	wantStatus(t, "a search", v.get("/users?q=EVE"), 200, "1 user<", eve)
	if a := v.get("/users?q=%25"); !strings.Contains(a.body, "0 users") {
		t.Errorf("a percent sign finds %s", a.body)
	}
	page := "/users/" + target.ID
	wantStatus(t, "a user", v.get(page), 200, eve, "Disable", "signed in", "127.0.0.1")
	wantStatus(t, "nobody", v.get("/users/nobody"), 404)
	wantStatus(t, "disabling", v.post(page+"/disable"), 303)
	wantStatus(t, "the disabled user", victim.get("/account"), 303)
	wantStatus(t, "who signs in", victim.post("/login", "email", eve, "password", good), 403, "This account is disabled.")
	wantStatus(t, "enabling", v.post(page+"/enable"), 303)
	victim.signIn(eve, good)
	wantStatus(t, "making an administrator", v.post(page+"/grant-admin"), 303)
	wantStatus(t, "whose session ends with that", victim.get("/"), 303)
	victim.signIn(eve, good)
	wantStatus(t, "who is one then", victim.get("/"), 200)
	wantStatus(t, "taking it back", v.post(page+"/revoke-admin"), 303)
	wantStatus(t, "which works at once", victim.get("/"), 303)
	wantStatus(t, "signing out somebody else", v.post(page+"/revoke"), 303)
	wantStatus(t, "who", victim.get("/account"), 303)
	wantStatus(t, "a link for a new password", v.post(page+"/reset-password"), 303)
	ticketOf(t, s.letter(eve, 1))

	elsewhere := s.login(eve, good)
	wantStatus(t, "the page with it", v.get(page), 200, s.currentSession(elsewhere))
	wantStatus(t, "ending a session of somebody else", v.post(page+"/sessions", "id", s.currentSession(elsewhere)), 303)
	wantStatus(t, "that session", s.api("GET", "/api/v1/auth/profile", elsewhere.Access, ""), 401)
	wantStatus(t, "making a user", v.post("/users", "name", "Grace", "email", "grace@example.com"), 303)
	wantStatus(t, "which gets a link", s.browser().post("/reset", "ticket", ticketOf(t, s.letter("grace@example.com", 1)), "new", good), 200)
	s.login("grace@example.com", good)
	wantStatus(t, "making it again", v.post("/users", "name", "Grace", "email", "grace@example.com"), 409, "There is a user with this e-mail address.", `value="Grace"`)

	var self string
	for _, u := range []string{"/disable", "/revoke-admin"} {
		user, err := s.auth.store.userByEmail(t.Context(), ada)
		if err != nil {
			t.Fatal(err)
		}
		self = user.ID
		wantStatus(t, "doing it to oneself", v.post("/users/"+user.ID+u), 409)
	}
	if own := v.get("/users/" + self); !strings.Contains(own.body, self+"/revoke") || strings.Contains(own.body, self+"/disable") || strings.Contains(own.body, self+"/revoke-admin") {
		t.Errorf("one's own page is %s", own.body)
	}
	// The log says who did what to whom.
	events, err := s.auth.store.events(t.Context(), target.ID, database.Page{Limit: 100})
	if err != nil {
		t.Fatal(err)
	}
	var by int
	for _, e := range events.Items {
		if e.Actor == self && e.Event == string(userDisabled) && e.Address == "127.0.0.1" {
			by++
		}
	}
	if by != 1 {
		t.Errorf("the audit log is %+v", events)
	}
}

// TestDeedsThatChangeNothing does to an administrator what is done already.
func TestDeedsThatChangeNothing(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	access := s.login(ada, good).Access
	events := func() int64 {
		var page database.PageOf[Event]
		a := s.api("GET", "/api/v1/audit", access, "")
		wantStatus(t, "what has happened", a, 200)
		a.decode(t, &page)
		return page.Total
	}
	before := events()
	var self User
	s.api("GET", "/api/v1/auth/profile", access, "").decode(t, &self)
	for _, deed := range []string{"enable", "grant-admin", "remove-factor"} {
		wantStatus(t, deed, s.api("POST", "/api/v1/users/"+self.ID+"/"+deed, access, ""), 204)
	}
	wantStatus(t, "removing one's own factor", s.api("POST", "/api/v1/auth/second-factor/remove", access, object("password", good)), 204)
	if after := events(); after != before {
		t.Errorf("%d events are noted", after-before)
	}
	if letters := s.letters(ada); len(letters) > 0 {
		t.Errorf("there is mail about it: %q", letters)
	}
}

func TestPagesSayThatTheyAreNotPossibleForTheMoment(t *testing.T) {
	s := start(t)
	page := s.auth.Handler(func(_ http.ResponseWriter, r *http.Request) error {
		app.NoteUnavailable(r.Context())
		return errors.New("no answer from 10.0.0.7")
	})
	w := httptest.NewRecorder()
	page.ServeHTTP(w, httptest.NewRequestWithContext(app.WithRequest(t.Context(), "1"), http.MethodGet, loginPath, http.NoBody))
	if w.Code != http.StatusServiceUnavailable || w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "10.0.0.7") {
		t.Errorf("it answers %d, %v, %s", w.Code, w.Header(), w.Body)
	}
}

func TestAdministrationByAPI(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	access := s.login(ada, good).Access
	call := func(method, path, body string) answer {
		t.Helper()
		a := s.api(method, "/api/v1/users"+path, access, body)
		if a.status == 200 && a.header.Get("Cache-Control") != "no-store" {
			t.Errorf("%s %s may be kept", method, path)
		}
		return a
	}
	a := call("POST", "", object("email", "Eve@Example.com", "name", "Eve"))
	wantStatus(t, "making a user", a, 201, `"email":"eve@example.com"`, `"verified":true`)
	var user Account
	a.decode(t, &user)
	if at := a.header.Get("Location"); at != "/api/v1/users/"+user.ID {
		t.Errorf("it is at %q", at)
	}
	wantStatus(t, "making it again", call("POST", "", object("email", eve)), 409)
	wantStatus(t, "choosing a password", s.api("POST", "/api/v1/auth/password/reset", "", object("ticket", ticketOf(t, s.letter(eve, 1)), "password", good)), 204)
	one := "/" + user.ID

	var page database.PageOf[Account]
	call("GET", "?limit=1&offset=1", "").decode(t, &page)
	if page.Total != 2 || len(page.Items) != 1 || page.Items[0].Email != eve || page.Items[0].Created.IsZero() {
		t.Errorf("the second page is %+v", page)
	}
	wantStatus(t, "a search", call("GET", "?q=EVE", ""), 200, eve, `"total":1`)
	wantStatus(t, "a user", call("GET", one, ""), 200, `"name":"Eve"`, `"admin":false,"verified":true,"disabled":false,"second_factor":false`)
	wantStatus(t, "nobody", call("GET", "/nobody", ""), 404)
	wantStatus(t, "a deed to nobody", call("POST", "/nobody/disable", ""), 404)
	wantStatus(t, "the sessions of nobody", call("GET", "/nobody/sessions", ""), 404)

	tokens, kept := s.login(eve, good), s.login(eve, good)
	var sessions []Session
	call("GET", one+"/sessions", "").decode(t, &sessions)
	if len(sessions) != 2 || sessions[0].Address != "127.0.0.1" {
		t.Fatalf("the sessions are %+v", sessions)
	}
	wantStatus(t, "ending one", call("DELETE", one+"/sessions/"+s.currentSession(tokens), ""), 204)
	wantStatus(t, "that one", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 401)
	wantStatus(t, "the other", s.api("GET", "/api/v1/auth/profile", kept.Access, ""), 200)
	wantStatus(t, "ending all", call("POST", one+"/revoke", ""), 204)
	wantStatus(t, "the other then", s.api("GET", "/api/v1/auth/profile", kept.Access, ""), 401)

	wantStatus(t, "disabling", call("POST", one+"/disable", ""), 204)
	wantStatus(t, "who is disabled", s.api("POST", "/api/v1/auth/login", "", object("email", eve, "password", good)), 403)
	wantStatus(t, "enabling", call("POST", one+"/enable", ""), 204)
	wantStatus(t, "making an administrator", call("POST", one+"/grant-admin", ""), 204)
	eves := s.login(eve, good).Access
	wantStatus(t, "who is one then", s.api("GET", "/api/v1/users", eves, ""), 200)
	wantStatus(t, "taking it back", call("POST", one+"/revoke-admin", ""), 204)
	wantStatus(t, "which works at once", s.api("GET", "/api/v1/users", eves, ""), 403)
	v := s.browser()
	v.signIn(eve, good)
	v.addFactor()
	wantStatus(t, "a user with a factor", call("GET", one, ""), 200, `"second_factor":true`)
	wantStatus(t, "removing it", call("POST", one+"/remove-factor", ""), 204)
	s.login(eve, good)
	wantStatus(t, "a link for a new password", call("POST", one+"/reset-password", ""), 204)
	eventually(t, func() bool { return strings.Contains(strings.Join(s.letters(eve), ""), "asked for a new password") })

	var self Account
	s.api("GET", "/api/v1/auth/profile", access, "").decode(t, &self)
	for _, deed := range []string{"disable", "revoke-admin"} {
		wantStatus(t, "doing it to oneself", call("POST", "/"+self.ID+"/"+deed, ""), 409)
	}
	var events database.PageOf[Event]
	s.api("GET", "/api/v1/audit?limit=100&user="+user.ID, access, "").decode(t, &events)
	for _, want := range []event{userCreated, userDisabled, userEnabled, adminGranted, adminRevoked, sessionsEnded, factorRemoved, resetAsked} {
		found := false
		for _, e := range events.Items {
			found = found || e.Event == string(want) && e.User == user.ID && e.Actor == self.ID && e.Address == "127.0.0.1" && !e.At.IsZero()
		}
		if !found {
			t.Errorf("%q is not in the audit log: %+v", want, events)
		}
	}
	var all database.PageOf[Event]
	s.api("GET", "/api/v1/audit?limit=2", access, "").decode(t, &all)
	if len(all.Items) != 2 || all.Total <= events.Total {
		t.Errorf("the audit log of all is %+v, and has %d entries about one", all, events.Total)
	}
}

// currentSession returns the identifier of the session that the tokens are of.
func (s *site) currentSession(tokens Tokens) string {
	s.t.Helper()
	var sessions []Session
	s.api("GET", "/api/v1/auth/sessions", tokens.Access, "").decode(s.t, &sessions)
	return sessions[slices.IndexFunc(sessions, func(one Session) bool { return one.Current })].ID
}
