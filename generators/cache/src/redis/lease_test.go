package redis

import (
	"testing"
	"time"
)

func TestWhatIsTakenInAdvance(t *testing.T) {
	now := time.Now()
	later := now.Add(time.Second)
	for _, test := range []struct {
		name string
		last *lease
		want int
	}{
		{"the first time", &lease{}, 1},
		{"all used in time", &lease{size: 4, until: later}, 16},
		{"as much as there may be", &lease{size: 16, until: later}, 20},
		{"some lost", &lease{size: 16, left: 9, until: now}, 7},
		{"all lost", &lease{size: 16, left: 16, until: now}, 1},
		{"all used, long ago", &lease{size: 16, until: now}, 16},
	} {
		if got := test.last.next(now, 20); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
}
