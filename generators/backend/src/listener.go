package backend

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"syscall"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

const (
	readHeaderTimeout = 5 * time.Second
	maxHeaderBytes    = 64 << 10
)

// listener is one address and what is served there.
type listener struct {
	name      string
	variable  string // that sets the address
	addr      string
	routes    func(*app.Routes) // nil: those of all components
	endpoints []app.Endpoint

	server *http.Server
	socket net.Listener
	silent silent
}

func (l *listener) setHandler(h http.Handler, config Config, log *slog.Logger) {
	l.server = &http.Server{
		Handler:           h,
		ReadHeaderTimeout: min(readHeaderTimeout, config.ReadTimeout),
		ReadTimeout:       config.ReadTimeout,
		WriteTimeout:      config.WriteTimeout,
		IdleTimeout:       config.IdleTimeout,
		MaxHeaderBytes:    maxHeaderBytes,
		ErrorLog:          slog.NewLogLogger(log.Handler(), slog.LevelDebug),
		ConnState:         l.silent.track,
	}
}

func (l *listener) open(ctx context.Context) error {
	var config net.ListenConfig
	socket, err := config.Listen(ctx, "tcp", l.addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return fmt.Errorf("port %s for the %s is in use by another program: choose another with %s, or 0 for any free one",
			portOf(l.addr), l.name, l.setting())
	case errors.Is(err, syscall.EACCES):
		return fmt.Errorf("port %s for the %s is reserved to the system: choose one above 1023 with %s", portOf(l.addr), l.name, l.setting())
	case err != nil:
		return fmt.Errorf("listen for the %s, set by %s: %w", l.name, l.variable, err)
	}
	l.socket = socket
	return nil
}

func (l *listener) setting() string {
	if l.routes == nil {
		return "--port or " + l.variable
	}
	return l.variable
}

func portOf(addr string) string {
	_, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	return port
}

func (l *listener) serve() error {
	if err := l.server.Serve(l.socket); !errors.Is(err, http.ErrServerClosed) && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("serve the %s: %w", l.name, err)
	}
	return nil
}

// shutdown waits for the requests on their way. What is still open at the
// deadline is cut. The port must be closed.
func (l *listener) shutdown(ctx context.Context) error {
	// From here on Shutdown would drop every request that it reads, also those
	// of connections that were taken a moment ago.
	l.silent.settle(ctx)
	if err := l.server.Shutdown(ctx); err != nil {
		return errors.Join(fmt.Errorf("requests to the %s were cut: %w", l.name, err), l.server.Close())
	}
	return nil
}

func (l *listener) close() error {
	if l.socket == nil {
		return nil
	}
	if err := l.socket.Close(); err != nil && !errors.Is(err, net.ErrClosed) {
		return fmt.Errorf("close the %s: %w", l.name, err)
	}
	return nil
}

// url is where a browser on this machine finds the listener.
func (l *listener) url() string {
	addr := l.addr
	if l.socket != nil {
		addr = l.socket.Addr().String()
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return "http://" + addr
	}
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return "http://" + net.JoinHostPort(host, port)
}

// address is host:port, or :port for all interfaces.
type address string

// UnmarshalText accepts what can be listened on.
func (a *address) UnmarshalText(text []byte) error {
	_, port, err := net.SplitHostPort(string(text))
	if _, wrong := strconv.ParseUint(port, 10, 16); err != nil || wrong != nil {
		return errors.New("want an address such as :8080 or 127.0.0.1:8080")
	}
	*a = address(text)
	return nil
}
