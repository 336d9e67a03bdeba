package notes

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"strings"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
)

var (
	errNotFound = errors.New("there is no such note")
	errChanged  = errors.New("somebody else has changed the note")
)

// store has the queries. A version of 0 is whichever there is.
type store struct{ db *database.Component }

// list has the newest first. The identifier decides between those of the same
// millisecond, so that pages do not overlap.
func (s store) list(ctx context.Context, page database.Page) (database.PageOf[Note], error) {
	return database.List[Note](ctx, s.db.Read().NewSelect().Model((*Note)(nil)).Order("created_at DESC", "id DESC"), page)
}

func (s store) get(ctx context.Context, id string) (*Note, error) { return find(ctx, s.db.Read(), id) }

func find(ctx context.Context, db bun.IDB, id string) (*Note, error) {
	note := new(Note)
	err := db.NewSelect().Model(note).Where("id = ?", id).Scan(ctx)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, errNotFound
	}
	return note, err
}

func (s store) create(ctx context.Context, draft Draft) (*Note, error) {
	at := now()
	note := &Note{ID: strings.ToLower(rand.Text()), Title: draft.Title, Text: draft.Text, Version: 1, Created: at, Changed: at}
	_, err := s.db.DB().NewInsert().Model(note).Exec(ctx)
	return note, err
}

func (s store) update(ctx context.Context, id string, version int64, draft Draft) (note *Note, err error) {
	err = s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		if note, err = current(ctx, tx, id, version); err != nil {
			return err
		}
		note.Title, note.Text, note.Version, note.Changed = draft.Title, draft.Text, note.Version+1, now()
		_, err = tx.NewUpdate().Model(note).WherePK().Exec(ctx)
		return err
	})
	return note, err
}

func (s store) remove(ctx context.Context, id string, version int64) error {
	return s.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		note, err := current(ctx, tx, id, version)
		if err != nil {
			return err
		}
		_, err = tx.NewDelete().Model(note).WherePK().Exec(ctx)
		return err
	})
}

// current returns the note if it is still at the version.
func current(ctx context.Context, tx bun.Tx, id string, version int64) (*Note, error) {
	note, err := find(ctx, tx, id)
	if err == nil && version != 0 && note.Version != version {
		return nil, errChanged
	}
	return note, err
}
