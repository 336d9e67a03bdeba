package totp

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// RecoveryCodes is how many codes NewRecoveryCodes returns.
const RecoveryCodes = 10

// groups of characters that a recovery code has, and their length: 80 bits.
const (
	groups = 4
	length = 4
)

// NewRecoveryCodes returns codes that each stand in for the app once. They are
// shown once: what is stored are their digests. A used one is deleted.
func NewRecoveryCodes() []string {
	codes := make([]string, RecoveryCodes)
	for i := range codes {
		text := strings.ToLower(rand.Text()) // a to z and 2 to 7
		var parts []string
		for g := range groups {
			parts = append(parts, text[g*length:(g+1)*length])
		}
		codes[i] = strings.Join(parts, "-")
	}
	return codes
}

// Digest returns what is stored of a recovery code, however it is typed: SHA-256
// in hexadecimal digits. The codes are random, so that a digest needs no salt and
// no work to be of no use to thieves, and can be looked up.
func Digest(code string) string {
	plain := strings.Map(func(r rune) rune {
		switch r {
		case ' ', '-', '\t':
			return -1
		}
		return r
	}, strings.ToLower(code))
	sum := sha256.Sum256([]byte("recovery:" + plain))
	return hex.EncodeToString(sum[:])
}
