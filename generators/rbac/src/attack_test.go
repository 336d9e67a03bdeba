package rbac

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

// Each test is one attack. What the attackers have is said in its first lines.

// TestAttackRoutesWithoutThePermission tries every route that needs a permission:
// as nobody, as somebody without roles, and as somebody who has all permissions
// but that one.
func TestAttackRoutesWithoutThePermission(t *testing.T) {
	s := start(t)
	if _, err := s.roles.store.add(t.Context(), s.id(bob), "others"); err != nil {
		t.Fatal(err)
	}
	nobody, without, others := &client{s, http.DefaultClient, "x"}, s.program(eve), s.program(bob)
	tried := map[app.Access]int{}
	for _, e := range app.All[*backend.Component](s.app)[0].Endpoints() {
		name, ok := e.Access.Permission()
		if !ok {
			continue
		}
		tried[e.Access]++
		s.roles.policy.roles["others"] = slices.DeleteFunc(slices.Collect(maps.Keys(library().meanings)), func(other app.Access) bool { return other == e.Access })
		path := strings.NewReplacer("{role}", "reader", "{id}", s.id(eve)).Replace(e.Path)
		send := func(c *client) answer {
			if strings.HasPrefix(path, "/api/") {
				return c.api(e.Method, path, "email", eve)
			}
			return c.form(e.Method, path, "role", "reader", "email", eve, "id", s.id(eve))
		}
		want(t, e.Method+" "+e.Path+" as nobody", send(nobody), 401)
		want(t, e.Method+" "+e.Path+" without a role", send(without), 403, name)
		want(t, e.Method+" "+e.Path+" with all others", send(others), 403, name)
	}
	if len(tried) != 5 || tried[permission.RolesGrant] < 4 || tried[permission.RolesRead] < 4 {
		t.Errorf("tried were %v", tried)
	}
	if roles, err := s.roles.store.roles(t.Context(), s.id(eve)); len(roles) > 0 || err != nil {
		t.Errorf("eve has the roles %v (%v)", roles, err)
	}
}

// TestAttackGivingMoreThanOnesOwn is a librarian, who may give roles and wants to
// write, with an accomplice.
func TestAttackGivingMoreThanOnesOwn(t *testing.T) {
	s := start(t)
	s.run("users grant " + eve + " librarian")
	program, browser := s.program(eve), s.signedIn(eve)
	for _, role := range []string{"writer", "admin"} {
		for _, email := range []string{eve, bob} {
			want(t, "giving "+role, program.api("POST", "/api/v1/roles/"+role+"/users", "email", email), 403, "more than you may")
			want(t, "giving "+role+" with the form", browser.post("/roles/give", "role", role, "email", email), 403, "more than you may")
			want(t, "giving "+role+" with the form", browser.post("/roles/give", "role", role, "id", s.id(email)), 403, "more than you may")
		}
	}
	if a := browser.do("GET", "/roles/writer", "", ""); strings.Contains(a.body, "E-mail address") {
		t.Error("the form to give it is shown")
	}
	want(t, "the page of a user", browser.do("GET", "/users/"+s.id(bob), "", ""), 303, "/forbidden")
	want(t, "writing", program.api("POST", write), 403)

	// What those above have is not for them to take.
	s.run("users grant " + bob + " writer")
	want(t, "taking more than one has", program.api("DELETE", "/api/v1/roles/writer/users/"+s.id(bob)), 403)
	want(t, "taking the administrator's role", program.api("DELETE", "/api/v1/roles/admin/users/"+s.id(ada)), 403)
	want(t, "writing", s.program(bob).api("POST", write), 200)

	// What they have, they may give, their own role among it.
	want(t, "giving reader", program.api("POST", "/api/v1/roles/reader/users", "email", bob), 204)
	want(t, "giving librarian", browser.post("/roles/give", "role", "librarian", "email", bob), 303)
	want(t, "taking librarian from oneself", program.api("DELETE", "/api/v1/roles/librarian/users/"+s.id(eve)), 204)
	want(t, "giving after that", program.api("POST", "/api/v1/roles/reader/users", "email", eve), 403)
}

// TestAttackForgedAccess sends what might be taken for a permission.
func TestAttackForgedAccess(t *testing.T) {
	s := start(t)
	c := s.program(eve)
	for _, role := range []string{"*", "books.read", "", "admin", "Reader", "reader "} {
		if _, err := s.roles.store.add(t.Context(), s.id(eve), role); err != nil {
			t.Fatal(err)
		}
	}
	// The table was written to past the application: no name in it is the role of
	// administrators, or a permission.
	want(t, "reading", c.api("POST", read), 403)
	want(t, "what is for administrators", c.api("GET", "/components/rbac"), 403)
	want(t, "a permission that nobody declares", c.api("POST", "/api/v1/books/burn"), 403, "books.burn")
	s.run("users grant " + bob + " writer")
	want(t, "a permission that nobody declares", s.program(bob).api("POST", "/api/v1/books/burn"), 403, "books.burn")
}
