package database

import (
	"context"
	"database/sql"
	"math/rand/v2"
	"time"

	"github.com/uptrace/bun"
)

// A transaction that loses against others is tried again, each time after a
// longer pause.
const (
	attempts   = 10
	firstPause = 5 * time.Millisecond
	longPause  = time.Second
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
	for attempt := 1; ; attempt++ {
		err := c.DB().RunInTx(ctx, &sql.TxOptions{Isolation: sql.LevelSerializable}, run)
		if err == nil || attempt == attempts || !c.engine.Retryable(err) {
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
