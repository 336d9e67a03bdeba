// Package totp is the second factor: codes of six digits that an authenticator
// app makes from a shared secret and the time (RFC 6238), and recovery codes for
// when the app is lost.
package totp

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha1" //nolint:gosec // what authenticator apps agree on; as an HMAC it is sound
	"crypto/subtle"
	"encoding/base32"
	"encoding/binary"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"time"
)

const (
	period = 30 // seconds of a step
	digits = 6
	// window is how many steps the clock of an app may be ahead or behind.
	window = 1
)

// ErrSecret means that a stored secret is none that NewSecret made.
var ErrSecret = errors.New("not a secret of an authenticator")

var base = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewSecret returns a secret of 160 random bits, in base 32 as apps take it.
func NewSecret() string {
	b := make([]byte, sha1.Size)
	_, _ = rand.Read(b) // never fails
	return base.EncodeToString(b)
}

// URL returns what an app reads to know the secret. It shows issuer and account.
func URL(issuer, account, secret string) string {
	issuer = strings.ReplaceAll(issuer, ":", "") // it ends the issuer
	label := url.PathEscape(issuer) + ":" + url.PathEscape(account)
	// Apps take the + of a query for a plus.
	name := strings.ReplaceAll(url.QueryEscape(issuer), "+", "%20")
	return fmt.Sprintf("otpauth://totp/%s?secret=%s&issuer=%s&algorithm=SHA1&digits=%d&period=%d", label, secret, name, digits, period)
}

// Verify says whether code is right at the time now, give or take a step, and of
// a step after last. A code that is right must not be so again: store the step
// that comes back, in the same transaction, as the next last. At first, last is 0.
func Verify(secret, code string, now time.Time, last int64) (step int64, ok bool, err error) {
	key, err := base.DecodeString(secret)
	if err != nil || len(key) == 0 {
		return 0, false, ErrSecret
	}
	code = strings.ReplaceAll(code, " ", "") // as apps show it
	current := now.Unix() / period
	// All of them, so that the time does not tell which it was.
	for s := current - window; s <= current+window; s++ {
		if subtle.ConstantTimeCompare([]byte(generate(key, s)), []byte(code)) == 1 && s > last && !ok {
			step, ok = s, true
		}
	}
	return step, ok, nil
}

// Code returns the code that an app shows at the time now.
func Code(secret string, now time.Time) (string, error) {
	key, err := base.DecodeString(secret)
	if err != nil || len(key) == 0 {
		return "", ErrSecret
	}
	return generate(key, now.Unix()/period), nil
}

// generate returns the code of a step (RFC 4226, 5.3).
func generate(key []byte, step int64) string {
	mac := hmac.New(sha1.New, key)
	_ = binary.Write(mac, binary.BigEndian, step)
	sum := mac.Sum(nil)
	offset := sum[len(sum)-1] & 0xf
	number := binary.BigEndian.Uint32(sum[offset:]) & 0x7fffffff
	return fmt.Sprintf("%0*d", digits, number%1_000_000)
}
