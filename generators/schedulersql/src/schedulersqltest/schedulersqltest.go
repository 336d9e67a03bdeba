// Package schedulersqltest says what is expected of the scheduler's store on
// every engine.
package schedulersqltest

import (
	"fmt"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src/storetest"
	"github.com/aegis-stack/aegis/generators/schedulersql/src"
)

// Store tests the store with a clock. The database has to be of its engine.
func Store(t *testing.T, clock schedulersql.Clock) {
	t.Helper()
	storetest.Run(t, func(t *testing.T) (scheduler.Store, func(time.Duration)) {
		t.Helper()
		d := databasetest.New(t, func(a *app.App, d *database.Component) (app.Component, error) {
			s, err := scheduler.New(a)
			if err != nil {
				return nil, err
			}
			return schedulersql.New(a, d, s, clock)
		})
		s := &moving{d: d, clock: movedClock{Clock: clock}}
		s.advance(0)
		if s.err != nil {
			t.Fatal(s.err)
		}
		return s, s.advance
	})
}

// moving is a store whose clock is set forward.
type moving struct {
	scheduler.Store

	d     *database.Component
	clock movedClock
	err   error
}

func (s *moving) advance(d time.Duration) {
	s.clock.by += d
	s.Store, s.err = schedulersql.NewStore(s.d, s.clock)
}

// movedClock is a clock that was set forward.
type movedClock struct {
	schedulersql.Clock

	by time.Duration
}

func (c movedClock) Now() string {
	return fmt.Sprintf("(%s + %d)", c.Clock.Now(), c.by.Milliseconds())
}
