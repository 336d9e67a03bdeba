// Package rbac brings roles and permissions into the generated application.
package rbac

import (
	"embed"
	"maps"
	"path"
	"slices"
	"strings"
	"text/template"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/goname"
	"github.com/aegis-stack/aegis/schema"
)

//go:embed all:src component.cue modules.json README.md
var folder embed.FS

// Generator emits the part.
var Generator = generators.With(generators.FromFS("rbac", folder), declare)

var (
	//go:embed permission.tmpl
	texts embed.FS
	// routesTest belongs to the package of the application's own program. It is run
	// where it lies on an application of everything.
	//
	//go:embed wholetest/routes_test.go
	routesTest []byte
)

// own is the package of the permissions and roles that the manifest declares.
var own = declared.Package{
	Path:      "internal/rbac/permission",
	Variant:   "rbac/permission",
	Templates: template.Must(template.ParseFS(texts, "permission.tmpl")),
	Hint:      "change services.auth.permissions and services.auth.roles in aegis.cue",
}

type (
	declaration struct {
		Permissions []permission
		Roles       []role
	}
	permission struct{ Name, Variable, Meaning string }
	role       struct {
		Name        string
		Permissions []string // variables
	}
)

// declare replaces the package that stands in for the declared permissions, and
// adds the test of the application's routes.
func declare(request generators.Request, response *generators.Response) error {
	own.Replace(response)
	response.Files = append(response.Files, generators.File{
		Path: path.Join("cmd", request.Project.Name, "routes_test.go"), Policy: generators.Merge, Mode: 0o644, Content: routesTest,
	})
	return own.Add(response, "permission_gen.go", "permission.tmpl", declarationOf(request.Project.Component("auth")), generators.Regenerate)
}

// declarationOf returns the permissions and roles of the manifest, sorted by
// name.
func declarationOf(auth *schema.Component) declaration {
	var d declaration
	declared, _ := auth.Options["permissions"].(map[string]any)
	for _, of := range slices.Sorted(maps.Keys(declared)) {
		all, _ := declared[of].(map[string]any)
		for _, to := range slices.Sorted(maps.Keys(all)) {
			meaning, _ := all[to].(string)
			d.Permissions = append(d.Permissions, permission{of + "." + to, goname.Exported(of) + goname.Exported(to), meaning})
		}
	}
	roles, _ := auth.Options["roles"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(roles)) {
		if name == "admin" {
			continue // has them all, whatever there will be
		}
		patterns, _ := roles[name].([]any)
		variables := d.matching(patterns)
		if name != "owner" {
			// For the owner of an organisation alone, whatever a pattern matches.
			variables = slices.DeleteFunc(variables, func(v string) bool { return v == "OrgOwn" })
		}
		d.Roles = append(d.Roles, role{name, variables})
	}
	return d
}

// matching returns the variables of the permissions that a role has.
func (d declaration) matching(patterns []any) []string {
	var variables []string
	for _, p := range d.Permissions {
		of, _, _ := strings.Cut(p.Name, ".")
		if slices.ContainsFunc(patterns, func(pattern any) bool { return pattern == "*" || pattern == of+".*" || pattern == p.Name }) {
			variables = append(variables, p.Variable)
		}
	}
	return variables
}
