package auth

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// endpoints lists what the application serves.
func (s *site) endpoints() []app.Endpoint { return app.All[*backend.Component](s.app)[0].Endpoints() }

// path puts values in the place of names in a pattern.
func path(e app.Endpoint, id string) string {
	r := strings.NewReplacer("{id}", id, "{session}", "x", "{name}", "auth", "{$}", "", "{name...}", "x")
	return r.Replace(e.Path)
}

// TestAttackPrivilegeEscalation is a user without rights, and somebody without
// an account, who try every route that is not for them.
func TestAttackPrivilegeEscalation(t *testing.T) {
	s := start(t)
	s.user(ada, true)
	user := s.user(eve, false)
	tokens := s.login(eve, good)
	v, stranger := s.browser(), s.browser()
	v.signIn(eve, good)
	tried := map[app.Access]int{}
	for _, e := range s.endpoints() {
		method, at := e.Method, s.url+path(e, user.ID)
		if method == "" {
			method = http.MethodPost
		}
		tried[e.Access]++
		name := method + " " + e.Path
		for _, others := range []string{"/users", "/api/v1/users", "/api/v1/audit", "/components"} {
			if strings.HasPrefix(e.Path, others) && e.Access != app.Admin {
				t.Errorf("%s is %s", name, e.Access)
			}
		}
		if e.Access == app.Admin {
			wantStatus(t, name+" as a user, by token", do(t, http.DefaultClient, method, at, "", "Authorization: Bearer "+tokens.Access), 403)
			wantStatus(t, name+" as a user, by cookie", do(t, v.c, method, at, ""), 403)
		}
		if e.Access != app.Public {
			wantStatus(t, name+" as nobody", do(t, stranger.c, method, at, ""), 401)
			wantStatus(t, name+" with an invented token", do(t, stranger.c, method, at, "", "Authorization: Bearer x.y.z"), 401)
		}
	}
	if tried[app.Admin] < 28 || tried[app.SignedIn] < 22 {
		t.Errorf("tried were %v", tried)
	}

	// Rights that somebody gives themselves.
	wantStatus(t, "a profile with rights", s.api("PUT", "/api/v1/auth/profile", tokens.Access, `{"name":"Eve","admin":true}`), 422)
	wantStatus(t, "registering with rights", s.api("POST", "/api/v1/auth/register", "", `{"email":"mallory@example.com","name":"M","password":"`+good+`","admin":true}`), 422)
	v.post("/account/name", "name", "Eve", "admin", "true", "Admin", "true")
	row, err := s.auth.store.userByID(t.Context(), user.ID)
	if err != nil || row.Admin {
		t.Errorf("the user is %+v (%v)", row, err)
	}
	// The sessions of others.
	admin := s.login(ada, good)
	var sessions []Session
	s.api("GET", "/api/v1/auth/sessions", admin.Access, "").decode(t, &sessions)
	s.api("DELETE", "/api/v1/auth/sessions/"+sessions[0].ID, tokens.Access, "")
	v.post("/account/sessions", "id", sessions[0].ID)
	wantStatus(t, "the session of another user", s.api("GET", "/api/v1/auth/profile", admin.Access, ""), 200)
}

// TestAttackAccountsMadeInAdvance registers with the address of somebody else and
// waits for them to open the account.
func TestAttackAccountsMadeInAdvance(t *testing.T) {
	s := start(t)
	register := func(password string) {
		t.Helper()
		wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", ada, "name", "Ada", "password", password)), 202)
	}
	const attackers, victims = "the attacker chose this", "the victim chose that"
	register(attackers)
	s.letter(ada, 1)
	register(victims)
	ticket := ticketOf(t, s.letter(ada, 2))
	wantStatus(t, "the attacker, who would know the link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", attackers)), 403)
	register(attackers)
	third := ticketOf(t, s.letter(ada, 3))
	wantStatus(t, "the victim, with the attacker's link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", third, "password", victims)), 403)
	wantStatus(t, "the attacker, before", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", attackers)), 403)

	s.later(time.Hour) // enough mail for now
	wantStatus(t, "the victim, who chooses a password", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", ada)), 202)
	wantStatus(t, "choosing", s.api("POST", "/api/v1/auth/password/reset", "", object("ticket", s.resetTicket(ada), "password", victims)), 204)
	wantStatus(t, "the attacker, after", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", attackers)), 401)
	wantStatus(t, "the attacker's link, after", s.api("POST", "/api/v1/auth/verify", "", object("ticket", third, "password", attackers)), 401)
	s.login(ada, victims)
}
