package org

import (
	"context"
	"net/http"
	"regexp"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
)

const (
	// ownerRole is the role of the one who may do everything in an organisation.
	ownerRole = "owner"
	// memberRole is the role of those who have been given no other.
	memberRole = "member"
	// mostOwned is how many organisations somebody may own.
	mostOwned = 50
)

var slugForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

const longestSlug = 40

// create makes an organisation that the user owns, as r asks for; without r a
// command does.
func (c *Component) create(ctx context.Context, r *http.Request, userID, slug, name string) (Organisation, error) {
	name, err := auth.ParseName(name)
	if err != nil {
		return Organisation{}, err
	}
	if len(slug) > longestSlug || !slugForm.MatchString(slug) {
		return Organisation{}, errSlug
	}
	if n, err := c.owned(ctx, userID); err != nil || n >= mostOwned {
		if err == nil {
			err = errMany
		}
		return Organisation{}, err
	}
	o := Organisation{ID: auth.NewID(), Slug: slug, Name: name}
	if err := c.store.add(ctx, o, userID, c.now()); err != nil {
		return Organisation{}, err
	}
	c.users.Record(ctx, r, userID, "made an organisation", slug)
	return o, nil
}

// owned is how many organisations the user owns.
func (c *Component) owned(ctx context.Context, userID string) (int64, error) {
	return c.store.db.Read().NewSelect().Model((*memberRow)(nil)).Where("user_id = ?", userID).Where("role = ?", ownerRole).Count(ctx)
}

// current returns the organisation that the request is about, and who has sent it.
// All that follows is for routes of an organisation.
func current(ctx context.Context) (Membership, auth.User) {
	m, ok := From(ctx)
	user, known := auth.From(ctx)
	if !ok || !known {
		panic("org: a route of an organisation was called outside of it")
	}
	return m, user
}

func (c *Component) rename(ctx context.Context, r *http.Request, name string) error {
	m, by := current(ctx)
	name, err := auth.ParseName(name)
	if err != nil {
		return err
	}
	if err := c.store.rename(ctx, m.ID, name); err != nil {
		return orElse(err, errNoOrg)
	}
	c.users.Record(ctx, r, by.ID, "organisation renamed", m.Slug)
	return nil
}

func (c *Component) remove(ctx context.Context, r *http.Request, o Organisation, userID string) error {
	if err := c.store.remove(ctx, o.ID); err != nil {
		return orElse(err, errNoOrg)
	}
	c.users.Record(ctx, r, userID, "organisation deleted", o.Slug)
	return nil
}

// handOver makes a member the owner, as r asks for; without r a command does.
func (c *Component) handOver(ctx context.Context, r *http.Request, o Organisation, userID string) error {
	if err := c.store.setOwner(ctx, o.ID, userID); err != nil {
		return err
	}
	c.users.Record(ctx, r, userID, "became owner of an organisation", o.Slug)
	return nil
}

// Member is a user in an organisation.
type Member struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Role  string `json:"role"`
}

// members lists those of an organisation, by address.
func (c *Component) members(ctx context.Context, orgID string, page database.Page) (database.PageOf[Member], error) {
	query := c.store.db.Read().NewSelect().TableExpr("org_members AS m").Join("JOIN auth_users AS u ON u.id = m.user_id").
		Column("u.id", "u.email", "u.name", "m.role").Where("m.org_id = ?", orgID).Order("u.email")
	return database.List[Member](ctx, query, page)
}

// mayGive refuses a role that nobody can be given, or that lets people do more in
// the organisation than who is signed in.
func (c *Component) mayGive(ctx context.Context, role string) error {
	if role == ownerRole || role == rbac.AdminRole {
		return errOwnerRole
	}
	if err := c.policy.Known(role); err != nil {
		return err
	}
	return c.mayTouch(ctx, role)
}

// mayTouch refuses those who would change what is above them.
func (c *Component) mayTouch(ctx context.Context, role string) error {
	m, _ := current(ctx)
	if !c.policy.Covers(c.rightsOf(m.Role), role) {
		return auth.Refusal(http.StatusForbidden, "the role \""+role+"\" lets people do more than you may")
	}
	return nil
}

// setRole gives a member another role. What the member has offered to others is
// worth nothing from now on.
func (c *Component) setRole(ctx context.Context, r *http.Request, userID, role string) error {
	m, _ := current(ctx)
	before, err := c.memberBelow(ctx, m, userID)
	if err != nil {
		return err
	}
	if err := c.mayGive(ctx, role); err != nil {
		return err
	}
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if err := c.store.setRole(ctx, tx, m.ID, userID, before, role); err != nil {
			return err
		}
		_, err := tx.NewDelete().Model((*invitationRow)(nil)).Where("org_id = ?", m.ID).Where("invited_by = ?", userID).Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	c.users.Record(ctx, r, userID, "role in an organisation", m.Slug+" "+role)
	return nil
}

// removeMember removes somebody else.
func (c *Component) removeMember(ctx context.Context, r *http.Request, userID string) error {
	m, _ := current(ctx)
	role, err := c.memberBelow(ctx, m, userID)
	if err != nil {
		return err
	}
	if err := c.store.removeMember(ctx, m.ID, userID, role); err != nil {
		return err
	}
	c.users.Record(ctx, r, userID, "removed from an organisation", m.Slug)
	return nil
}

// memberBelow returns the role of a member who is not above who is signed in.
func (c *Component) memberBelow(ctx context.Context, m Membership, userID string) (string, error) {
	role, err := c.store.roleOf(ctx, m.ID, userID)
	if err != nil {
		return "", err
	}
	if role == ownerRole {
		return "", errOwner
	}
	return role, c.mayTouch(ctx, role)
}

// leave has who is signed in leave.
func (c *Component) leave(ctx context.Context, r *http.Request) error {
	m, user := current(ctx)
	if m.Role == ownerRole {
		return errOwner
	}
	if err := c.store.removeMember(ctx, m.ID, user.ID, m.Role); err != nil {
		return err
	}
	c.users.Record(ctx, r, user.ID, "left an organisation", m.Slug)
	return nil
}
