package rbac

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

const read, write, mine = "/api/v1/books/read", "/api/v1/books/write", "/api/v1/books/mine"

func TestRolesLetPeopleDoThings(t *testing.T) {
	s := start(t)
	c := s.program(bob)
	want(t, "reading without a role", c.api("POST", read), 403, `"books.read\"`)
	s.run("users grant " + bob + " reader")
	want(t, "reading as a reader, in the same session", c.api("POST", read), 200, `"write":false`)
	want(t, "writing as a reader", c.api("POST", write), 403, "books.write")
	s.run("users grant Bob@example.com writer")
	want(t, "writing as a writer", c.api("POST", write), 200, `"write":true`)
	want(t, "what is for everybody", c.api("POST", mine), 200, `"write":true`)
	s.run("users revoke-role " + bob + " writer")
	want(t, "writing after that", c.api("POST", write), 403)
	want(t, "what is for everybody", c.api("POST", mine), 200, `"write":false`)
	want(t, "reading after that", c.api("POST", read), 200)
	want(t, "somebody else", s.program(eve).api("POST", read), 403)

	for _, everything := range []*client{s.program(ada), {s, http.DefaultClient, token}} {
		want(t, "an administrator", everything.api("POST", write), 200)
		// A permission that nobody declares is for those who have all.
		want(t, "an administrator", everything.api("POST", "/api/v1/books/burn"), 200)
	}
	want(t, "nobody", (&client{s, http.DefaultClient, "x"}).api("POST", read), 401)
	s.run("users disable " + bob)
	want(t, "who is disabled", c.api("POST", read), 401)
}

func TestAPIOfRoles(t *testing.T) {
	s := start(t)
	admin, user := s.program(ada), s.program(bob)
	want(t, "giving", admin.api("POST", "/api/v1/roles/writer/users", "email", bob), 204)
	want(t, "giving again", admin.api("POST", "/api/v1/roles/writer/users", "email", bob), 204)
	want(t, "one's own", user.api("GET", "/api/v1/permissions"), 200, `"roles":["writer"],"permissions":["books.read","books.write"]`)
	want(t, "those of an administrator", admin.api("GET", "/api/v1/permissions"), 200, `"roles":["admin"],"permissions":["books.read","books.write","roles.grant","roles.read"]`)
	var roles []Role
	a := admin.api("GET", "/api/v1/roles")
	if err := json.Unmarshal([]byte(a.body), &roles); err != nil || len(roles) != 4 || roles[0].Name != "admin" || !slices.Equal(roles[3].Permissions, []string{"books.read", "books.write"}) {
		t.Errorf("the roles are %s (%v)", a.body, err)
	}
	want(t, "the writers", admin.api("GET", "/api/v1/roles/writer/users"), 200, bob, `"total":1`)
	want(t, "the administrators", admin.api("GET", "/api/v1/roles/admin/users"), 200, ada, `"total":1`)
	want(t, "an unknown role", admin.api("POST", "/api/v1/roles/writr/users", "email", bob), 404, "there are admin, librarian, reader, writer")
	want(t, "an unknown role", admin.api("GET", "/api/v1/roles/writr/users"), 404)
	want(t, "an unknown user", admin.api("POST", "/api/v1/roles/writer/users", "email", "nobody@example.com"), 404)
	want(t, "an unknown user", admin.api("DELETE", "/api/v1/roles/writer/users/nobody"), 404)
	want(t, "taking", admin.api("DELETE", "/api/v1/roles/writer/users/"+s.id(bob)), 204)
	want(t, "one's own", user.api("GET", "/api/v1/permissions"), 200, `"roles":[],"permissions":[]`)

	want(t, "making an administrator", admin.api("POST", "/api/v1/roles/admin/users", "email", bob), 204)
	want(t, "the session of before", user.api("GET", "/api/v1/permissions"), 401)
	want(t, "the new administrator", s.program(bob).api("POST", write), 200)
	want(t, "no longer", admin.api("DELETE", "/api/v1/roles/admin/users/"+s.id(bob)), 204)
	want(t, "an administrator to oneself", admin.api("DELETE", "/api/v1/roles/admin/users/"+s.id(ada)), 409)
	want(t, "who still is one", admin.api("GET", "/api/v1/roles"), 200)
}

func TestPagesOfRoles(t *testing.T) {
	s := start(t)
	admin, user := s.signedIn(ada), s.signedIn(bob)
	want(t, "the roles", admin.do("GET", "/roles", "", ""), 200, "books.write", "read books", "librarian", "/roles/reader")
	want(t, "a role", admin.do("GET", "/roles/reader", "", ""), 200, "Who has it (0)", "E-mail address")
	want(t, "giving", admin.post("/roles/give", "role", "reader", "email", bob, "next", "/roles/reader"), 303, "/roles/reader")
	want(t, "a role", admin.do("GET", "/roles/reader", "", ""), 200, "Who has it (1)", bob, "Take away")
	want(t, "the page of a user", admin.do("GET", "/users/"+s.id(bob), "", ""), 200, "reader", "books.read", "Take away", `<option value="writer">`)
	want(t, "giving there", admin.post("/roles/give", "role", "writer", "id", s.id(bob), "next", "/users/"+s.id(bob)), 303, "/users/"+s.id(bob))
	want(t, "a page for writers", user.do("GET", "/books", "", ""), 200, "books")
	want(t, "taking", admin.post("/roles/take", "role", "writer", "id", s.id(bob), "next", "https://evil.example/"), 303)
	a := user.do("GET", "/books", "", "")
	want(t, "a page for writers", a, 303, "/forbidden/books.write")
	want(t, "why not", user.do("GET", a.target, "", ""), 403, "books.write", "write books")
	want(t, "an invented permission", user.do("GET", "/forbidden/a.lie", "", ""), 404)
	a = s.browser().do("GET", "/books", "", "")
	want(t, "a page for writers, to nobody", a, 303, "/login?next=%2Fbooks")
	want(t, "a mistake", admin.post("/roles/give", "role", "writr", "email", bob), 404, "There is no role")
	want(t, "what happened", admin.do("GET", "/users/"+s.id(bob), "", ""), 200, "role given", "role taken away")
	want(t, "the dashboard", admin.do("GET", "/components/rbac", "", ""), 200, "/roles/librarian")
}

func TestCommandsForRoles(t *testing.T) {
	s := start(t)
	s.run("users grant " + bob + " writer")
	s.run("users grant " + bob + " librarian")
	if out := s.run("users roles " + bob); out != "librarian\nwriter\n" {
		t.Errorf("the roles are %q", out)
	}
	s.run("users grant " + eve + " admin")
	if out := s.run("users roles " + eve); out != "admin\n" {
		t.Errorf("the roles are %q", out)
	}
	var list []struct {
		Name  string
		Users int
	}
	if err := json.Unmarshal([]byte(s.run("roles list --json")), &list); err != nil || len(list) != 4 || list[0].Users != 2 || list[3].Users != 1 {
		t.Errorf("the roles are %+v (%v)", list, err)
	}
	if out := s.run("roles list"); !strings.Contains(out, "books.read books.write") {
		t.Errorf("it prints %s", out)
	}
	for line, text := range map[string]string{
		"users grant " + bob + " writr":          `there is no role "writr"; there are admin, librarian, reader, writer`,
		"users grant nobody@example.com writer":  "there is no such user",
		"users revoke-role nobody@example.com x": "there is no such user",
		"users grant " + bob:                     "accepts 2 arg",
	} {
		if out, err := s.try(line); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q\n%s", line, err, text, out)
		}
	}
}

// TestRoleThatIsDeclaredNoMore has a user with a role that the application knew
// before.
func TestRoleThatIsDeclaredNoMore(t *testing.T) {
	s := start(t)
	if _, err := s.roles.store.add(t.Context(), s.id(bob), "owner"); err != nil {
		t.Fatal(err)
	}
	want(t, "its user", s.program(bob).api("POST", read), 403)
	if node := s.roles.Check(t.Context()); node.Status != health.Info || !strings.HasSuffix(node.Message, ": owner") {
		t.Errorf("the check says %+v", node)
	}
	want(t, "the page of the user", s.signedIn(ada).do("GET", "/users/"+s.id(bob), "", ""), 200, "not declared any more")
	s.run("users revoke-role " + bob + " owner")
	if node := s.roles.Check(t.Context()); node.Status != health.Healthy {
		t.Errorf("the check says %+v", node)
	}
}

func TestDocumentsSayWhatIsNeeded(t *testing.T) {
	s := start(t)
	c := s.browser()
	want(t, "the document", c.do("GET", "/openapi.json", "", ""), 200, `"security":[{"account":["books.write"]}]`, `"security":[]`)
	found := false
	for _, e := range app.All[*backend.Component](s.app)[0].Endpoints() {
		text, err := json.Marshal(e)
		found = found || err == nil && e.Path == "/books" && strings.Contains(string(text), `"access":"books.write"`)
	}
	if !found {
		t.Error("the list of routes does not say what the page needs")
	}
}
