package redis

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"time"
)

// logInterval is the time between two lines: while a server is down, the client
// has hundreds a second to say.
const logInterval = time.Second

// logger passes the messages of the client on, one in an interval. It is the
// logger of all clients in the process.
type logger struct {
	log *slog.Logger

	mu      sync.Mutex
	next    time.Time // when the next line may be written
	skipped int       // since the last one
}

func newLogger(log *slog.Logger) *logger { return &logger{log: log} }

// Printf is called by the client.
func (l *logger) Printf(ctx context.Context, format string, v ...any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	if now.Before(l.next) {
		l.skipped++
		return
	}
	l.log.WarnContext(ctx, "redis client", "message", fmt.Sprintf(format, v...), "skipped", l.skipped)
	l.next, l.skipped = now.Add(logInterval), 0
}
