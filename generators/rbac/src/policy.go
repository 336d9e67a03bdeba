package rbac

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
)

// AdminRole is the role of administrators. It has every permission, and what is
// for administrators besides.
const AdminRole = "admin"

// Role is a name for permissions.
type Role struct {
	Name string `json:"name"`
	// Permissions are their names, sorted.
	Permissions []string `json:"permissions"`
}

// Policy is what the roles of the application let people do.
type Policy struct {
	Meanings map[app.Access]string   // of all permissions
	Roles    map[string][]app.Access // without that of administrators
}

// Role returns the role called name, false if there is none.
func (p Policy) Role(name string) (Role, bool) {
	permissions, ok := p.Roles[name]
	if name == AdminRole {
		permissions, ok = slices.Collect(maps.Keys(p.Meanings)), true
	}
	names := make([]string, len(permissions))
	for i, permission := range permissions {
		names[i] = permission.String()
	}
	slices.Sort(names)
	return Role{name, names}, ok
}

// Known refuses a role that there is not.
func (p Policy) Known(role string) error {
	if _, ok := p.Role(role); ok {
		return nil
	}
	var names []string
	for _, r := range p.List() {
		names = append(names, r.Name)
	}
	return auth.Refusal(http.StatusNotFound, fmt.Sprintf("there is no role %q; there are %s", role, strings.Join(names, ", ")))
}

// admin is the role of administrators.
func (p Policy) admin() Role {
	role, _ := p.Role(AdminRole)
	return role
}

// List returns all roles by name, that of administrators first.
func (p Policy) List() []Role {
	names := append([]string{AdminRole}, slices.Sorted(maps.Keys(p.Roles))...)
	list := make([]Role, len(names))
	for i, name := range names {
		list[i], _ = p.Role(name)
	}
	return list
}

// Rights are what somebody may do, at the request that they are of.
type Rights struct {
	admin       bool
	permissions map[app.Access]bool // of those who are no administrators
}

// May says whether the permission is among them.
func (r Rights) May(permission app.Access) bool { return r.admin || r.permissions[permission] }

// With returns the rights and another permission.
func (r Rights) With(permission app.Access) Rights {
	more := maps.Clone(r.permissions)
	more[permission] = true
	return Rights{r.admin, more}
}

// Rights returns what somebody may do who has the roles.
func (p Policy) Rights(admin bool, roles ...string) Rights {
	r := Rights{admin, map[app.Access]bool{}}
	for _, name := range roles {
		for _, permission := range p.Roles[name] {
			r.permissions[permission] = true
		}
	}
	return r
}

// Covers says whether the role lets nobody do more than r. That of administrators lets
// them do what no permission is about.
func (p Policy) Covers(r Rights, role string) bool {
	if r.admin {
		return true
	}
	beyond := func(permission app.Access) bool { return !r.permissions[permission] }
	return role != AdminRole && !slices.ContainsFunc(p.Roles[role], beyond)
}
