package org

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"

	"github.com/uptrace/bun"
	"github.com/uptrace/bun/schema"

	"github.com/aegis-stack/aegis/generators/database/src"
)

var (
	// ErrNone means that rows of an organisation are asked for where there is none.
	ErrNone = errors.New("there is no organisation in the context: the route has no {org}, or nothing was said by Within")
	// ErrUnscoped means that a query could see the rows of all organisations.
	ErrUnscoped = errors.New("rows of organisations are read and written by Rows")
)

// Owned is embedded in the model of a table whose rows belong to organisations. It
// is the column
//
//	org_id TEXT NOT NULL REFERENCES org_organisations (id) ON DELETE CASCADE
//
// Queries of such a model that Rows has not made fail with ErrUnscoped, whether
// they read or write, and those that read others by way of it: as a relation, or in
// a query within the query. SQL that names the table without the model is not noticed.
type Owned struct {
	OrgID string `bun:"org_id,notnull" json:"-"`
}

func (o *Owned) owned() *Owned { return o }

type scopedKey struct{}

// scoped marks what Rows does.
func scoped(ctx context.Context) context.Context {
	return context.WithValue(ctx, scopedKey{}, true)
}

// isolation refuses queries of such models that Rows has not made. It looks at all
// queries: hooks of a model are not called for bun's Count and Exists.
type isolation struct{}

var _ bun.QueryHook = isolation{}

// BeforeQuery implements bun.QueryHook.
func (isolation) BeforeQuery(ctx context.Context, event *bun.QueryEvent) context.Context {
	if ctx.Value(scopedKey{}) == nil && (isOwned(event.Model) || readsOwned(event)) {
		return refused{ctx}
	}
	return ctx
}

// AfterQuery implements bun.QueryHook.
func (isolation) AfterQuery(context.Context, *bun.QueryEvent) {}

func isOwned(m bun.Model) bool {
	table, ok := m.(bun.TableModel)
	return ok && isOwnedType(table.Table().Type)
}

func isOwnedType(t reflect.Type) bool {
	return reflect.PointerTo(t).Implements(reflect.TypeFor[interface{ owned() *Owned }]())
}

// readsOwned says whether the query names the table of such a model as bun does where
// that is not what it is about. Only of what reads: other texts have values of users.
func readsOwned(event *bun.QueryEvent) bool {
	return event.Operation() == "SELECT" && slices.ContainsFunc(event.DB.Dialect().Tables().All(), func(t *schema.Table) bool {
		return isOwnedType(t.Type) && strings.Contains(event.Query, `"`+t.Name+`" AS `)
	})
}

// refused is a context that is over, with which database/sql does nothing but
// return what Err does.
type refused struct{ context.Context } //nolint:containedctx // it is one

func (refused) Done() <-chan struct{} { return over }

func (refused) Err() error { return ErrUnscoped }

var over = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// owner is a pointer to a model that embeds Owned.
type owner[T any] interface {
	*T
	owned() *Owned
}

// Rows reads and writes a table whose rows belong to organisations. It sees those
// of the organisation in the context alone, whatever a query asks for.
type Rows[T any, P owner[T]] struct{ db *database.Component }

// RowsOf returns the rows of T in db, as in RowsOf[Note](db).
func RowsOf[T any, P owner[T]](db *database.Component) Rows[T, P] { return Rows[T, P]{db} }

// Narrow says which rows, in which order. It is nil for all.
type Narrow func(*bun.SelectQuery) *bun.SelectQuery

// query reads from a table that has nothing but the organisation's rows: there is
// no condition that could reach others.
func (Rows[T, P]) query(ctx context.Context, db bun.IDB, narrow Narrow) (*bun.SelectQuery, error) {
	id, err := idOf(ctx)
	if err != nil {
		return nil, err
	}
	query := db.NewSelect().Model((*T)(nil)).ModelTableExpr("(SELECT * FROM ?TableName WHERE org_id = ?) AS ?TableAlias", id)
	if narrow != nil {
		query = narrow(query)
	}
	return query, nil
}

// First returns the first row. If there is none, the error is sql.ErrNoRows.
func (r Rows[T, P]) First(ctx context.Context, narrow Narrow) (*T, error) {
	query, err := r.query(ctx, r.db.Read(), narrow)
	if err != nil {
		return nil, err
	}
	row := new(T)
	return row, query.Limit(1).Scan(scoped(ctx), row)
}

// List returns a page of the rows, see database.List.
func (r Rows[T, P]) List(ctx context.Context, narrow Narrow, page database.Page) (database.PageOf[T], error) {
	query, err := r.query(ctx, r.db.Read(), narrow)
	if err != nil {
		return database.PageOf[T]{}, err
	}
	return database.List[T](scoped(ctx), query, page)
}

// Count returns how many rows there are.
func (r Rows[T, P]) Count(ctx context.Context, narrow Narrow) (int64, error) {
	query, err := r.query(ctx, r.db.Read(), narrow)
	if err != nil {
		return 0, err
	}
	return query.Count(scoped(ctx))
}

// Insert adds the row to the organisation. In a transaction, db is that.
func (Rows[T, P]) Insert(ctx context.Context, db bun.IDB, row P) error {
	id, err := idOf(ctx)
	if err != nil {
		return err
	}
	row.owned().OrgID = id
	_, err = db.NewInsert().Model(row).Exec(scoped(ctx))
	return err
}

// Update writes columns of the row with its primary key, all of them if none is
// named. If the organisation has no such row, the error is sql.ErrNoRows.
func (Rows[T, P]) Update(ctx context.Context, db bun.IDB, row P, columns ...string) error {
	id, err := idOf(ctx)
	if err != nil {
		return err
	}
	row.owned().OrgID = id
	return changed(db.NewUpdate().Model(row).Column(columns...).WherePK().Where("?TableAlias.org_id = ?", id).Exec(scoped(ctx)))
}

// Delete deletes the row with the primary key of row. If the organisation has no
// such row, the error is sql.ErrNoRows.
func (Rows[T, P]) Delete(ctx context.Context, db bun.IDB, row P) error {
	id, err := idOf(ctx)
	if err != nil {
		return err
	}
	return changed(db.NewDelete().Model(row).WherePK().Where("?TableAlias.org_id = ?", id).Exec(scoped(ctx)))
}

func idOf(ctx context.Context) (string, error) {
	if id, ok := ctx.Value(withinKey{}).(string); ok {
		return id, nil
	}
	return "", ErrNone
}
