package org

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/mail/src"
)

const (
	// invitationLife is how long an invitation is good.
	invitationLife = 7 * 24 * time.Hour
	// mostInvitations may wait in an organisation at the same time.
	mostInvitations = 100
)

var (
	// mailboxLimit is for invitations to one mailbox, whoever sends them.
	mailboxLimit = auth.Limit{Every: 10 * time.Minute, Burst: 10}
	// inviterLimit is for invitations by one person, whoever gets them.
	inviterLimit = auth.Limit{Every: time.Minute, Burst: mostInvitations}
)

// Invitation waits for somebody to accept it.
type Invitation struct {
	ID      string    `json:"id"`
	Email   string    `json:"email"`
	Role    string    `json:"role"`
	Expires time.Time `json:"expires"`
}

// invite writes to an address that its owner may join, with the role. An
// invitation before it is worth nothing from now on.
func (c *Component) invite(ctx context.Context, r *http.Request, email, role string) error {
	m, by := current(ctx)
	email, err := auth.ParseEmail(email)
	if err != nil {
		return err
	}
	if err := c.mayGive(ctx, role); err != nil {
		return err
	}
	if err := c.users.Attempt(ctx, "invitations by "+by.ID, inviterLimit); err != nil {
		return err
	}
	if err := c.users.Attempt(ctx, "invitation "+auth.Digest(email), mailboxLimit); err != nil {
		return err
	}
	secret := rand.Text()
	row := &invitationRow{
		ID: auth.NewID(), Secret: auth.Digest(secret), OrgID: m.ID, Email: email, Role: role,
		InvitedBy: by.ID, ExpiresAt: c.now().Add(invitationLife).UnixMilli(),
	}
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewDelete().Model((*invitationRow)(nil)).Where("org_id = ?", m.ID).WhereGroup(" AND ", func(q *bun.DeleteQuery) *bun.DeleteQuery {
			return q.Where("email = ?", email).WhereOr("expires_at <= ?", c.now().UnixMilli())
		}).Exec(ctx)
		if err != nil {
			return err
		}
		waiting, err := tx.NewSelect().Model((*invitationRow)(nil)).Where("org_id = ?", m.ID).Count(ctx)
		if err != nil {
			return err
		}
		if waiting >= mostInvitations {
			return errInvitations
		}
		_, err = tx.NewInsert().Model(row).Exec(ctx)
		return err
	})
	if err != nil {
		return err
	}
	err = c.mail.Send(ctx, mail.Message{To: email, Subject: "Invitation to an organisation", Text: "Hello,\n\n" +
		by.Name + " (" + by.Email + ") invites you to the organisation " + m.Name + ".\n" +
		"To join it, follow this link within seven days, and sign in with this address:\n\n" +
		c.users.Link(invitationPath+"?ticket="+secret) + "\n\n" +
		"If you have no account yet, make one with this address first:\n\n" +
		c.users.RegisterLink(secret) + "\n\n" +
		"If you do not want to join, do nothing.\n"})
	if err != nil {
		// Nobody has the link.
		_, forget := c.store.db.DB().NewDelete().Model(row).WherePK().Exec(context.WithoutCancel(ctx))
		if errors.Is(err, mail.ErrRecipient) {
			err = errRecipient
		}
		return errors.Join(err, forget)
	}
	c.users.Record(ctx, r, by.ID, "invited to an organisation", m.Slug+" "+email+" "+role)
	return nil
}

// Invited implements auth.Inviter.
func (c *Component) Invited(ctx context.Context, email, ticket string) (bool, error) {
	query := c.store.db.DB().NewSelect().Model((*invitationRow)(nil)).Where("email = ?", email).Where("expires_at > ?", c.now().UnixMilli())
	if ticket != "" {
		query = query.Where("secret = ?", auth.Digest(ticket))
	}
	return query.Exists(ctx)
}

// invitations lists those of the organisation that are good.
func (c *Component) invitations(ctx context.Context) ([]Invitation, error) {
	m, _ := current(ctx)
	var rows []invitationRow
	err := c.store.db.Read().NewSelect().Model(&rows).Where("org_id = ?", m.ID).Where("expires_at > ?", c.now().UnixMilli()).Order("email").Scan(ctx)
	list := make([]Invitation, len(rows))
	for i, row := range rows {
		list[i] = Invitation{row.ID, row.Email, row.Role, time.UnixMilli(row.ExpiresAt).UTC()}
	}
	return list, err
}

// withdraw makes an invitation of the organisation worth nothing.
func (c *Component) withdraw(ctx context.Context, r *http.Request, id string) error {
	m, by := current(ctx)
	err := changed(c.store.db.DB().NewDelete().Model((*invitationRow)(nil)).Where("org_id = ?", m.ID).Where("id = ?", id).Exec(ctx))
	if err != nil {
		return orElse(err, errNoInvitation)
	}
	c.users.Record(ctx, r, by.ID, "invitation withdrawn", m.Slug)
	return nil
}

// invited returns the organisation and the role that a ticket invites to. Who is
// signed in has to be who it was sent to: a link that was passed on is worth
// nothing.
func (c *Component) invited(ctx context.Context, db bun.IDB, ticket string) (Organisation, *invitationRow, error) {
	user, _ := auth.From(ctx)
	row, o := new(invitationRow), new(orgRow)
	err := db.NewSelect().Model(row).Where("secret = ?", auth.Digest(ticket)).Where("expires_at > ?", c.now().UnixMilli()).Scan(ctx)
	if err == nil {
		err = db.NewSelect().Model(o).Where("id = ?", row.OrgID).Scan(ctx)
	}
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return Organisation{}, nil, errTicket
	case err != nil:
		return Organisation{}, nil, err
	case row.Email != user.Email:
		return Organisation{}, nil, errOthers
	}
	return o.Organisation, row, nil
}

// accept makes who is signed in a member, once.
func (c *Component) accept(ctx context.Context, r *http.Request, ticket string) (o Organisation, err error) {
	user, _ := auth.From(ctx)
	err = c.store.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		var row *invitationRow
		if o, row, err = c.invited(ctx, tx, ticket); err != nil {
			return err
		}
		// Of those who come at the same time, one succeeds.
		if err := changed(tx.NewDelete().Model((*invitationRow)(nil)).Where("id = ?", row.ID).Exec(ctx)); err != nil {
			return orElse(err, errTicket)
		}
		// Who is a member already keeps the role.
		_, err = tx.NewInsert().Model(&memberRow{OrgID: row.OrgID, UserID: user.ID, Role: row.Role, JoinedAt: c.now().UnixMilli()}).
			On("CONFLICT (org_id, user_id) DO NOTHING").Exec(ctx)
		return err
	})
	if err == nil {
		c.users.Record(ctx, r, user.ID, "joined an organisation", o.Slug)
	}
	return o, err
}
