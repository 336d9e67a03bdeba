package mail

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/smtp"
	"net/textproto"
	"os"
	"slices"
	"sync"
)

// server is an SMTP server that takes messages.
type server struct {
	serverURL

	tls func() (*tls.Config, error)
}

func newServer(c Config, caVariable string) *server {
	s := &server{serverURL: c.URL}
	s.tls = sync.OnceValues(func() (*tls.Config, error) { return loadTLS(s.host, c.CAFile, caVariable) })
	return s
}

// loadTLS returns how to check the certificate of host.
func loadTLS(host, file, variable string) (*tls.Config, error) {
	config := &tls.Config{ServerName: host, MinVersion: tls.VersionTLS12}
	if file == "" {
		return config, nil
	}
	text, err := os.ReadFile(file) //nolint:gosec // the operator names it
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", variable, err)
	}
	config.RootCAs = x509.NewCertPool()
	if !config.RootCAs.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("%s: %s holds no certificate", variable, file)
	}
	return config, nil
}

// deliver hands e over, on a connection of its own.
func (s *server) deliver(ctx context.Context, e envelope) error {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", s.addr())
	if err != nil {
		return err
	}
	defer func() { _ = conn.Close() }()
	// The protocol knows nothing of contexts: whatever it waits for then fails.
	defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
	if err = s.talk(conn, e); err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return err
}

func (s *server) talk(conn net.Conn, e envelope) error {
	client, err := s.greet(conn, domain(e.from))
	if err != nil {
		return err
	}
	if s.user != "" {
		if err := client.Auth(&signIn{user: s.user, password: s.password}); err != nil {
			return fmt.Errorf("sign in: %w", err)
		}
	}
	if err := client.Mail(e.from); err != nil {
		return fmt.Errorf("sender %s: %w", e.from, err)
	}
	if err := client.Rcpt(e.to); err != nil {
		var answer *textproto.Error
		if errors.As(err, &answer) && answer.Code >= 500 {
			return fmt.Errorf("%w: %w", ErrRecipient, err)
		}
		return err
	}
	body, err := client.Data()
	if err != nil {
		return err
	}
	if _, err := bytes.NewReader(e.text).WriteTo(body); err != nil {
		return err
	}
	if err := body.Close(); err != nil {
		return err
	}
	// It has the message, whatever it answers to this.
	_ = client.Quit()
	return nil
}

// greet begins to talk to the server under the name of the sender's domain, over
// TLS unless that is off.
func (s *server) greet(conn net.Conn, name string) (*smtp.Client, error) {
	var config *tls.Config
	if !s.plain {
		var err error
		if config, err = s.tls(); err != nil {
			return nil, err
		}
	}
	if s.implicit {
		conn = tls.Client(conn, config)
	}
	client, err := smtp.NewClient(conn, s.host)
	if err != nil {
		return nil, err
	}
	if err := client.Hello(name); err != nil {
		return nil, err
	}
	if s.implicit || s.plain {
		return client, nil
	}
	if ok, _ := client.Extension("STARTTLS"); !ok {
		return nil, errors.New("the server does not offer TLS; if it needs none, add ?tls=off to its URL")
	}
	return client, client.StartTLS(config)
}

// signIn signs in by PLAIN, or by LOGIN where the server knows nothing else.
type signIn struct {
	user, password string
	answers        []string // of LOGIN
}

// Start is called by the client.
func (a *signIn) Start(server *smtp.ServerInfo) (mechanism string, first []byte, err error) {
	if !server.TLS {
		return "", nil, errors.New("without TLS anybody could read the password")
	}
	if slices.Contains(server.Auth, "LOGIN") && !slices.Contains(server.Auth, "PLAIN") {
		a.answers = []string{a.user, a.password}
		return "LOGIN", nil, nil
	}
	return "PLAIN", []byte("\x00" + a.user + "\x00" + a.password), nil
}

// Next is called by the client.
func (a *signIn) Next(_ []byte, more bool) ([]byte, error) {
	if !more {
		return nil, nil
	}
	if len(a.answers) == 0 {
		return nil, errors.New("the server asks for more than user and password")
	}
	answer := a.answers[0]
	a.answers = a.answers[1:]
	return []byte(answer), nil
}
