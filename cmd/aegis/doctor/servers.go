package doctor

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/aegis-stack/aegis/schema"
)

// servers looks whether those answer that the application is told to use: what
// a secret variable whose name ends in URL names.
func (p Patient) servers(ctx context.Context) []Finding {
	s, found := p.settings()
	var urls []schema.Env
	for _, v := range variables(p.Project) {
		if v.Secret && strings.HasSuffix(v.Name, "_URL") && s.value(v) != "" {
			urls = append(urls, v)
		}
	}
	out := make([]Finding, len(urls))
	var all sync.WaitGroup
	for i, v := range urls {
		all.Go(func() {
			name, value := s.prefix+v.Name, s.value(v)
			if path, ok := strings.CutPrefix(value, "sqlite:"); ok {
				out[i] = sqlite(name, s.dir, path)
				return
			}
			out[i] = p.reach(ctx, name, value)
		})
	}
	all.Wait()
	return append(found, out...)
}

// protocol is how a server of some kind is asked whether it is there.
type protocol struct {
	port string // where it listens if nothing is said
	tls  bool
	ask  string // what it is sent; "" if connecting is enough
	// answers are how one that understands begins its answer.
	answers []string
}

// sslRequest is the first message of a client of PostgreSQL that would like TLS.
// A server answers with one letter, whoever asks.
const sslRequest = "\x00\x00\x00\x08\x04\xd2\x16\x2f"

var (
	postgres = protocol{port: "5432", ask: sslRequest, answers: []string{"S", "N"}}
	redis    = protocol{port: "6379", ask: "*1\r\n$4\r\nPING\r\n", answers: []string{"+PONG", "-NOAUTH", "-DENIED", "-ERR"}}
	rediss   = protocol{port: "6379", tls: true, ask: redis.ask, answers: redis.answers}

	protocols = map[string]protocol{"postgres": postgres, "postgresql": postgres, "redis": redis, "rediss": rediss}
)

// reach asks the server of a URL. What it says never shows the URL: it holds a
// password.
func (p Patient) reach(ctx context.Context, variable, text string) Finding {
	u, err := url.Parse(text)
	if err != nil || u.Hostname() == "" {
		return Finding{variable, Problem, "it is not a URL with a host", "write it as .env.example shows"}
	}
	kind, known := protocols[u.Scheme]
	port := u.Port()
	if port == "" {
		port = kind.port
	}
	if port == "" {
		return Finding{variable, Warning, fmt.Sprintf("its scheme %q says no port, so that it was not tried", u.Scheme), "add the port"}
	}
	address := net.JoinHostPort(u.Hostname(), port)
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	err = kind.greet(ctx, address)
	var wrong unexpectedError
	switch {
	case errors.As(err, &wrong):
		return Finding{variable, Problem, fmt.Sprintf("what listens on %s does not speak like a %s server", address, u.Scheme), "set it to the right host and port"}
	case err != nil:
		return Finding{variable, Problem, fmt.Sprintf("no server answers on %s: %s", address, reason(err, p.patience())), "start the server, or correct " + variable + "; in development the application does without if it is not set"}
	case !known:
		return Finding{variable, Fine, "something listens on " + address, ""}
	}
	return Finding{variable, Fine, fmt.Sprintf("a %s server answers on %s", u.Scheme, address), ""}
}

// unexpectedError is an answer that the protocol does not have.
type unexpectedError string

func (e unexpectedError) Error() string { return string(e) }

func (p protocol) greet(ctx context.Context, address string) error {
	conn, err := new(net.Dialer).DialContext(ctx, "tcp", address)
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }() // there is nobody to tell
	if deadline, ok := ctx.Deadline(); ok {
		if err := conn.SetDeadline(deadline); err != nil {
			return err
		}
	}
	if p.tls {
		// Whom it belongs to is for the application to check, with its own
		// certificates; nothing secret is said here.
		secure := tls.Client(conn, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS12}) //nolint:gosec // see above
		if err := secure.HandshakeContext(ctx); err != nil {
			return unexpectedError(err.Error())
		}
		conn = secure
	}
	if p.ask == "" {
		return nil
	}
	if _, err := io.WriteString(conn, p.ask); err != nil {
		return err
	}
	answer := make([]byte, 64)
	n, err := conn.Read(answer)
	for _, want := range p.answers {
		if strings.HasPrefix(string(answer[:n]), want) {
			return nil
		}
	}
	if n == 0 && !errors.Is(err, io.EOF) {
		return err
	}
	return unexpectedError("another protocol")
}

// reason says in few words why a server was not reached.
func reason(err error, patience time.Duration) string {
	var dns *net.DNSError
	var op *net.OpError
	switch {
	case errors.As(err, &dns):
		return "there is no host of this name"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return "nothing within " + patience.String()
	case errors.As(err, &op) && op.Err != nil:
		var call *os.SyscallError
		if errors.As(op.Err, &call) {
			return call.Err.Error()
		}
		return op.Err.Error()
	}
	return err.Error()
}

// sqlite looks at the file of a database, for an application that runs in dir.
func sqlite(variable, dir, path string) Finding {
	path, _, _ = strings.Cut(path, "?")
	if !filepath.IsAbs(path) {
		path = filepath.Join(dir, path)
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return Finding{variable, Fine, "the file does not exist yet; the first start makes it", ""}
	case err != nil:
		return Finding{variable, Problem, err.Error(), "set it to a file that the application can write"}
	case info.IsDir():
		return Finding{variable, Problem, path + " is a folder", "set it to a file"}
	}
	return Finding{variable, Fine, "the file is there", ""}
}
