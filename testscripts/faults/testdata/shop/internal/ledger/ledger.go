// Package ledger moves amounts from one account to another. Whatever happens, the
// balances are what the moves add up to.
package ledger

import (
	"context"
	"crypto/rand"
	"embed"
	"io/fs"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"example.com/shop/internal/app"
	"example.com/shop/internal/database"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Component has the accounts.
type Component struct{ db *database.Component }

// New returns the accounts in db.
func New(db *database.Component) *Component {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		panic(err)
	}
	db.Migrate("ledger", files)
	return &Component{db}
}

// Name is "ledger".
func (*Component) Name() string { return "ledger" }

// Totals is what there is in the tables.
type Totals struct {
	Moves int64 `json:"moves"`
	Sum   int64 `json:"sum"`
	From  int64 `json:"from"`
	To    int64 `json:"to"`
}

// Routes has the operations.
func (c *Component) Routes(r *app.Routes) {
	huma.Register(r.API, huma.Operation{
		OperationID: "move", Method: http.MethodPost, Path: "/api/v1/moves", DefaultStatus: http.StatusCreated,
	}, func(ctx context.Context, in *struct {
		Body struct {
			Amount int64 `json:"amount"`
		}
	}) (*struct{}, error) {
		return nil, c.move(ctx, in.Body.Amount)
	})
	huma.Get(r.API, "/api/v1/moves", func(ctx context.Context, _ *struct{}) (*struct{ Body Totals }, error) {
		totals, err := c.totals(ctx)
		return &struct{ Body Totals }{totals}, err
	})
}

func (c *Component) move(ctx context.Context, amount int64) error {
	return c.db.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, q := range []struct {
			text      string
			arguments []any
		}{
			{"UPDATE accounts SET balance = balance - ? WHERE name = 'from'", []any{amount}},
			{"INSERT INTO moves (id, amount) VALUES (?, ?)", []any{rand.Text(), amount}},
			{"UPDATE accounts SET balance = balance + ? WHERE name = 'to'", []any{amount}},
		} {
			if _, err := tx.NewRaw(q.text, q.arguments...).Exec(ctx); err != nil {
				return err
			}
		}
		return nil
	})
}

func (c *Component) totals(ctx context.Context) (t Totals, err error) {
	err = c.db.Read().NewRaw(`SELECT count(*), coalesce(sum(amount), 0),
		(SELECT balance FROM accounts WHERE name = 'from'), (SELECT balance FROM accounts WHERE name = 'to') FROM moves`).
		Scan(ctx, &t.Moves, &t.Sum, &t.From, &t.To)
	return t, err
}
