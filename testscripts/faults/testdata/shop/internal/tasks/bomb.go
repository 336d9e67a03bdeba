package tasks

import (
	"context"
	"os"
)

// Bomb takes its process along.
func (t *Tasks) Bomb(context.Context) (any, error) {
	os.Exit(1)
	return nil, nil
}
