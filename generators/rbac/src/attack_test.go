package rbac

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

// Each test is one attack. What the attackers have is said in its first lines.

// TestAttackRoutesWithoutThePermission tries every route that needs a permission:
// as nobody, as somebody without roles, and as somebody who has all permissions
// but that one.
func TestAttackRoutesWithoutThePermission(t *testing.T) {
	s := start(t)
	if _, err := s.roles.store.add(t.Context(), s.ID(bob), "others"); err != nil {
		t.Fatal(err)
	}
	nobody, without, others := s.Bearer("x"), s.Program(eve), s.Program(bob)
	tried := map[app.Access]int{}
	for _, e := range s.Endpoints() {
		name, ok := e.Access.Permission()
		if !ok {
			continue
		}
		tried[e.Access]++
		s.roles.policy.Roles["others"] = slices.DeleteFunc(slices.Collect(maps.Keys(library().Meanings)), func(other app.Access) bool { return other == e.Access })
		path := strings.NewReplacer("{role}", "reader", "{id}", s.ID(eve)).Replace(e.Path)
		send := func(c *authtest.Client) authtest.Answer {
			if strings.HasPrefix(path, "/api/") {
				return c.API(e.Method, path, "email", eve)
			}
			return c.Form(e.Method, path, "role", "reader", "email", eve, "id", s.ID(eve))
		}
		authtest.Want(t, e.Method+" "+e.Path+" as nobody", send(nobody), 401)
		authtest.Want(t, e.Method+" "+e.Path+" without a role", send(without), 403, name)
		authtest.Want(t, e.Method+" "+e.Path+" with all others", send(others), 403, name)
	}
	if len(tried) != 5 || tried[permission.RolesGrant] < 4 || tried[permission.RolesRead] < 4 {
		t.Errorf("tried were %v", tried)
	}
	if roles, err := s.roles.store.roles(t.Context(), s.ID(eve)); len(roles) > 0 || err != nil {
		t.Errorf("eve has the roles %v (%v)", roles, err)
	}
}

// TestAttackGivingMoreThanOnesOwn is a librarian, who may give roles and wants to
// write, with an accomplice.
func TestAttackGivingMoreThanOnesOwn(t *testing.T) {
	s := start(t)
	s.Run("users grant " + eve + " librarian")
	program, browser := s.Program(eve), s.SignedIn(eve)
	for _, role := range []string{"writer", "admin"} {
		for _, email := range []string{eve, bob} {
			authtest.Want(t, "giving "+role, program.API("POST", "/api/v1/roles/"+role+"/users", "email", email), 403, "more than you may")
			authtest.Want(t, "giving "+role+" with the form", browser.Post("/roles/give", "role", role, "email", email), 403, "more than you may")
			authtest.Want(t, "giving "+role+" with the form", browser.Post("/roles/give", "role", role, "id", s.ID(email)), 403, "more than you may")
		}
	}
	if a := browser.Do("GET", "/roles/writer", "", ""); strings.Contains(a.Body, "E-mail address") {
		t.Error("the form to give it is shown")
	}
	authtest.Want(t, "the page of a user", browser.Do("GET", "/users/"+s.ID(bob), "", ""), 303, "/forbidden")
	authtest.Want(t, "writing", program.API("POST", write), 403)

	// What those above have is not for them to take.
	s.Run("users grant " + bob + " writer")
	authtest.Want(t, "taking more than one has", program.API("DELETE", "/api/v1/roles/writer/users/"+s.ID(bob)), 403)
	authtest.Want(t, "taking the administrator's role", program.API("DELETE", "/api/v1/roles/admin/users/"+s.ID(ada)), 403)
	authtest.Want(t, "writing", s.Program(bob).API("POST", write), 200)

	// What they have, they may give, their own role among it.
	authtest.Want(t, "giving reader", program.API("POST", "/api/v1/roles/reader/users", "email", bob), 204)
	authtest.Want(t, "giving librarian", browser.Post("/roles/give", "role", "librarian", "email", bob), 303)
	authtest.Want(t, "taking librarian from oneself", program.API("DELETE", "/api/v1/roles/librarian/users/"+s.ID(eve)), 204)
	authtest.Want(t, "giving after that", program.API("POST", "/api/v1/roles/reader/users", "email", eve), 403)
}

// TestAttackForgedAccess sends what might be taken for a permission.
func TestAttackForgedAccess(t *testing.T) {
	s := start(t)
	c := s.Program(eve)
	for _, role := range []string{"*", "books.read", "", "admin", "Reader", "reader "} {
		if _, err := s.roles.store.add(t.Context(), s.ID(eve), role); err != nil {
			t.Fatal(err)
		}
	}
	// The table was written to past the application: no name in it is the role of
	// administrators, or a permission.
	authtest.Want(t, "reading", c.API("POST", read), 403)
	authtest.Want(t, "what is for administrators", c.API("GET", "/components/rbac"), 403)
	authtest.Want(t, "a permission that nobody declares", c.API("POST", "/api/v1/books/burn"), 403, "books.burn")
	s.Run("users grant " + bob + " writer")
	authtest.Want(t, "a permission that nobody declares", s.Program(bob).API("POST", "/api/v1/books/burn"), 403, "books.burn")
}
