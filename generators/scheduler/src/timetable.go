package scheduler

import (
	"errors"
	"fmt"
	"hash/fnv"
	"strings"
	"time"
	_ "time/tzdata" // the images have no time zones

	"github.com/netresearch/go-cron"
)

// timetable says when a job is due. The times are those that the clock of the
// store shows.
type timetable interface {
	// next returns the first occurrence after t.
	next(t time.Time) time.Time
	// latest returns the last occurrence that is not after now, where first is
	// one of them.
	latest(first, now time.Time) time.Time
}

var fiveFields = cron.MustNewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow)

const everyPrefix = "@every "

// shortest is the shortest interval between two occurrences.
const shortest = time.Second

// CheckSchedule returns what is wrong with a schedule in a time zone, "" for UTC.
func CheckSchedule(schedule, timezone string) error {
	_, err := parseTimetable(schedule, timezone)
	return err
}

// parseTimetable reads a cron expression of five fields, or "@every 1h30m".
func parseTimetable(schedule, timezone string) (timetable, error) {
	if text, ok := strings.CutPrefix(schedule, everyPrefix); ok {
		d, err := time.ParseDuration(text)
		if err != nil || d < shortest || d%time.Millisecond != 0 {
			return nil, fmt.Errorf("schedule %q: want a duration of at least %s after %q", schedule, shortest, everyPrefix)
		}
		return interval(d), nil
	}
	if timezone == "" {
		timezone = "UTC"
	}
	zone, err := time.LoadLocation(timezone)
	if err != nil || timezone == "Local" {
		return nil, fmt.Errorf("timezone %q: want the name of a time zone such as %q", timezone, "Europe/Berlin")
	}
	fields := strings.Fields(schedule)
	if len(fields) != 5 || strings.Contains(schedule, "=") {
		return nil, fmt.Errorf("schedule %q: want five fields such as %q, or %q", schedule, "0 2 * * *", everyPrefix+"1h")
	}
	spec, err := fiveFields.Parse(schedule)
	if err != nil {
		return nil, fmt.Errorf("schedule %q: %w", schedule, err)
	}
	c := calendar{spec: spec, zone: zone, hourly: strings.HasPrefix(fields[1], "*")}
	if c.next(time.Now()).IsZero() {
		return nil, fmt.Errorf("schedule %q: %w", schedule, errors.New("there is no such day"))
	}
	return c, nil
}

// interval is a timetable of equal distances, whatever the clocks on the walls
// show.
type interval time.Duration

func (i interval) next(t time.Time) time.Time { return t.Add(time.Duration(i)) }

func (i interval) latest(first, now time.Time) time.Time {
	return first.Add(now.Sub(first).Truncate(time.Duration(i)))
}

// calendar is a timetable by the clocks of a time zone. What would be due in
// an hour that is left out in spring is due right after it. What is due in an
// hour that comes twice in autumn is due the first time only, unless it is due
// in every hour.
type calendar struct {
	spec   cron.Schedule
	zone   *time.Location
	hourly bool
}

func (c calendar) next(t time.Time) time.Time {
	for {
		t = c.spec.Next(t.In(c.zone))
		if t.IsZero() || c.hourly || !isSecondTime(t) {
			return t.UTC()
		}
	}
}

func (c calendar) latest(first, now time.Time) time.Time {
	// Near now there are few occurrences to look through.
	for _, back := range []time.Duration{time.Hour, 24 * time.Hour, 32 * 24 * time.Hour} {
		if near := now.Add(-back); near.After(first) {
			if t := c.next(near); !t.IsZero() && !t.After(now) {
				first = t
				break
			}
		}
	}
	for t := c.next(first); !t.IsZero() && !t.After(now); t = c.next(t) {
		first = t
	}
	return first
}

// isSecondTime says whether the clocks have shown this time before, because
// they were set back since.
func isSecondTime(t time.Time) bool {
	start, _ := t.ZoneBounds()
	if start.IsZero() {
		return false
	}
	_, before := start.Add(-time.Second).Zone()
	_, now := t.Zone()
	return t.Sub(start) < time.Duration(before-now)*time.Second
}

// count returns how many occurrences there are from first to last, which are
// two of them.
func count(t timetable, first, last time.Time) int {
	if i, ok := t.(interval); ok {
		return int(last.Sub(first)/time.Duration(i)) + 1
	}
	n := 1
	for ; first.Before(last); first = t.next(first) {
		n++
	}
	return n
}

// lastOf returns the first of the last n occurrences from first to last.
func lastOf(n int, t timetable, first, last time.Time) time.Time {
	ahead := first
	for range n - 1 {
		if !ahead.Before(last) {
			return first
		}
		ahead = t.next(ahead)
	}
	for ahead.Before(last) {
		first, ahead = t.next(first), t.next(ahead)
	}
	return first
}

// delay is by how much later than scheduled an occurrence begins: at random,
// but the same in all processes, and never so much that the next one catches up.
func delay(job string, at, next time.Time, jitter time.Duration) time.Duration {
	if !next.IsZero() {
		jitter = min(jitter, next.Sub(at))
	}
	if jitter < time.Millisecond {
		return 0
	}
	h := fnv.New32a()
	_, _ = fmt.Fprintf(h, "%s@%d", job, at.UnixMilli()) // a hash takes everything
	return time.Duration(h.Sum32()) * time.Millisecond % jitter.Truncate(time.Millisecond)
}
