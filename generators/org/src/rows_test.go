package org

import (
	"context"
	"database/sql"
	"errors"
	"testing"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
)

// loan is about a row of an organisation, and belongs to none itself.
type loan struct {
	bun.BaseModel `bun:"table:org_members,alias:l"`

	UserID string `bun:",pk"`
	Role   string
	Book   *book `bun:"rel:belongs-to,join:role=id"`
}

// TestAttackRowsOfOthers has written queries carelessly: with conditions that hold
// for any row, or that name the rows of others.
func TestAttackRowsOfOthers(t *testing.T) {
	s := start(t)
	acme, bank := Within(t.Context(), s.organisation(t, "acme", bob)), Within(t.Context(), s.organisation(t, "bank", eve))
	rows, db := s.shelf.books, s.shelf.db.DB()
	for ctx, id := range map[context.Context]string{acme: "a", bank: "b"} {
		if err := rows.Insert(ctx, db, &book{ID: id, Title: id}); err != nil {
			t.Fatal(err)
		}
	}
	careless := func(q *bun.SelectQuery) *bun.SelectQuery {
		return q.Where("b.id = 'a'").WhereOr("1 = 1").WhereOr("b.org_id <> ''").Order("b.id")
	}
	page, err := rows.List(acme, careless, database.Page{Limit: 10})
	if err != nil || page.Total != 1 || len(page.Items) != 1 || page.Items[0].ID != "a" {
		t.Errorf("the list is %+v (%v)", page, err)
	}
	if n, err := rows.Count(acme, careless); n != 1 || err != nil {
		t.Errorf("there are %d (%v)", n, err)
	}
	if _, err := rows.First(acme, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Where("id = ?", "b") }); !errors.Is(err, sql.ErrNoRows) {
		t.Errorf("the row of others: %v", err)
	}
	if row, err := rows.First(bank, nil); err != nil || row.ID != "b" {
		t.Errorf("their own row is %+v (%v)", row, err)
	}
	before := s.state(t)
	for what, do := range map[string]func() error{
		"updating the row of others":     func() error { return rows.Update(acme, db, &book{ID: "b", Title: "stolen"}) },
		"updating a column of it":        func() error { return rows.Update(acme, db, &book{ID: "b", Title: "stolen"}, "title") },
		"deleting it":                    func() error { return rows.Delete(acme, db, &book{ID: "b"}) },
		"inserting over it":              func() error { return rows.Insert(acme, db, &book{ID: "b", Title: "stolen"}) },
		"inserting without organisation": func() error { return rows.Insert(t.Context(), db, &book{ID: "c"}) },
		"reading without organisation":   func() error { _, err := rows.First(t.Context(), nil); return err },
		"counting without organisation":  func() error { _, err := rows.Count(t.Context(), nil); return err },
	} {
		if err := do(); err == nil {
			t.Errorf("%s succeeds", what)
		}
	}
	// Past Rows, a query fails instead of reaching all.
	inTransaction := func(do func(bun.Tx) error) error {
		return s.shelf.db.Transaction(acme, func(_ context.Context, tx bun.Tx) error { return do(tx) })
	}
	for what, do := range map[string]func() error{
		"count":          func() error { _, err := db.NewSelect().Model((*book)(nil)).Count(acme); return err },
		"exists":         func() error { _, err := db.NewSelect().Model((*book)(nil)).Exists(acme); return err },
		"list and count": func() error { _, err := db.NewSelect().Model(&[]book{}).Limit(1).ScanAndCount(acme); return err },
		"sum": func() error {
			return db.NewSelect().Model((*book)(nil)).ColumnExpr("max(title)").Scan(acme, new(string))
		},
		"count in a transaction": func() error {
			return inTransaction(func(tx bun.Tx) error { _, err := tx.NewSelect().Model((*book)(nil)).Count(acme); return err })
		},
		"select in a transaction": func() error {
			return inTransaction(func(tx bun.Tx) error { return tx.NewSelect().Model(new(book)).Limit(1).Scan(acme) })
		},
		"select of others by them": func() error {
			books := db.NewSelect().Model((*book)(nil)).Column("org_id")
			return db.NewSelect().Model(&[]orgRow{}).Where("id IN (?)", books).Scan(acme)
		},
		"count of others by them": func() error {
			_, err := db.NewSelect().Model((*orgRow)(nil)).Where("EXISTS (?)", db.NewSelect().Model((*book)(nil)).Where("b.org_id = o.id")).Count(acme)
			return err
		},
		"relation": func() error { return db.NewSelect().Model(&[]loan{}).Relation("Book").Scan(acme) },
		"select":   func() error { return db.NewSelect().Model(&[]book{}).Scan(acme) },
		"insert":   func() error { _, err := db.NewInsert().Model(&book{ID: "c"}).Exec(acme); return err },
		"update": func() error {
			_, err := db.NewUpdate().Model((*book)(nil)).Set("title = 'x'").Where("1 = 1").Exec(acme)
			return err
		},
		"delete": func() error { _, err := db.NewDelete().Model((*book)(nil)).Where("1 = 1").Exec(acme); return err },
	} {
		if err := do(); !errors.Is(err, ErrUnscoped) {
			t.Errorf("a %s past Rows: %v", what, err)
		}
	}
	if after := s.state(t); after != before {
		t.Errorf("the tables were\n%s\nand are\n%s", before, after)
	}
	// One's own row can be written, and stays one's own.
	if err := rows.Update(acme, db, &book{Owned: Owned{OrgID: "elsewhere"}, ID: "a", Title: "new"}); err != nil {
		t.Error(err)
	}
	if row, err := rows.First(acme, nil); err != nil || row.Title != "new" {
		t.Errorf("it is %+v (%v)", row, err)
	}
	if err := rows.Delete(acme, db, &book{ID: "a"}); err != nil {
		t.Error(err)
	}
}
