package mail

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"mime"
	"mime/quotedprintable"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// maxSubject is how many bytes a subject may have.
const maxSubject = 500

// envelope is a message as servers take it.
type envelope struct {
	from, to string // addresses
	text     []byte // header and body
}

// newEnvelope returns m as it goes over the wire. What could add a line to the
// header is refused.
func newEnvelope(from mail.Address, m Message, at time.Time) (envelope, error) {
	to, err := parseAddress(m.To)
	if err != nil {
		return envelope{}, err
	}
	if !utf8.ValidString(m.Subject) || len(m.Subject) > maxSubject || strings.ContainsFunc(m.Subject, isBreak) {
		return envelope{}, fmt.Errorf("the subject is not one line of at most %d bytes", maxSubject)
	}
	if !utf8.ValidString(m.Text) {
		return envelope{}, errors.New("the text is not UTF-8")
	}
	var out bytes.Buffer
	for _, field := range [][2]string{
		{"From", from.String()},
		{"To", to.String()},
		{"Subject", encode(m.Subject)},
		{"Date", at.UTC().Format(time.RFC1123Z)},
		{"Message-ID", "<" + rand.Text() + "@" + domain(from.Address) + ">"},
		{"Auto-Submitted", "auto-generated"}, // so that nobody's vacation answers
		{"MIME-Version", "1.0"},
		{"Content-Type", "text/plain; charset=utf-8"},
		{"Content-Transfer-Encoding", "quoted-printable"},
	} {
		fmt.Fprintf(&out, "%s: %s\r\n", field[0], field[1])
	}
	out.WriteString("\r\n")
	body := quotedprintable.NewWriter(&out)
	// A buffer takes everything.
	_, _ = body.Write([]byte(m.Text))
	_ = body.Close()
	out.WriteString("\r\n")
	return envelope{from: from.Address, to: to.Address, text: out.Bytes()}, nil
}

// parseAddress accepts an address alone: a name or a comment beside it would be
// text that somebody else may have chosen.
func parseAddress(text string) (*mail.Address, error) {
	a, err := mail.ParseAddress(text)
	if err != nil || a.Address != text || len(text) > 254 || strings.ContainsFunc(text, isBreak) {
		return nil, fmt.Errorf("%w: %q is not one such as \"ada@example.com\"", ErrRecipient, text)
	}
	return a, nil
}

// isBreak says whether r is anything but part of a line of text.
func isBreak(r rune) bool { return unicode.IsControl(r) || r == '\u2028' || r == '\u2029' }

// encode returns the subject in words that fit into lines of the header.
func encode(subject string) string {
	encoded := mime.QEncoding.Encode("utf-8", subject)
	if encoded == subject {
		return subject
	}
	return strings.ReplaceAll(encoded, "?= =?", "?=\r\n =?")
}

func domain(address string) string { return address[strings.LastIndexByte(address, '@')+1:] }
