package tasks

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Count writes its number down.
func (t *Tasks) Count(_ context.Context, p Count) (any, error) {
	time.Sleep(2 * time.Millisecond)
	log, err := os.OpenFile(os.Getenv("WRITTEN"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Fprintf(log, "%d\n", p.N); err != nil {
		return nil, err
	}
	return nil, log.Close()
}
