package worker

import (
	"math/rand/v2"
	"time"
)

// The first and the longest wait before another try.
const (
	firstBackoff   = time.Second
	longestBackoff = 15 * time.Minute
)

// Backoff returns how long to wait before the next try of a task that has failed
// so often: twice as long each time, give or take a quarter, so that what failed
// together does not come again together.
func Backoff(failures int) time.Duration {
	wait := longestBackoff
	if shift := max(failures, 1) - 1; shift < 10 {
		wait = min(wait, firstBackoff<<shift)
	}
	return wait*3/4 + rand.N(wait/2) //nolint:gosec // nobody gains from guessing it
}
