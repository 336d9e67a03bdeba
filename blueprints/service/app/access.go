package app

import (
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// Access says whom something answers. The zero value has not said: it answers
// everybody.
type Access struct {
	name       string
	permission bool
}

// Whom something may answer, whatever the guard knows.
var (
	Public   = Access{name: "public"}
	SignedIn = Access{name: "signed in"} // to an account of their own
	Admin    = Access{name: "admin"}
)

// Permission is the access of those who may do what has the name, such as
// "notes.write". Guards that know no permissions give it to administrators.
func Permission(name string) Access { return Access{name: name, permission: true} }

// String returns "public", "signed in", "admin", the name of a permission, or
// "unsaid".
func (a Access) String() string {
	if a.name == "" {
		return "unsaid"
	}
	return a.name
}

// MarshalText writes it as String does.
func (a Access) MarshalText() ([]byte, error) { return []byte(a.String()), nil }

// Permission returns the name of the permission that the access is, if it is
// one.
func (a Access) Permission() (name string, ok bool) { return a.name, a.permission }

// Open says whether nobody is kept out.
func (a Access) Open() bool { return a == Public || a == Access{} }

// The Security of operations, which says whom they answer. Who has called one
// that is not for everybody, is in its context; see Guard.
var (
	Everybody    = []map[string][]string{}
	SignedInOnly = []map[string][]string{{accountScheme: {}}}
	AdminOnly    = []map[string][]string{{adminScheme: {}}}
)

const accountScheme, adminScheme = "account", "admin"

// Only is the Security of an operation for those who have the access.
func Only(access Access) []map[string][]string {
	switch {
	case access.Open():
		return Everybody
	case access == SignedIn:
		return SignedInOnly
	case access == Admin:
		return AdminOnly
	}
	return []map[string][]string{{accountScheme: {access.name}}}
}

// AccessTo returns the access that the operation asks for.
func AccessTo(op *huma.Operation) Access {
	access := Access{}
	if op.Security != nil {
		access = Public
	}
	for _, schemes := range op.Security {
		if _, ok := schemes[adminScheme]; ok {
			return Admin
		}
		permissions, ok := schemes[accountScheme]
		switch {
		case ok && len(permissions) > 0:
			// Several would be one that nobody has.
			access = Permission(strings.Join(permissions, " "))
		case ok:
			access = SignedIn
		}
	}
	return access
}
