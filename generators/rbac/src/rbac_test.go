package rbac

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
)

const read, write, mine = "/api/v1/books/read", "/api/v1/books/write", "/api/v1/books/mine"

func TestRolesLetPeopleDoThings(t *testing.T) {
	s := start(t)
	c := s.Program(bob)
	authtest.Want(t, "reading without a role", c.API("POST", read), 403, `"books.read\"`)
	s.Run("users grant " + bob + " reader")
	authtest.Want(t, "reading as a reader, in the same session", c.API("POST", read), 200, `"write":false`)
	authtest.Want(t, "writing as a reader", c.API("POST", write), 403, "books.write")
	s.Run("users grant Bob@example.com writer")
	authtest.Want(t, "writing as a writer", c.API("POST", write), 200, `"write":true`)
	authtest.Want(t, "what is for everybody", c.API("POST", mine), 200, `"write":true`)
	s.Run("users revoke-role " + bob + " writer")
	authtest.Want(t, "writing after that", c.API("POST", write), 403)
	authtest.Want(t, "what is for everybody", c.API("POST", mine), 200, `"write":false`)
	authtest.Want(t, "reading after that", c.API("POST", read), 200)
	authtest.Want(t, "somebody else", s.Program(eve).API("POST", read), 403)

	for _, everything := range []*authtest.Client{s.Program(ada), s.Bearer(authtest.Token)} {
		authtest.Want(t, "an administrator", everything.API("POST", write), 200)
		// A permission that nobody declares is for those who have all.
		authtest.Want(t, "an administrator", everything.API("POST", "/api/v1/books/burn"), 200)
	}
	authtest.Want(t, "nobody", s.Bearer("x").API("POST", read), 401)
	s.Run("users disable " + bob)
	authtest.Want(t, "who is disabled", c.API("POST", read), 401)
}

func TestAPIOfRoles(t *testing.T) {
	s := start(t)
	admin, user := s.Program(ada), s.Program(bob)
	authtest.Want(t, "giving", admin.API("POST", "/api/v1/roles/writer/users", "email", bob), 204)
	authtest.Want(t, "giving again", admin.API("POST", "/api/v1/roles/writer/users", "email", bob), 204)
	authtest.Want(t, "one's own", user.API("GET", "/api/v1/permissions"), 200, `"roles":["writer"],"permissions":["books.read","books.write"]`)
	authtest.Want(t, "those of an administrator", admin.API("GET", "/api/v1/permissions"), 200, `"roles":["admin"],"permissions":["books.read","books.write","roles.grant","roles.read"]`)
	var roles []Role
	a := admin.API("GET", "/api/v1/roles")
	if err := json.Unmarshal([]byte(a.Body), &roles); err != nil || len(roles) != 4 || roles[0].Name != "admin" || !slices.Equal(roles[3].Permissions, []string{"books.read", "books.write"}) {
		t.Errorf("the roles are %s (%v)", a.Body, err)
	}
	authtest.Want(t, "the writers", admin.API("GET", "/api/v1/roles/writer/users"), 200, bob, `"total":1`)
	authtest.Want(t, "the administrators", admin.API("GET", "/api/v1/roles/admin/users"), 200, ada, `"total":1`)
	authtest.Want(t, "an unknown role", admin.API("POST", "/api/v1/roles/writr/users", "email", bob), 404, "there are admin, librarian, reader, writer")
	authtest.Want(t, "an unknown role", admin.API("GET", "/api/v1/roles/writr/users"), 404)
	authtest.Want(t, "an unknown user", admin.API("POST", "/api/v1/roles/writer/users", "email", "nobody@example.com"), 404)
	authtest.Want(t, "an unknown user", admin.API("DELETE", "/api/v1/roles/writer/users/nobody"), 404)
	authtest.Want(t, "taking", admin.API("DELETE", "/api/v1/roles/writer/users/"+s.ID(bob)), 204)
	authtest.Want(t, "one's own", user.API("GET", "/api/v1/permissions"), 200, `"roles":[],"permissions":[]`)

	authtest.Want(t, "making an administrator", admin.API("POST", "/api/v1/roles/admin/users", "email", bob), 204)
	authtest.Want(t, "the session of before", user.API("GET", "/api/v1/permissions"), 401)
	authtest.Want(t, "the new administrator", s.Program(bob).API("POST", write), 200)
	authtest.Want(t, "no longer", admin.API("DELETE", "/api/v1/roles/admin/users/"+s.ID(bob)), 204)
	authtest.Want(t, "an administrator to oneself", admin.API("DELETE", "/api/v1/roles/admin/users/"+s.ID(ada)), 409)
	authtest.Want(t, "who still is one", admin.API("GET", "/api/v1/roles"), 200)
}

func TestPagesOfRoles(t *testing.T) {
	s := start(t)
	admin, user := s.SignedIn(ada), s.SignedIn(bob)
	authtest.Want(t, "the roles", admin.Do("GET", "/roles", "", ""), 200, "books.write", "read books", "librarian", "/roles/reader")
	authtest.Want(t, "a role", admin.Do("GET", "/roles/reader", "", ""), 200, "Who has it (0)", "E-mail address")
	authtest.Want(t, "giving", admin.Post("/roles/give", "role", "reader", "email", bob, "next", "/roles/reader"), 303, "/roles/reader")
	authtest.Want(t, "a role", admin.Do("GET", "/roles/reader", "", ""), 200, "Who has it (1)", bob, "Take away")
	authtest.Want(t, "the page of a user", admin.Do("GET", "/users/"+s.ID(bob), "", ""), 200, "reader", "books.read", "Take away", `<option value="writer">`)
	authtest.Want(t, "giving there", admin.Post("/roles/give", "role", "writer", "id", s.ID(bob), "next", "/users/"+s.ID(bob)), 303, "/users/"+s.ID(bob))
	authtest.Want(t, "a page for writers", user.Do("GET", "/books", "", ""), 200, "books")
	authtest.Want(t, "taking", admin.Post("/roles/take", "role", "writer", "id", s.ID(bob), "next", "https://evil.example/"), 303)
	a := user.Do("GET", "/books", "", "")
	authtest.Want(t, "a page for writers", a, 303, "/forbidden/books.write")
	authtest.Want(t, "why not", user.Do("GET", a.Target, "", ""), 403, "books.write", "write books")
	authtest.Want(t, "an invented permission", user.Do("GET", "/forbidden/a.lie", "", ""), 404)
	a = s.Browser().Do("GET", "/books", "", "")
	authtest.Want(t, "a page for writers, to nobody", a, 303, "/login?next=%2Fbooks")
	authtest.Want(t, "a mistake", admin.Post("/roles/give", "role", "writr", "email", bob), 404, "There is no role")
	authtest.Want(t, "what happened", admin.Do("GET", "/users/"+s.ID(bob), "", ""), 200, "role given", "role taken away")
	authtest.Want(t, "the dashboard", admin.Do("GET", "/components/rbac", "", ""), 200, "/roles/librarian")
}

func TestCommandsForRoles(t *testing.T) {
	s := start(t)
	s.Run("users grant " + bob + " writer")
	s.Run("users grant " + bob + " librarian")
	if out := s.Run("users roles " + bob); out != "librarian\nwriter\n" {
		t.Errorf("the roles are %q", out)
	}
	s.Run("users grant " + eve + " admin")
	if out := s.Run("users roles " + eve); out != "admin\n" {
		t.Errorf("the roles are %q", out)
	}
	var list []struct {
		Name  string `json:"name"`
		Users int    `json:"users"`
	}
	if err := json.Unmarshal([]byte(s.Run("roles list --json")), &list); err != nil || len(list) != 4 || list[0].Users != 2 || list[3].Users != 1 {
		t.Errorf("the roles are %+v (%v)", list, err)
	}
	if out := s.Run("roles list"); !strings.Contains(out, "books.read books.write") {
		t.Errorf("it prints %s", out)
	}
	for line, text := range map[string]string{
		"users grant " + bob + " writr":          `there is no role "writr"; there are admin, librarian, reader, writer`,
		"users grant nobody@example.com writer":  "there is no such user",
		"users revoke-role nobody@example.com x": "there is no such user",
		"users grant " + bob:                     "accepts 2 arg",
	} {
		if out, err := s.Try(line); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q\n%s", line, err, text, out)
		}
	}
}

// TestRoleThatIsDeclaredNoMore has a user with a role that the application knew
// before.
func TestRoleThatIsDeclaredNoMore(t *testing.T) {
	s := start(t)
	if _, err := s.roles.store.add(t.Context(), s.ID(bob), "owner"); err != nil {
		t.Fatal(err)
	}
	authtest.Want(t, "its user", s.Program(bob).API("POST", read), 403)
	if node := s.roles.Check(t.Context()); node.Status != health.Info || !strings.HasSuffix(node.Message, ": owner") {
		t.Errorf("the check says %+v", node)
	}
	authtest.Want(t, "the page of the user", s.SignedIn(ada).Do("GET", "/users/"+s.ID(bob), "", ""), 200, "not declared any more")
	s.Run("users revoke-role " + bob + " owner")
	if node := s.roles.Check(t.Context()); node.Status != health.Healthy {
		t.Errorf("the check says %+v", node)
	}
}

func TestDocumentsSayWhatIsNeeded(t *testing.T) {
	s := start(t)
	c := s.Browser()
	authtest.Want(t, "the document", c.Do("GET", "/openapi.json", "", ""), 200, `"security":[{"account":["books.write"]}]`, `"security":[]`)
	found := false
	for _, e := range s.Endpoints() {
		text, err := json.Marshal(e)
		found = found || err == nil && e.Path == "/books" && strings.Contains(string(text), `"access":"books.write"`)
	}
	if !found {
		t.Error("the list of routes does not say what the page needs")
	}
}
