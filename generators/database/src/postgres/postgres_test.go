package postgres

import (
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"
)

func engineForTests() *Engine {
	return &Engine{
		name:   "shop",
		log:    slog.New(slog.DiscardHandler),
		config: Config{PoolSize: 2, ConnectTimeout: 300 * time.Millisecond, StatementTimeout: time.Second, ConnIdle: time.Minute, ConnLifetime: time.Minute},
	}
}

func TestTheStartWaitsForTheServer(t *testing.T) {
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	attempts := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			_ = conn.Close() // as a server does that is not there yet
			attempts <- struct{}{}
		}
	}()
	defer func() { _ = listener.Close() }()
	e := engineForTests()
	began := time.Now()
	_, err = e.Open(t.Context(), "postgres://u:secret@"+address+"/d?sslmode=disable")
	if err == nil || !strings.Contains(err.Error(), "no answer within 300ms") || strings.Contains(err.Error(), "secret") {
		t.Errorf("Open = %v", err)
	}
	if got := e.Explain(err); got != "the server cannot be reached" {
		t.Errorf("it is explained by %q", got)
	}
	if took := time.Since(began); took < 300*time.Millisecond || len(attempts) < 2 {
		t.Errorf("it gave up after %s and %d attempts", took, len(attempts))
	}
}
