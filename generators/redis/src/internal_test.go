package redis

import (
	"bytes"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func TestTheClientCannotFloodTheLog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		l := newLogger(slog.New(slog.NewTextHandler(&out, nil)))
		for range 35 {
			l.Printf(t.Context(), "dial %s failed", "server")
			time.Sleep(100 * time.Millisecond)
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		if len(lines) != 4 || !strings.Contains(lines[0], `message="dial server failed" skipped=0`) || !strings.Contains(lines[3], "skipped=9") {
			t.Errorf("the log has\n%s", &out)
		}
	})
}

func TestCommandRate(t *testing.T) {
	var r commandRate
	start := time.Now()
	for i, step := range []struct{ count, want float64 }{{100, 0}, {140, 20}, {140, 0}, {5, 0}, {7, 1}} {
		if got := r.update(start.Add(time.Duration(i)*2*time.Second), step.count); got != step.want {
			t.Errorf("step %d: %v per second, want %v", i, got, step.want)
		}
	}
}

func TestCommandsAreNamedWithoutWhatTheyAreAbout(t *testing.T) {
	for want, args := range map[string][]string{
		"":                     nil,
		"PING":                 {"ping"},
		"GET with 1 argument":  {"GET", "alice"},
		"SET with 2 arguments": {"set", "alice", "secret"},
	} {
		if got := commandName(args); got != want {
			t.Errorf("commandName(%q) = %q, want %q", args, got, want)
		}
	}
}
