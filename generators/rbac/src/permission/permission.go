// Package permission stands in for the one that is made of what aegis.cue
// declares. It has what every application has.
package permission

import "github.com/aegis-stack/aegis/blueprints/service/app"

// The permissions.
var (
	RolesGrant = app.Permission("roles.grant") // give and take roles, up to one's own permissions
	RolesRead  = app.Permission("roles.read")  // see the roles, and who has them
)

// Meanings says what each permission lets people do.
func Meanings() map[app.Access]string {
	return map[app.Access]string{
		RolesGrant: "give and take roles, up to one's own permissions",
		RolesRead:  "see the roles, and who has them",
	}
}

// Roles lists the permissions of each role, besides that of administrators, who
// have all.
func Roles() map[string][]app.Access { return nil }
