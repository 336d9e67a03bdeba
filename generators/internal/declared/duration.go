package declared

import (
	"fmt"
	"time"
)

// Duration returns a duration as Go writes it: "90 * time.Second". None is
// empty.
func Duration(text string) (string, error) {
	if text == "" {
		return "", nil
	}
	d, err := time.ParseDuration(text)
	if err != nil || d == 0 {
		return "", err
	}
	for _, unit := range []struct {
		d    time.Duration
		name string
	}{{time.Hour, "time.Hour"}, {time.Minute, "time.Minute"}, {time.Second, "time.Second"}, {time.Millisecond, "time.Millisecond"}} {
		switch {
		case d == unit.d:
			return unit.name, nil
		case d%unit.d == 0:
			return fmt.Sprintf("%d * %s", d/unit.d, unit.name), nil
		}
	}
	return fmt.Sprintf("%d * time.Nanosecond", d), nil
}
