package token_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"crypto/rsa"
	"encoding/base64"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"

	"github.com/aegis-stack/aegis/generators/auth/src/token"
)

// memory is a store, and counts how often it is read.
type memory struct {
	keys  []token.Key
	reads int
	err   error
}

func (m *memory) Keys(_ context.Context, since time.Time) ([]token.Key, error) {
	m.reads++
	var keys []token.Key
	for _, k := range m.keys {
		if k.Created.After(since) {
			keys = append(keys, k)
		}
	}
	return keys, m.err
}

func (m *memory) AddKey(_ context.Context, key token.Key) error {
	m.keys = append(m.keys, key)
	return m.err
}

// clock is set forward by tests.
type clock struct{ now time.Time }

func (c *clock) time() time.Time { return c.now }

func issuer(m *memory, c *clock) *token.Issuer {
	return &token.Issuer{Name: "https://shop.example", Audience: "shop", Lifetime: 10 * time.Minute, Store: m, Now: c.time}
}

func sign(t *testing.T, i *token.Issuer) string {
	t.Helper()
	text, err := i.Sign(t.Context(), token.Claims{Subject: "ann", Session: "s1"})
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestTokensAreVerifiedByEveryProcessUntilTheyExpire(t *testing.T) {
	m, c := &memory{}, &clock{time.Now()}
	text := sign(t, issuer(m, c))
	other := issuer(m, c)
	if got, err := other.Verify(t.Context(), text); err != nil || got != (token.Claims{Subject: "ann", Session: "s1"}) {
		t.Fatalf("another process reads %+v, %v", got, err)
	}
	c.now = c.now.Add(11 * time.Minute)
	if _, err := other.Verify(t.Context(), text); !errors.Is(err, token.ErrInvalid) {
		t.Errorf("after its time: %v", err)
	}
}

func TestKeysAreReplacedAndStayPublishedWhileTheyMatter(t *testing.T) {
	m, c := &memory{}, &clock{time.Now()}
	i := issuer(m, c)
	sign(t, i)
	c.now = c.now.Add(30*24*time.Hour - time.Minute)
	last := sign(t, i)
	if len(m.keys) != 1 {
		t.Fatalf("there are %d keys before the time", len(m.keys))
	}
	c.now = c.now.Add(2 * time.Minute)
	sign(t, i)
	if len(m.keys) != 2 {
		t.Fatalf("there are %d keys after the time", len(m.keys))
	}
	if _, err := i.Verify(t.Context(), last); err != nil {
		t.Errorf("a token of the old key: %v", err)
	}
	if public, err := i.Keys(t.Context()); err != nil || len(public) != 2 {
		t.Errorf("published are %v, %v", public, err)
	}
	c.now = c.now.Add(20 * time.Minute)
	if public, err := i.Keys(t.Context()); err != nil || len(public) != 1 || public[0].ID != m.keys[1].ID {
		t.Errorf("later, published are %v, %v", public, err)
	}
}

func TestPublishedKeysVerify(t *testing.T) {
	m, c := &memory{}, &clock{time.Now()}
	i := issuer(m, c)
	text := sign(t, i)
	public, err := i.Keys(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	x, err := base64.RawURLEncoding.DecodeString(public[0].X)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := jwt.Parse(text, func(*jwt.Token) (any, error) { return ed25519.PublicKey(x), nil }); err != nil {
		t.Errorf("with the published key: %v", err)
	}
	if document, err := json.Marshal(public); err != nil || strings.Contains(string(document), `"d"`) {
		t.Errorf("published is %s, %v", document, err)
	}
}

// TestAttackAlgorithmConfusion signs tokens with what an attacker has: nothing,
// the public key taken for a shared secret, and keys of their own.
func TestAttackAlgorithmConfusion(t *testing.T) {
	m, c := &memory{}, &clock{time.Now()}
	i := issuer(m, c)
	genuine := sign(t, i)
	key := m.keys[0]
	public, _ := key.Private.Public().(ed25519.PublicKey)
	_, stranger, err := ed25519.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	rsaKey, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	forge := func(method jwt.SigningMethod, with any, kid any, change func(jwt.MapClaims)) string {
		claims := jwt.MapClaims{"iss": "https://shop.example", "aud": "shop", "sub": "root", "sid": "s1", "iat": c.now.Unix(), "exp": c.now.Add(time.Minute).Unix()}
		change(claims)
		forged := jwt.NewWithClaims(method, claims)
		forged.Header["kid"] = kid
		text, err := forged.SignedString(with)
		if err != nil {
			t.Fatal(err)
		}
		return text
	}
	same := func(jwt.MapClaims) {}
	if _, err := i.Verify(t.Context(), forge(jwt.SigningMethodEdDSA, key.Private, key.ID, same)); err != nil {
		t.Fatalf("a token with our key is refused: %v", err)
	}
	parts := strings.Split(genuine, ".")
	for name, text := range map[string]string{
		"no signature":            forge(jwt.SigningMethodNone, jwt.UnsafeAllowNoneSignatureType, key.ID, same),
		"public key as a secret":  forge(jwt.SigningMethodHS256, []byte(public), key.ID, same),
		"another algorithm":       forge(jwt.SigningMethodRS256, rsaKey, key.ID, same),
		"a stranger's key":        forge(jwt.SigningMethodEdDSA, stranger, key.ID, same),
		"an unknown key":          forge(jwt.SigningMethodEdDSA, stranger, "nobody", same),
		"a path for a key":        forge(jwt.SigningMethodEdDSA, stranger, "../../dev/null", same),
		"a number for a key":      forge(jwt.SigningMethodEdDSA, stranger, 7, same),
		"signature cut off":       parts[0] + "." + parts[1] + ".",
		"another payload":         parts[0] + "." + strings.Split(forge(jwt.SigningMethodEdDSA, stranger, key.ID, same), ".")[1] + "." + parts[2],
		"for another application": forge(jwt.SigningMethodEdDSA, key.Private, key.ID, func(c jwt.MapClaims) { c["aud"] = "bank" }),
		"of another application":  forge(jwt.SigningMethodEdDSA, key.Private, key.ID, func(c jwt.MapClaims) { c["iss"] = "https://bank.example" }),
		"without an end":          forge(jwt.SigningMethodEdDSA, key.Private, key.ID, func(c jwt.MapClaims) { delete(c, "exp") }),
		"without a session":       forge(jwt.SigningMethodEdDSA, key.Private, key.ID, func(c jwt.MapClaims) { delete(c, "sid") }),
		"from the future":         forge(jwt.SigningMethodEdDSA, key.Private, key.ID, func(m jwt.MapClaims) { m["iat"] = c.now.Add(time.Hour).Unix() }),
		"nothing":                 "",
		"a megabyte":              strings.Repeat("a", 1<<20),
	} {
		if got, err := i.Verify(t.Context(), text); !errors.Is(err, token.ErrInvalid) || got != (token.Claims{}) {
			t.Errorf("%s is accepted: %+v, %v", name, got, err)
		}
	}
}

func TestUnknownKeysDoNotMakeTheStoreWork(t *testing.T) {
	m, c := &memory{}, &clock{time.Now()}
	i := issuer(m, c)
	text := sign(t, i)
	foreign := sign(t, issuer(&memory{}, c))
	before := m.reads
	for range 1000 {
		if _, err := i.Verify(t.Context(), foreign); !errors.Is(err, token.ErrInvalid) {
			t.Fatal(err)
		}
	}
	if m.reads > before+1 {
		t.Errorf("the store was read %d times", m.reads-before)
	}
	m.err = errors.New("the disk is on fire")
	c.now = c.now.Add(2 * time.Minute)
	if _, err := i.Verify(t.Context(), text); err == nil || errors.Is(err, token.ErrInvalid) {
		t.Errorf("a store that fails makes the token %v", err)
	}
}
