// Package seal keeps small secrets from who can read the database, a backup of
// it, or a cookie.
package seal

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base64"
	"errors"
)

// ErrBroken means that a text was not sealed by this box for this use, or was
// changed since.
var ErrBroken = errors.New("sealed with another secret, for another use, or changed since")

// Box seals with a key that is derived from one secret.
type Box struct{ aead cipher.AEAD }

// New returns the box of a secret.
func New(secret string) (*Box, error) {
	key, err := hkdf.Key(sha256.New, []byte(secret), nil, "auth seal v1", 32)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	return &Box{aead}, err
}

// Seal returns plain as a text that only Open can read, for the same use: what
// is sealed for one use, or one user, is worth nothing in the place of another.
func (b *Box) Seal(plain []byte, use string) string {
	return base64.RawURLEncoding.EncodeToString(b.aead.Seal(nil, nil, plain, []byte(use))) //nolint:gosec // it makes the nonce itself
}

// Open returns what Seal was given, or ErrBroken.
func (b *Box) Open(text, use string) ([]byte, error) {
	sealed, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return nil, ErrBroken
	}
	plain, err := b.aead.Open(nil, nil, sealed, []byte(use))
	if err != nil {
		return nil, ErrBroken
	}
	return plain, nil
}
