package scheduler_test

import (
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/scheduler/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src/storetest"
)

func TestMemory(t *testing.T) {
	storetest.Run(t, func(*testing.T) (scheduler.Store, func(time.Duration)) {
		now := time.Date(2026, 11, 25, 12, 0, 0, 0, time.UTC)
		return scheduler.NewMemory(func() time.Time { return now }), func(d time.Duration) { now = now.Add(d) }
	})
}
