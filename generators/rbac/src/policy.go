package rbac

import (
	"maps"
	"slices"

	"github.com/aegis-stack/aegis/blueprints/service/app"
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

// policy is what the roles of the application let people do.
type policy struct {
	meanings map[app.Access]string
	roles    map[string][]app.Access
}

// role returns the role called name, false if there is none.
func (p policy) role(name string) (Role, bool) {
	permissions, ok := p.roles[name]
	if name == AdminRole {
		permissions, ok = slices.Collect(maps.Keys(p.meanings)), true
	}
	names := make([]string, len(permissions))
	for i, permission := range permissions {
		names[i] = permission.String()
	}
	slices.Sort(names)
	return Role{name, names}, ok
}

// admin is the role of administrators.
func (p policy) admin() Role {
	role, _ := p.role(AdminRole)
	return role
}

// list returns all roles by name, that of administrators first.
func (p policy) list() []Role {
	names := append([]string{AdminRole}, slices.Sorted(maps.Keys(p.roles))...)
	list := make([]Role, len(names))
	for i, name := range names {
		list[i], _ = p.role(name)
	}
	return list
}

// rights are what somebody may do.
type rights struct {
	admin       bool
	permissions map[app.Access]bool // of those who are no administrators
}

// rightsOf returns what somebody may do who has the roles.
func (p policy) rightsOf(admin bool, roles []string) rights {
	r := rights{admin, map[app.Access]bool{}}
	for _, name := range roles {
		for _, permission := range p.roles[name] {
			r.permissions[permission] = true
		}
	}
	return r
}

func (r rights) may(permission app.Access) bool { return r.admin || r.permissions[permission] }

// covers says whether the role lets nobody do more. That of administrators lets
// them do what no permission is about.
func (p policy) covers(r rights, role string) bool {
	if r.admin {
		return true
	}
	beyond := func(permission app.Access) bool { return !r.permissions[permission] }
	return role != AdminRole && !slices.ContainsFunc(p.roles[role], beyond)
}
