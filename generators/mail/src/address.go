package mail

import (
	"errors"
	"net"
	"net/mail"
	"net/url"
	"strconv"
)

// serverURL says where the server is, and how to sign in. The zero value is
// none.
type serverURL struct {
	host, port     string
	user, password string
	implicit       bool // TLS from the first byte
	plain          bool // no TLS at all
}

var (
	errServerURL = errors.New("want smtp://user:password@host:587, or smtps:// for TLS from the start")
	errPlain     = errors.New("a password is not sent without TLS: leave out tls=off")
)

// UnmarshalText accepts URLs of servers. The error does not repeat the text,
// which holds a password.
func (s *serverURL) UnmarshalText(text []byte) error {
	*s = serverURL{}
	if len(text) == 0 {
		return nil
	}
	u, err := url.Parse(string(text))
	if err != nil || u.Hostname() == "" || u.Path != "" && u.Path != "/" || u.Fragment != "" {
		return errServerURL
	}
	parsed := serverURL{host: u.Hostname(), port: u.Port(), user: u.User.Username()}
	parsed.password, _ = u.User.Password()
	standard := map[string]string{"smtp": "587", "smtps": "465"}[u.Scheme]
	if standard == "" {
		return errServerURL
	}
	parsed.implicit = u.Scheme == "smtps"
	if parsed.port == "" {
		parsed.port = standard
	}
	if n, err := strconv.Atoi(parsed.port); err != nil || n < 1 || n > 65535 {
		return errServerURL
	}
	switch u.RawQuery {
	case "":
	case "tls=off":
		if parsed.plain = true; parsed.implicit {
			return errServerURL
		}
		if u.User != nil {
			return errPlain
		}
	default:
		return errServerURL
	}
	*s = parsed
	return nil
}

func (s serverURL) addr() string { return net.JoinHostPort(s.host, s.port) }

// sender is who mail comes from, with or without a name.
type sender mail.Address

// UnmarshalText accepts "no-reply@example.com" and "Shop <no-reply@example.com>".
func (s *sender) UnmarshalText(text []byte) error {
	*s = sender{}
	if len(text) == 0 {
		return nil
	}
	a, err := mail.ParseAddress(string(text))
	if err != nil {
		return errors.New("want an address such as no-reply@example.com, or Shop <no-reply@example.com>")
	}
	*s = sender(*a)
	return nil
}
