package org

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// Organisation is people who share what others do not see.
type Organisation struct {
	ID   string `json:"id"`
	Slug string `json:"slug" doc:"Its name in paths"`
	Name string `json:"name"`
}

type orgRow struct {
	bun.BaseModel `bun:"table:org_organisations,alias:o"`
	Organisation  `bun:"embed:"`

	CreatedAt int64 // milliseconds since 1970, as all times
}

type memberRow struct {
	bun.BaseModel `bun:"table:org_members,alias:m"`

	OrgID    string `bun:",pk"`
	UserID   string `bun:",pk"`
	Role     string
	JoinedAt int64
}

type invitationRow struct {
	bun.BaseModel `bun:"table:org_invitations,alias:i"`

	ID        string `bun:",pk"`
	Secret    string // digest
	OrgID     string
	Email     string
	Role      string
	InvitedBy string
	ExpiresAt int64
}

// store has the queries of organisations.
type store struct{ db *database.Component }

// memberships selects those that where leaves.
func (s store) memberships() *bun.SelectQuery {
	return s.db.Read().NewSelect().TableExpr("org_members AS m").Join("JOIN org_organisations AS o ON o.id = m.org_id").
		Column("o.id", "o.slug", "o.name", "m.role").Order("o.slug")
}

// membership returns that of a user, or nil.
func (s store) membership(ctx context.Context, slug, userID string) (*Membership, error) {
	m := new(Membership)
	err := s.memberships().Where("o.slug = ?", slug).Where("m.user_id = ?", userID).Scan(ctx, m)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

// membershipsOf returns all of a user.
func (s store) membershipsOf(ctx context.Context, userID string) ([]Membership, error) {
	list := []Membership{}
	return list, s.memberships().Where("m.user_id = ?", userID).Scan(ctx, &list)
}

// organisation returns that with the slug, or a refusal.
func (s store) organisation(ctx context.Context, slug string) (Organisation, error) {
	row := new(orgRow)
	err := s.db.Read().NewSelect().Model(row).Where("slug = ?", slug).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return Organisation{}, errNoOrg
	}
	return row.Organisation, err
}

func (s store) organisations(ctx context.Context, page database.Page) (database.PageOf[Organisation], error) {
	return database.List[Organisation](ctx, s.db.Read().NewSelect().TableExpr("org_organisations AS o").Column("o.id", "o.slug", "o.name").Order("o.slug"), page)
}

// add makes the organisation, with its owner.
func (s store) add(ctx context.Context, o Organisation, userID string, now time.Time) error {
	return s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		row := &orgRow{Organisation: o, CreatedAt: now.UnixMilli()}
		if err := changed(tx.NewInsert().Model(row).On("CONFLICT (slug) DO NOTHING").Exec(ctx)); err != nil {
			return orElse(err, errTaken)
		}
		_, err := tx.NewInsert().Model(&memberRow{OrgID: o.ID, UserID: userID, Role: ownerRole, JoinedAt: now.UnixMilli()}).Exec(ctx)
		return err
	})
}

func (s store) rename(ctx context.Context, id, name string) error {
	return changed(s.db.DB().NewUpdate().Model((*orgRow)(nil)).Set("name = ?", name).Where("id = ?", id).Exec(ctx))
}

func (s store) remove(ctx context.Context, id string) error {
	return changed(s.db.DB().NewDelete().Model((*orgRow)(nil)).Where("id = ?", id).Exec(ctx))
}

// roleOf returns that of a member, or a refusal.
func (s store) roleOf(ctx context.Context, orgID, userID string) (string, error) {
	row := new(memberRow)
	err := s.db.DB().NewSelect().Model(row).Where("org_id = ?", orgID).Where("user_id = ?", userID).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return "", errNoMember
	}
	return row.Role, err
}

// setRole changes the role of a member who has still another one.
func (s store) setRole(ctx context.Context, db bun.IDB, orgID, userID, from, to string) error {
	return orElse(changed(db.NewUpdate().Model((*memberRow)(nil)).Set("role = ?", to).
		Where("org_id = ?", orgID).Where("user_id = ?", userID).Where("role = ?", from).Exec(ctx)), errNoMember)
}

// removeMember removes one who has still the role, and what they have offered.
func (s store) removeMember(ctx context.Context, orgID, userID, role string) error {
	return orElse(changed(s.db.DB().NewDelete().Model((*memberRow)(nil)).
		Where("org_id = ?", orgID).Where("user_id = ?", userID).Where("role = ?", role).Exec(ctx)), errNoMember)
}

// setOwner makes a member the owner, and a member of the one before, whose
// invitations are worth nothing from now on.
func (s store) setOwner(ctx context.Context, orgID, userID string) error {
	return s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		before := tx.NewSelect().Model((*memberRow)(nil)).Column("user_id").
			Where("org_id = ?", orgID).Where("role = ?", ownerRole).Where("user_id <> ?", userID)
		_, err := tx.NewDelete().Model((*invitationRow)(nil)).Where("org_id = ?", orgID).Where("invited_by IN (?)", before).Exec(ctx)
		if err != nil {
			return err
		}
		_, err = tx.NewUpdate().Model((*memberRow)(nil)).Set("role = ?", memberRole).
			Where("org_id = ?", orgID).Where("role = ?", ownerRole).Exec(ctx)
		if err != nil {
			return err
		}
		return orElse(changed(tx.NewUpdate().Model((*memberRow)(nil)).Set("role = ?", ownerRole).
			Where("org_id = ?", orgID).Where("user_id = ?", userID).Exec(ctx)), errNoMember)
	})
}

// changed is sql.ErrNoRows if there was nothing to write to.
func changed(result sql.Result, err error) error {
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 {
		return errors.Join(sql.ErrNoRows, err)
	}
	return nil
}

// orElse returns refusal if nothing was changed.
func orElse(err, refusal error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return refusal
	}
	return err
}
