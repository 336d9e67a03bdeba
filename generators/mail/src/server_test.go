package mail_test

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"net"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// postOffice is an SMTP server that knows everybody but nobody@example.com, and
// one user.
type postOffice struct {
	addr       string
	mechanisms []string // none: whoever comes may send
	reject     error    // of messages

	mu        sync.Mutex
	delivered []delivery
}

// delivery is a message as it arrived.
type delivery struct {
	hello, from, to, text string
	encrypted             bool
	user                  string
}

// certificates are those of a server at 127.0.0.1, and a file to trust them.
func certificates(t *testing.T) (config *tls.Config, file string) {
	t.Helper()
	https := httptest.NewTLSServer(nil)
	t.Cleanup(https.Close)
	file = filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: https.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return &tls.Config{Certificates: https.TLS.Certificates}, file
}

// open serves on a free port, with TLS on request if there is a config, and from
// the start if implicit.
func (p *postOffice) open(t *testing.T, config *tls.Config, implicit bool) *postOffice {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = listener.Addr().String()
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{office: p, conn: c}, nil
	}))
	server.Domain = "127.0.0.1"
	server.ErrorLog = silent{}
	server.EnableSMTPUTF8 = true
	if implicit {
		listener = tls.NewListener(listener, config)
	} else {
		server.TLSConfig = config
	}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return p
}

type silent struct{}

func (silent) Printf(string, ...any) {}
func (silent) Println(...any)        {}

// last returns the message that arrived last.
func (p *postOffice) last(t *testing.T) delivery {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.delivered) == 0 {
		t.Fatal("nothing has arrived")
	}
	return p.delivered[len(p.delivered)-1]
}

func (p *postOffice) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.delivered)
}

// session is one connection.
type session struct {
	office *postOffice
	conn   *smtp.Conn
	now    delivery
}

func (s *session) AuthMechanisms() []string { return s.office.mechanisms }

func (s *session) Auth(mechanism string) (sasl.Server, error) {
	check := func(user, password string) error {
		if user != "ada@example.com" || password != "p@ss/w:rd" {
			return smtp.ErrAuthFailed
		}
		s.now.user = user
		return nil
	}
	if mechanism == sasl.Login {
		return &login{check: check}, nil
	}
	return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
}

// login is the server's side of LOGIN.
type login struct {
	check func(user, password string) error
	heard []string
}

func (l *login) Next(response []byte) (challenge []byte, done bool, err error) {
	if response != nil {
		l.heard = append(l.heard, string(response))
	}
	if len(l.heard) < 2 {
		return []byte([]string{"Username:", "Password:"}[len(l.heard)]), false, nil
	}
	return nil, true, l.check(l.heard[0], l.heard[1])
}

func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	if len(s.office.mechanisms) > 0 && s.now.user == "" {
		return smtp.ErrAuthRequired
	}
	s.now.from = from
	return nil
}

func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	switch to {
	case "nobody@example.com":
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user"}
	case "busy@example.com":
		return &smtp.SMTPError{Code: 450, EnhancedCode: smtp.EnhancedCode{4, 2, 1}, Message: "try later"}
	}
	s.now.to = to
	return nil
}

func (s *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	if s.office.reject != nil {
		return s.office.reject
	}
	_, s.now.encrypted = s.conn.TLSConnectionState()
	s.now.hello, s.now.text = s.conn.Hostname(), string(text)
	s.office.mu.Lock()
	defer s.office.mu.Unlock()
	s.office.delivered = append(s.office.delivered, s.now)
	return nil
}

func (s *session) Reset()        {}
func (s *session) Logout() error { return nil }

var errSpam = errors.New("this looks like spam")
