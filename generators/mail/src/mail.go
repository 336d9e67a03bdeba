// Package mail sends messages to people: through an SMTP server, or, in
// development without one, to the log and a page.
//
// Start reading at Send.
package mail

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Config is what the component reads from the environment.
type Config struct {
	URL     serverURL     `env:"MAIL_URL" secret:"true" production:"smtp://user:password@mail.example.com:587" doc:"SMTP server, smtp://user:password@host:587 or smtps:// with TLS from the start; none in development: mail is logged and shown"`
	From    sender        `env:"MAIL_FROM" production:"no-reply@example.com" doc:"Who mail comes from, such as Shop <no-reply@example.com>"`
	CAFile  string        `env:"MAIL_CA_FILE" doc:"File with the certificates that the server's own is checked against; none: those of the system"`
	Timeout time.Duration `env:"MAIL_TIMEOUT" envDefault:"10s" min:"100ms" max:"5m" doc:"How long sending a message may take"`
}

// Message is text for one person.
type Message struct {
	To      string // an address: "ada@example.com"
	Subject string // one line
	Text    string // lines end in \n
}

// ErrRecipient means that there is no such recipient: To is not an address, or
// the server refuses it for good. Trying again does not help.
var ErrRecipient = errors.New("mail cannot be sent to this address")

// Component sends messages.
type Component struct {
	app    *app.App
	log    *slog.Logger
	config Config
	from   mail.Address
	server *server // nil: messages are kept in outbox
	outbox outbox
	counts counts
}

var (
	_ app.Checker   = (*Component)(nil)
	_ app.Pager     = (*Component)(nil)
	_ app.Commander = (*Component)(nil)
)

// New returns the mail of a. Connections are made when there is something to
// send.
func New(a *app.App) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "mail")}
	a.Config(&c.config)
	c.from = mail.Address(c.config.From)

	if c.config.URL.host == "" { // in development
		c.from.Address = cmp.Or(c.from.Address, a.Name+"@localhost")
		return c, nil
	}
	if c.from.Address == "" && a.Env != app.Production { // where it is needed anyway
		a.Problem("MAIL_FROM", "needed to send mail, such as no-reply@example.com")
	}
	c.server = newServer(c.config, a.Prefix()+"MAIL_CA_FILE")
	return c, nil
}

// Name is "mail".
func (*Component) Name() string { return "mail" }

// Send returns nil once the server has taken m, which it then delivers. Send
// tries once and waits for the server, at most for MAIL_TIMEOUT: whoever must
// not lose a message, or must not let the time of an answer tell whether one was
// sent, calls it in the background.
//
// Without a server, in development, m is logged and shown on the page.
func (c *Component) Send(ctx context.Context, m Message) error {
	e, err := newEnvelope(c.from, m, time.Now())
	if err != nil {
		return err
	}
	if c.server == nil {
		c.outbox.keep(m)
		c.counts.add(nil)
		c.log.InfoContext(ctx, "no server, so mail is kept here", "to", m.To, "subject", m.Subject, "text", m.Text)
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, c.config.Timeout)
	defer cancel()
	if err = c.server.deliver(ctx, e); err != nil {
		if !errors.Is(err, ErrRecipient) {
			app.NoteUnavailable(ctx)
		}
		err = fmt.Errorf("send mail through %s: %w", c.server.host, err)
	}
	c.counts.add(err)
	return err
}
