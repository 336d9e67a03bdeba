package postgres_test

import (
	"io"
	"net"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// road is a way to the server that can be closed.
type road struct {
	t        *testing.T
	address  string // here
	server   string
	listener net.Listener
	mu       sync.Mutex
	conns    []net.Conn
}

func (r *road) open() {
	var err error
	if r.listener, err = (&net.ListenConfig{}).Listen(r.t.Context(), "tcp", r.address); err != nil {
		r.t.Fatal(err)
	}
	r.address = r.listener.Addr().String()
	go func(l net.Listener) {
		for {
			here, err := l.Accept()
			if err != nil {
				return
			}
			there, err := (&net.Dialer{}).DialContext(r.t.Context(), "tcp", r.server)
			if err != nil {
				_ = here.Close()
				continue
			}
			r.mu.Lock()
			r.conns = append(r.conns, here, there)
			r.mu.Unlock()
			go func() { _, _ = io.Copy(here, there) }()
			go func() { _, _ = io.Copy(there, here) }()
		}
	}(r.listener)
}

func (r *road) close() {
	_ = r.listener.Close()
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, conn := range r.conns {
		_ = conn.Close()
	}
	r.conns = nil
}

// A process that only reads is healthy as soon as the server is there again.
func TestHealthAfterTheServerWasAway(t *testing.T) {
	at, err := url.Parse(schema(t))
	if err != nil {
		t.Fatal(err)
	}
	r := &road{t: t, address: "127.0.0.1:0", server: at.Host}
	r.open()
	defer func() { r.close() }()
	at.Host = r.address
	c := program(t, at.String(), shop, false)
	running(t, c, func() {
		if node := c.Check(t.Context()); node.Status != health.Healthy {
			t.Errorf("the health is %s: %s", node.Status, node.Message)
		}
		r.close()
		// Of the first queries some may fail because their connections ended.
		for range 3 {
			if _, err := c.Read().NewRaw("SELECT 1").Exec(t.Context()); err == nil {
				t.Error("there is a server")
			}
		}
		if node := c.Check(t.Context()); node.Status != health.Unhealthy || !strings.Contains(node.Message, "the server cannot be reached") {
			t.Errorf("without a server the health is %s: %s", node.Status, node.Message)
		}
		r.open()
		if node := c.Check(t.Context()); node.Status != health.Healthy {
			t.Errorf("afterwards it is %s: %s", node.Status, node.Message)
		}
	})
}
