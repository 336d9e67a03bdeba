package mail_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/quotedprintable"
	"net"
	netmail "net/mail"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/mail/src"
)

// newComponent returns the mail of an application named shop.
func newComponent(log io.Writer, settings ...string) (c *mail.Component, err error) {
	environ := make([]string, len(settings))
	for i, s := range settings {
		environ[i] = "SHOP_" + s
	}
	_, err = app.New(app.Options{Name: "shop", Environ: environ, LogTo: log}, func(a *app.App) (_ []app.Component, err error) {
		c, err = mail.New(a)
		return []app.Component{c}, err
	})
	return c, err
}

func mustNew(t *testing.T, settings ...string) *mail.Component {
	t.Helper()
	c, err := newComponent(io.Discard, append(settings, "MAIL_FROM=Shop <no-reply@shop.example.com>")...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

var hello = mail.Message{To: "bob@example.com", Subject: "Hello", Text: "How are you?\n"}

func TestWaysToTheServer(t *testing.T) {
	config, file := certificates(t)
	for _, test := range []struct {
		name, url  string
		config     bool
		implicit   bool
		mechanisms []string
		encrypted  bool
		user       string
		problem    string
	}{
		{name: "STARTTLS and PLAIN", url: "smtp://ada%40example.com:p%40ss%2Fw%3Ard@", config: true, mechanisms: []string{"LOGIN", "PLAIN"}, encrypted: true, user: "ada@example.com"},
		{name: "TLS and PLAIN", url: "smtps://ada%40example.com:p%40ss%2Fw%3Ard@", config: true, implicit: true, mechanisms: []string{"PLAIN"}, encrypted: true, user: "ada@example.com"},
		{name: "LOGIN", url: "smtp://ada%40example.com:p%40ss%2Fw%3Ard@", config: true, mechanisms: []string{"LOGIN"}, encrypted: true, user: "ada@example.com"},
		{name: "STARTTLS alone", url: "smtp://", config: true, encrypted: true},
		{name: "no TLS", url: "smtp://%s?tls=off"},
		{name: "TLS that is not there", url: "smtp://", problem: "does not offer TLS"},
		{name: "a wrong password", url: "smtp://ada%40example.com:wrong@", config: true, mechanisms: []string{"PLAIN"}, problem: "sign in: 535"},
		{name: "no password", url: "smtp://", config: true, mechanisms: []string{"PLAIN"}, problem: "authenticate"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := &postOffice{mechanisms: test.mechanisms}
			if test.config {
				p.open(t, config, test.implicit)
			} else {
				p.open(t, nil, false)
			}
			url := test.url + p.addr
			if before, after, ok := strings.Cut(test.url, "%s"); ok {
				url = before + p.addr + after
			}
			c := mustNew(t, "ENV=production", "MAIL_URL="+url, "MAIL_CA_FILE="+file)
			err := c.Send(t.Context(), hello)
			if test.problem != "" {
				if err == nil || !strings.Contains(err.Error(), test.problem) || p.count() != 0 {
					t.Errorf("Send: %v, want %q", err, test.problem)
				}
				if n := c.Check(t.Context()); n.Status != health.Warning {
					t.Errorf("then it is %s: %s", n.Status, n.Message)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := p.last(t)
			if got.encrypted != test.encrypted || got.user != test.user || got.from != "no-reply@shop.example.com" || got.to != "bob@example.com" || got.hello != "shop.example.com" {
				t.Errorf("it arrives as %+v", got)
			}
			if n := c.Check(t.Context()); n.Status != health.Healthy {
				t.Errorf("then it is %s: %s", n.Status, n.Message)
			}
		})
	}
}

func TestCertificatesAreChecked(t *testing.T) {
	config, file := certificates(t)
	p := (&postOffice{}).open(t, config, false)
	_, port, _ := net.SplitHostPort(p.addr)
	for _, test := range []struct{ host, file, problem string }{
		{"127.0.0.1", "", "certificate"},
		{"localhost", file, "certificate"}, // it is another's
		{"127.0.0.1", "missing.pem", "read SHOP_MAIL_CA_FILE"},
	} {
		c := mustNew(t, "MAIL_URL=smtp://"+test.host+":"+port, "MAIL_CA_FILE="+test.file)
		if err := c.Send(t.Context(), hello); err == nil || !strings.Contains(err.Error(), test.problem) || p.count() != 0 {
			t.Errorf("%s with %q: %v, want %q", test.host, test.file, err, test.problem)
		}
	}
}

func TestMessagesArriveAsTheyWereWritten(t *testing.T) {
	p := (&postOffice{}).open(t, nil, false)
	c := mustNew(t, "MAIL_URL=smtp://"+p.addr+"?tls=off")
	for _, want := range []mail.Message{
		hello,
		{To: "bob+shop@example.com", Subject: "Grüße aus Zürich 🎉", Text: "Schöne Grüße!\n.\n..\nEnde = da\n"},
		{To: "üser@bücher.example", Subject: strings.Repeat("größer ", 50), Text: strings.Repeat("lang ", 400) + "\n"},
		{To: "bob@example.com"},
	} {
		if err := c.Send(t.Context(), want); err != nil {
			t.Errorf("%+v: %v", want, err)
			continue
		}
		got := p.last(t)
		for line := range strings.Lines(got.text) {
			if len(line) > 200 {
				t.Errorf("a line has %d bytes: %q", len(line), line)
			}
		}
		arrived, err := netmail.ReadMessage(strings.NewReader(got.text))
		if err != nil {
			t.Fatal(err)
		}
		subject, err := new(mime.WordDecoder).DecodeHeader(arrived.Header.Get("Subject"))
		if err != nil || subject != want.Subject {
			t.Errorf("the subject %q arrives as %q (%v)", want.Subject, subject, err)
		}
		text, err := io.ReadAll(quotedprintable.NewReader(arrived.Body))
		if err != nil || strings.TrimRight(strings.ReplaceAll(string(text), "\r\n", "\n"), "\n") != strings.TrimRight(want.Text, "\n") {
			t.Errorf("the text %q arrives as %q (%v)", want.Text, text, err)
		}
		from, err := netmail.ParseAddress(arrived.Header.Get("From"))
		if err != nil || from.String() != `"Shop" <no-reply@shop.example.com>` || got.to != want.To {
			t.Errorf("it comes from %v to %s (%v)", from, got.to, err)
		}
		if _, err := arrived.Header.Date(); err != nil {
			t.Errorf("its date: %v", err)
		}
	}
}

// What users type ends up in subjects and addresses. Nothing of it may become a
// line of the header, or another recipient.
func TestHeadersCannotBeInjected(t *testing.T) {
	p := (&postOffice{}).open(t, nil, false)
	c := mustNew(t, "MAIL_URL=smtp://"+p.addr+"?tls=off")
	for _, attack := range []string{
		"\r\nBcc: eve@example.com", "\nBcc: eve@example.com", "\rBcc: eve@example.com", "\u2028Bcc: eve@example.com",
		"\x00", "\x85Bcc: eve@example.com", "\xff", "\r\n\r\ntext", "\r\n.\r\nMAIL FROM:<eve@example.com>",
	} {
		for _, m := range []mail.Message{
			{To: "bob@example.com", Subject: "Hello" + attack},
			{To: "bob@example.com" + attack},
			{To: attack + "bob@example.com"},
			{To: "bob" + attack + "@example.com"},
		} {
			if err := c.Send(t.Context(), m); err == nil {
				t.Errorf("%+v is sent:\n%s", m, p.last(t).text)
			}
		}
	}
	for _, to := range []string{
		"", "bob", "bob@", "@example.com", "bob@example.com, eve@example.com", "bob@example.com eve@example.com",
		"Bob <bob@example.com>", "<bob@example.com>", "bob@example.com (Bob)", `"bob>"@example.com`, "bob@example.com>", "bob@example.com> SIZE=1",
		strings.Repeat("b", 250) + "@example.com",
	} {
		if err := c.Send(t.Context(), mail.Message{To: to}); !errors.Is(err, mail.ErrRecipient) {
			t.Errorf("to %q: %v", to, err)
		}
	}
	if err := c.Send(t.Context(), mail.Message{To: "bob@example.com", Text: "Hello\r\n.\r\nMAIL FROM:<eve@example.com>\r\n"}); err != nil {
		t.Error(err)
	}
	if p.count() != 1 || !strings.Contains(p.last(t).text, "\r\n.\r\nMAIL FROM:") {
		t.Errorf("%d messages arrived", p.count())
	}
}

func TestRefusalsOfTheServer(t *testing.T) {
	p := (&postOffice{}).open(t, nil, false)
	c := mustNew(t, "MAIL_URL=smtp://"+p.addr+"?tls=off")
	if err := c.Send(t.Context(), mail.Message{To: "nobody@example.com"}); !errors.Is(err, mail.ErrRecipient) || !strings.Contains(err.Error(), "no such user") {
		t.Errorf("nobody: %v", err)
	}
	if n := c.Check(t.Context()); n.Status != health.Healthy {
		t.Errorf("that nobody is there makes it %s", n.Status)
	}
	if err := c.Send(t.Context(), mail.Message{To: "busy@example.com"}); err == nil || errors.Is(err, mail.ErrRecipient) {
		t.Errorf("busy: %v", err)
	}
	if n := c.Check(t.Context()); n.Status != health.Warning || !strings.Contains(n.Message, "try later") {
		t.Errorf("then it is %s: %s", n.Status, n.Message)
	}
	if err := c.Send(t.Context(), hello); err != nil {
		t.Error(err)
	}
	if n := c.Check(t.Context()); n.Status != health.Healthy {
		t.Errorf("when it works again it is %s: %s", n.Status, n.Message)
	}
	p = (&postOffice{reject: errSpam}).open(t, nil, false)
	c = mustNew(t, "MAIL_URL=smtp://"+p.addr+"?tls=off")
	if err := c.Send(t.Context(), hello); err == nil || !strings.Contains(err.Error(), errSpam.Error()) {
		t.Errorf("spam: %v", err)
	}
}

func TestAServerThatSaysNothing(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	for _, scheme := range []string{"smtp", "smtps"} {
		url := "MAIL_URL=" + scheme + "://" + listener.Addr().String()
		if err := mustNew(t, url, "MAIL_TIMEOUT=100ms").Send(t.Context(), hello); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", scheme, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		c := mustNew(t, url, "MAIL_TIMEOUT=5m")
		if err := c.Send(ctx, hello); !errors.Is(err, context.Canceled) {
			t.Errorf("%s, when nobody waits: %v", scheme, err)
		}
		if n := c.Check(t.Context()); n.Status != health.Healthy {
			t.Errorf("%s, when nobody waits, is %s", scheme, n.Status)
		}
	}
}

func TestWithoutAServer(t *testing.T) {
	var log bytes.Buffer
	c, err := newComponent(&log, "LOG_FORMAT=json")
	if err != nil {
		t.Fatal(err)
	}
	draw := func() string {
		var out strings.Builder
		page, err := c.Page(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if err := page.Render(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if page := draw(); !strings.Contains(page, "Nothing was sent") || !strings.Contains(page, "SHOP_MAIL_URL") {
		t.Errorf("at first the page is %s", page)
	}
	if err := c.Send(t.Context(), mail.Message{To: "bob@example.com", Subject: "<b>Verify</b>", Text: "See http://localhost:8080/verify?a=1&b=2.\n<script>"}); err != nil {
		t.Fatal(err)
	}
	page := draw()
	for _, want := range []string{"bob@example.com", "&lt;b&gt;Verify", "&lt;script&gt;", `<a href="http://localhost:8080/verify?a=1&amp;b=2">http://localhost:8080/verify?a=1&amp;b=2</a>.<br>`} {
		if !strings.Contains(page, want) {
			t.Errorf("the page has no %s:\n%s", want, page)
		}
	}
	if text := log.String(); !strings.Contains(text, `"to":"bob@example.com"`) || !strings.Contains(text, "http://localhost:8080/verify") {
		t.Errorf("the log has %s", text)
	}
	if err := c.Send(t.Context(), mail.Message{To: "bob"}); !errors.Is(err, mail.ErrRecipient) {
		t.Errorf("to no address: %v", err)
	}
	for i := range 200 {
		if err := c.Send(t.Context(), mail.Message{To: "bob@example.com", Subject: fmt.Sprintf("number %d", i)}); err != nil {
			t.Fatal(err)
		}
	}
	if page := draw(); strings.Count(page, "bob@example.com") != 50 || !strings.Contains(page, "number 199<") || strings.Contains(page, "number 149<") {
		t.Errorf("the page is %s", page)
	}
}

func TestWrongSettings(t *testing.T) {
	for _, test := range []struct {
		settings []string
		problem  string
	}{
		{[]string{"ENV=production", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: needed in production, such as smtp://user:password@mail.example.com:587"},
		{[]string{"ENV=production"}, "SHOP_MAIL_FROM: needed in production, such as no-reply@example.com\nSHOP_MAIL_URL: needed in production"},
		{[]string{"ENV=production", "MAIL_URL=smtp://host", "MAIL_TIMEOUT=0s"}, "SHOP_MAIL_FROM: needed in production, such as no-reply@example.com\nSHOP_MAIL_TIMEOUT"},
		{[]string{"MAIL_URL=smtp://host"}, "SHOP_MAIL_FROM: needed"},
		{[]string{"MAIL_FROM=shop"}, `SHOP_MAIL_FROM="shop": want an address`},
		{[]string{"MAIL_URL=smtp://user:hunter22@host?tls=off", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: a password is not sent without TLS"},
		{[]string{"MAIL_URL=http://user:hunter22@host", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
		{[]string{"MAIL_URL=smtp://user:hunter22@host:0", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
		{[]string{"MAIL_URL=smtp://user:hunter22@", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
		{[]string{"MAIL_URL=smtp://user:hunter22@host/inbox", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
		{[]string{"MAIL_URL=smtp://host?tls=of", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
		{[]string{"MAIL_URL=smtps://host?tls=off", "MAIL_FROM=a@example.com"}, "SHOP_MAIL_URL: want smtp://"},
	} {
		_, err := newComponent(io.Discard, test.settings...)
		var wrong *app.ConfigError
		if !errors.As(err, &wrong) || !strings.HasPrefix(err.Error(), test.problem) || strings.Contains(err.Error(), "hunter22") {
			t.Errorf("%v: %v, want %q", test.settings, err, test.problem)
		}
	}
}

func TestCommandTellsWhetherMailCanBeSent(t *testing.T) {
	run := func(c *mail.Component, to string) (string, error) {
		command := c.Commands()[0]
		var out bytes.Buffer
		command.SetOut(&out)
		command.SetErr(&out)
		command.SetArgs([]string{"test", to})
		err := command.ExecuteContext(t.Context())
		return out.String(), err
	}
	p := (&postOffice{}).open(t, nil, false)
	c := mustNew(t, "MAIL_URL=smtp://"+p.addr+"?tls=off")
	if out, err := run(c, "bob@example.com"); err != nil || !strings.Contains(out, p.addr+" has taken the message to bob@example.com") || p.last(t).to != "bob@example.com" {
		t.Errorf("it says %q, %v", out, err)
	}
	if _, err := run(c, "nobody@example.com"); !errors.Is(err, mail.ErrRecipient) {
		t.Errorf("to nobody: %v", err)
	}
	if _, err := run(mustNew(t), "bob@example.com"); err == nil || !strings.Contains(err.Error(), "set SHOP_MAIL_URL") {
		t.Errorf("without a server: %v", err)
	}
}
