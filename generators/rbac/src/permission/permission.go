// Package permission stands in for the one that is made of what aegis.cue
// declares. It has what every application has, those of organisations among it.
package permission

import "github.com/aegis-stack/aegis/blueprints/service/app"

// The permissions.
var (
	OrgMembers = app.Permission("org.members") // invite people, remove them, and give them roles, up to one's own permissions
	OrgOwn     = app.Permission("org.own")     // hand the organisation over, or delete it
	OrgRead    = app.Permission("org.read")    // see the organisation and its members
	OrgUpdate  = app.Permission("org.update")  // change the name of the organisation
	RolesGrant = app.Permission("roles.grant") // give and take roles, up to one's own permissions
	RolesRead  = app.Permission("roles.read")  // see the roles, and who has them
)

// Meanings says what each permission lets people do.
func Meanings() map[app.Access]string {
	return map[app.Access]string{
		OrgMembers: "invite people, remove them, and give them roles, up to one's own permissions",
		OrgOwn:     "hand the organisation over, or delete it",
		OrgRead:    "see the organisation and its members",
		OrgUpdate:  "change the name of the organisation",
		RolesGrant: "give and take roles, up to one's own permissions",
		RolesRead:  "see the roles, and who has them",
	}
}

// Roles lists the permissions of each role, besides that of administrators, who
// have all.
func Roles() map[string][]app.Access {
	return map[string][]app.Access{
		"member": {},
		"owner":  {OrgMembers, OrgOwn, OrgRead, OrgUpdate, RolesGrant, RolesRead},
	}
}
