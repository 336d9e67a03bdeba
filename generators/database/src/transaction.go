package database

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// A transaction that loses against others is tried again for a while, each time
// after a longer pause.
const (
	persistence = 10 * time.Second
	firstPause  = 5 * time.Millisecond
	longPause   = 200 * time.Millisecond
)

// transaction is the key of the one that a context belongs to.
type transaction struct{}

// Transaction runs do in a transaction: all of what it does happens, or nothing
// if it returns an error. Transactions behave as if one ran after the other, on
// every engine; do may be called again if that could not be kept, so it should
// do nothing else that lasts. With the context of a transaction it becomes part
// of that one.
func (c *Component) Transaction(ctx context.Context, do func(ctx context.Context, tx bun.Tx) error) error {
	if outer, ok := ctx.Value(transaction{}).(bun.Tx); ok {
		return do(ctx, outer)
	}
	run := func(ctx context.Context, tx bun.Tx) error {
		return do(context.WithValue(ctx, transaction{}, tx), tx)
	}
	pause := firstPause
	for began := time.Now(); ; {
		err := c.DB().RunInTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, run)
		if err == nil || !c.engine.Retryable(err) {
			return err
		}
		if time.Since(began) > persistence {
			app.NoteUnavailable(ctx)
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(rand.N(pause) + pause/2): //nolint:gosec // this is no secret
		}
		pause = min(2*pause, longPause)
	}
}
