package scheduler

import (
	"strings"
	"testing"
	"time"
)

func parse(t *testing.T, schedule, timezone string) timetable {
	t.Helper()
	times, err := parseTimetable(schedule, timezone)
	if err != nil {
		t.Fatal(err)
	}
	return times
}

func at(t *testing.T, text string) time.Time {
	t.Helper()
	when, err := time.Parse("2006-01-02 15:04:05", text)
	if err != nil {
		t.Fatal(err)
	}
	return when
}

func TestNext(t *testing.T) {
	for _, test := range []struct{ schedule, timezone, after, want string }{
		{"@every 90s", "", "2026-03-29 00:00:01", "00:01:31, 00:03:01"},
		{"0 2 * * *", "", "2026-03-28 03:00:00", "03-29 02:00:00, 03-30 02:00:00"},
		{"0 2 * * *", "Europe/Berlin", "2026-01-10 00:00:00", "01:00:00, 01-11 01:00:00"},
		{"0 2 * * 7", "", "2026-11-25 00:00:00", "11-29 02:00:00"},

		// In spring the clocks go from 02:00 to 03:00, which is 01:00 UTC.
		{"0 2 * * *", "Europe/Berlin", "2026-03-28 02:00:00", "03-29 01:00:00, 03-30 00:00:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-28 02:00:00", "03-29 01:30:00, 03-30 00:30:00"},
		{"30 2,3 * * *", "Europe/Berlin", "2026-03-28 03:00:00", "03-29 01:30:00, 03-30 00:30:00"},
		{"30 * * * *", "Europe/Berlin", "2026-03-29 00:00:00", "00:30:00, 01:30:00, 02:30:00"},
		{"*/30 * * * *", "Europe/Berlin", "2026-03-29 00:30:00", "01:00:00, 01:30:00"},

		// In autumn they go from 03:00 back to 02:00, which is 01:00 UTC.
		{"30 2 * * *", "Europe/Berlin", "2026-10-24 12:00:00", "10-25 00:30:00, 10-26 01:30:00"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25 00:45:00", "10-26 01:30:00"},
		{"0 3 * * *", "Europe/Berlin", "2026-10-25 00:00:00", "02:00:00, 10-26 02:00:00"},
		{"0 1-3 * * *", "Europe/Berlin", "2026-10-24 22:30:00", "23:00:00, 10-25 00:00:00, 10-25 02:00:00"},
		{"30 * * * *", "Europe/Berlin", "2026-10-25 00:00:00", "00:30:00, 01:30:00, 02:30:00"},
		{"*/30 */1 * * *", "Europe/Berlin", "2026-10-25 00:45:00", "01:00:00, 01:30:00"},
		// Half an hour, from 02:00 back to 01:30, which is 15:00 UTC.
		{"45 1 * * *", "Australia/Lord_Howe", "2026-04-04 00:00:00", "14:45:00, 04-05 15:15:00"},
		{"@every 1h", "Europe/Berlin", "2026-10-25 00:30:00", "01:30:00, 02:30:00"},
	} {
		times := parse(t, test.schedule, test.timezone)
		now := at(t, test.after)
		for want := range strings.SplitSeq(test.want, ", ") {
			if !strings.Contains(want, "-") {
				want = test.after[5:11] + want
			}
			after := now
			now = times.next(now)
			if got := now.Format("01-02 15:04:05"); got != want {
				t.Errorf("%s in %s after %s is %s, want %s", test.schedule, test.timezone, after, got, want)
			}
		}
	}
}

func TestWrongTimetables(t *testing.T) {
	for _, test := range []struct{ schedule, timezone, want string }{
		{"", "", "five fields"},
		{"* * * *", "", "five fields"},
		{"0 * * * * *", "", "five fields"},
		{"@daily", "", "five fields"},
		{"TZ=UTC * * * *", "", "five fields"},
		{"61 * * * *", "", "61"},
		{"0 0 30 2 *", "", "no such day"},
		{"@every soon", "", "at least 1s"},
		{"@every 500ms", "", "at least 1s"},
		{"@every -1h", "", "at least 1s"},
		{"0 2 * * *", "Europe/Bärlin", "time zone"},
		{"0 2 * * *", "Local", "time zone"},
	} {
		if _, err := parseTimetable(test.schedule, test.timezone); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q in %q: %v, want %q", test.schedule, test.timezone, err, test.want)
		}
	}
}

func TestLatestAndCount(t *testing.T) {
	for _, test := range []struct {
		schedule, first, now, want string
		n                          int
	}{
		{"@every 1h", "2026-01-01 00:10:00", "2026-01-01 00:10:00", "2026-01-01 00:10:00", 1},
		{"@every 1h", "2026-01-01 00:10:00", "2026-01-03 00:00:00", "2026-01-02 23:10:00", 48},
		{"*/5 * * * *", "2026-01-01 00:10:00", "2026-01-01 00:14:59", "2026-01-01 00:10:00", 1},
		{"*/5 * * * *", "2026-01-01 00:10:00", "2026-01-02 00:12:00", "2026-01-02 00:10:00", 289},
		{"0 2 * * *", "2026-01-01 02:00:00", "2026-12-31 01:00:00", "2026-12-30 02:00:00", 364},
		{"0 0 29 2 *", "2024-02-29 00:00:00", "2028-03-01 00:00:00", "2028-02-29 00:00:00", 2},
	} {
		times := parse(t, test.schedule, "")
		first, now := at(t, test.first), at(t, test.now)
		got := times.latest(first, now)
		if got != at(t, test.want) {
			t.Errorf("the latest of %s is %s, want %s", test.schedule, got, test.want)
		}
		if n := count(times, first, got); n != test.n {
			t.Errorf("of %s there are %d, want %d", test.schedule, n, test.n)
		}
		for _, n := range []int{1, 2, 100} {
			if got := count(times, lastOf(n, times, first, got), got); got != min(n, test.n) {
				t.Errorf("of %s the last %d are %d", test.schedule, n, got)
			}
		}
	}
}

func TestDelay(t *testing.T) {
	start := at(t, "2026-01-01 00:00:00")
	most, least := time.Duration(0), time.Hour
	for i := range 1000 {
		when := start.Add(time.Duration(i) * time.Minute)
		d := delay("a", when, when.Add(time.Minute), 10*time.Second)
		if d != delay("a", when, when.Add(time.Minute), 10*time.Second) {
			t.Fatal("two processes would disagree")
		}
		most, least = max(most, d), min(least, d)
	}
	if least < 0 || least > 200*time.Millisecond || most >= 10*time.Second || most < 9800*time.Millisecond {
		t.Errorf("it is between %s and %s", least, most)
	}
	if d := delay("a", start, start.Add(time.Second), time.Hour); d >= time.Second {
		t.Errorf("%s catches up with the next one", d)
	}
	if d := delay("a", start, start.Add(time.Second), 0); d != 0 {
		t.Errorf("without jitter it is %s", d)
	}
}
