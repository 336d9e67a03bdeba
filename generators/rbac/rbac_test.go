package rbac_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/rbac"
)

// generate returns the files of the part in the project of a manifest.
func generate(t *testing.T, manifest string) map[string]string {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	project, err := s.LoadBytes(map[string][]byte{"aegis.cue": []byte("name: \"shop\"\nmodule: \"example.com/shop\"\nservices: auth: level: \"rbac\"\n" + manifest)})
	if err != nil {
		t.Fatal(err)
	}
	response, err := rbac.Generator.Generate(generators.Request{Project: project, Component: project.Component("rbac")})
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, f := range response.Files {
		files[f.Path] = string(f.Content)
	}
	return files
}

func TestPermissionsAreVariables(t *testing.T) {
	files := generate(t, `services: auth: {
	permissions: {
		notes: {read: "read notes", delete: "delete notes"}
		api_keys: read: "see keys of the API"
	}
	roles: {
		editor: ["notes.*"]
		owner: ["*"]
		guest: []
		auditor: ["roles.read", "notes.read", "api_keys.*"]
	}
}
`)
	got := files["internal/rbac/permission/permission_gen.go"]
	for _, want := range []string{
		`NotesDelete = app.Permission("notes.delete")  // delete notes`,
		`APIKeysRead = app.Permission("api_keys.read") // see keys of the API`,
		`NotesRead:   "read notes",`,
		`"editor":  {NotesDelete, NotesRead},`,
		`"owner":   {APIKeysRead, NotesDelete, NotesRead, RolesGrant, RolesRead},`,
		`"guest":   {},`,
		`"auditor": {APIKeysRead, NotesRead, RolesRead},`,
	} {
		if !strings.Contains(got, want) {
			t.Errorf("the permissions lack %q:\n%s", want, got)
		}
	}
	if strings.Contains(got, `"admin"`) || files["internal/rbac/permission/permission.go"] != "" || files["cmd/shop/routes_test.go"] == "" {
		t.Errorf("there are too many or too few files or roles:\n%s", got)
	}
}

// TestMisspeltPermissionsDoNotCompile writes routes as somebody who is in a hurry
// would.
func TestMisspeltPermissionsDoNotCompile(t *testing.T) {
	place, err := filepath.Abs("src/hurry/hurry.go") // is not there
	if err != nil {
		t.Fatal(err)
	}
	for line, want := range map[string]string{
		`var _ = app.Only(permission.RolesRead)`:                              "",
		`var _ = app.Only(permission.RolesRaed)`:                              "undefined: permission.RolesRaed",
		`var _ = app.Only("roles.read")`:                                      `cannot use "roles.read"`,
		`func f(r *app.Routes) { r.HandleOnly("roles.read", "GET /x", nil) }`: `cannot use "roles.read"`,
		`var _ = app.Only(app.Access{"roles.read", true})`:                    "implicit assignment to unexported field",
	} {
		dir := t.TempDir()
		source, overlay := filepath.Join(dir, "hurry.go"), filepath.Join(dir, "overlay.json")
		text := "package hurry\n\nimport (\n\t\"github.com/aegis-stack/aegis/blueprints/service/app\"\n\t\"github.com/aegis-stack/aegis/generators/rbac/src/permission\"\n)\n\nvar _ = permission.RolesGrant\n\n" + line + "\n"
		replace, err := json.Marshal(map[string]map[string]string{"Replace": {place: source}})
		if err != nil {
			t.Fatal(err)
		}
		for name, content := range map[string][]byte{source: []byte(text), overlay: replace} {
			if err := os.WriteFile(name, content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		output, err := exec.CommandContext(t.Context(), "go", "build", "-overlay", overlay, "./src/hurry").CombinedOutput()
		if (err == nil) != (want == "") || !strings.Contains(string(output), want) {
			t.Errorf("%s: %v, want %q:\n%s", line, err, want, output)
		}
	}
}
