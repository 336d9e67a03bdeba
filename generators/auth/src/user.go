package auth

import (
	"context"
	"crypto/rand"
	"net/mail"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/uptrace/bun"
)

// User is a person with an account.
type User struct {
	ID    string `json:"id"`
	Email string `json:"email"`
	Name  string `json:"name"`
	Admin bool   `json:"admin" doc:"Whether the user may do what is for administrators"`
}

// From returns who has sent the request that ctx belongs to, false if nobody is
// signed in. Operations with the Security app.SignedInOnly, and pages behind
// HandleSignedIn, have somebody always.
func From(ctx context.Context) (User, bool) {
	v, ok := ctx.Value(visitKey{}).(visit)
	return v.user.User, ok
}

// userRow is a User as the table has it.
type userRow struct {
	bun.BaseModel `bun:"table:auth_users,alias:u"`
	User          `bun:"embed:"`

	Password   string // hash; empty: there is none
	TOTPKey    string `bun:"totp_key"` // sealed; empty: there is no second factor
	TOTPStep   int64  `bun:"totp_step"`
	VerifiedAt millis
	DisabledAt millis
	CreatedAt  millis
}

// millis is a time as the database holds it: milliseconds since 1970, 0 for
// never.
type millis int64

func millisOf(t time.Time) millis { return millis(t.UnixMilli()) }

func (m millis) time() time.Time {
	if m == 0 {
		return time.Time{}
	}
	return time.UnixMilli(int64(m)).UTC()
}

// NewID returns an identifier that nobody can guess, and that sorts like any
// other.
func NewID() string { return strings.ToLower(rand.Text()) }

// longestEmail is what RFC 5321 lets an address have.
const longestEmail = 254

// ParseEmail returns the address in the form by which users are found, or a
// refusal. Case tells no two mailboxes apart.
func ParseEmail(text string) (string, error) {
	text = strings.ToLower(strings.TrimSpace(text))
	parsed, err := mail.ParseAddress(text)
	if err != nil || parsed.Address != text || parsed.Name != "" || len(text) > longestEmail {
		return "", errEmail
	}
	return text, nil
}

// longestName is in characters.
const longestName = 100

// ParseName returns the name in one line without spaces around it, or a refusal. Others
// see it beside texts of ours: it is visible, and turns the direction of none.
func ParseName(text string) (string, error) {
	name := strings.Join(strings.Fields(text), " ")
	turns := func(r rune) bool { return unicode.In(r, unicode.Cc, unicode.Bidi_Control) }
	if !strings.ContainsFunc(name, unicode.IsGraphic) || utf8.RuneCountInString(name) > longestName || !utf8.ValidString(name) || strings.ContainsFunc(name, turns) {
		return "", errName
	}
	return name, nil
}
