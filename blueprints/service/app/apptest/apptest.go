// Package apptest runs applications in tests.
package apptest

import (
	"bytes"
	"context"
	"sync"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Run runs the application until the test ends, and returns when it is ready.
// What it returns ends it sooner, waits for the end and tells how that was; the
// test fails if it was with an error. The machine that it sees has enough of
// everything, however full that of the test is.
func Run(tb testing.TB, a *app.App) (stop func() error) {
	tb.Helper()
	a.Monitor.SetHost(func(context.Context) health.Node { return health.Node{Status: health.Healthy} })
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan struct{}), make(chan error, 1)
	go func() { ended <- a.Run(ctx, func() { close(ready) }) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	select {
	case <-ready:
	case err := <-ended:
		cancel()
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		if err := stop(); err != nil {
			tb.Errorf("the application ended with %v", err)
		}
	})
	return stop
}

// Log is what an application writes, while others read it.
type Log struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

// Write implements io.Writer.
func (l *Log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(p)
}

// String is all that was written.
func (l *Log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.String()
}
