package app

import (
	"fmt"
	"slices"
	"strings"
)

// Role is a part of the application's work that can have processes of its own.
type Role string

// Web answers requests. The other roles are those of the specialists.
const Web Role = "web"

// Roles lists the roles that the application has: in a process of its own each
// can be started with, and together they are the whole.
func (a *App) Roles() []Role {
	roles := []Role{Web}
	for _, s := range All[Specialist](a) {
		if !slices.Contains(roles, s.Role()) {
			roles = append(roles, s.Role())
		}
	}
	slices.Sort(roles)
	return roles
}

// Serves says whether this process has the role: all have every role that are
// not told otherwise.
func (a *App) Serves(role Role) bool {
	return len(a.roles) == 0 || slices.Contains(a.roles, role)
}

// works says whether the component has its loop in this process.
func (a *App) works(c Component) bool {
	s, ok := c.(Specialist)
	return !ok || a.Serves(s.Role())
}

func (a *App) checkRoles() error {
	for _, role := range a.roles {
		if known := a.Roles(); !slices.Contains(known, role) {
			var names []string
			for _, k := range known {
				names = append(names, string(k))
			}
			return &ConfigError{Problems: []string{fmt.Sprintf("there is no role %q: choose among %s", role, strings.Join(names, ", "))}}
		}
	}
	return nil
}

// All returns the components that are a T, in the order in which they start.
func All[T any](a *App) []T {
	var all []T
	for _, c := range a.components {
		if t, ok := c.(T); ok {
			all = append(all, t)
		}
	}
	return all
}
