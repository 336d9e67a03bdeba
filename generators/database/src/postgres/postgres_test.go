package postgres

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"slices"
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

func TestPasswordsAreNotArguments(t *testing.T) {
	for _, test := range []struct {
		url, dsn string
		environ  []string
	}{
		{"postgres://u:p%40ss@h:5432/d", "postgres://u@h:5432/d", []string{"PGPASSWORD=p@ss"}},
		{"postgres://h/d?user=u&password=secret&sslmode=disable", "postgres://h/d?sslmode=disable&user=u", []string{"PGPASSWORD=secret"}},
		{"postgres://h/d?search_path=s&pool_max_conns=3", "postgres://h/d?options=-csearch_path%3Ds", nil},
		{"postgres://h/d?options=-c+x%3D1", "postgres://h/d?options=-c%20x%3D1", nil},
	} {
		dsn, environ, err := forPrograms(test.url)
		if err != nil || dsn != test.dsn || !slices.Equal(environ, test.environ) {
			t.Errorf("forPrograms(%q) = %q, %q, %v; want %q, %q", test.url, dsn, environ, err, test.dsn, test.environ)
		}
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

func TestMissingProgramsAreNamed(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := dump(context.Background(), "postgres://h/d", "public", filepath.Join(t.TempDir(), "x"))
	if err == nil || !strings.Contains(err.Error(), "pg_dump is not on the PATH: install") {
		t.Errorf("dump = %v", err)
	}
}
