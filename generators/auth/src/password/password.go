// Package password keeps passwords so that nobody can read them, and refuses
// those that are guessed first.
//
// Start reading at Hasher.
package password

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"

	"github.com/alexedwards/argon2id"
	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"
)

// params are what OWASP recommends for Argon2id: 19 MiB of memory, two passes,
// one thread.
var params = argon2id.Params{Memory: 19 << 10, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// The most that verifying a hash may cost, in KiB and passes. Whoever can write
// hashes could otherwise use up the machine.
const (
	maxMemory     = 256 << 10
	maxIterations = 16
)

// ErrHash means that a stored hash is none of Argon2id.
var ErrHash = errors.New("not a hash of a password")

// Hasher makes and verifies hashes, a few at a time: each takes 19 MiB of
// memory. It can be used by many goroutines.
type Hasher struct {
	slots  chan struct{}
	nobody string
}

// New returns a hasher that works on at most parallel passwords at the same time.
// Others wait.
func New(parallel int) *Hasher {
	return &Hasher{slots: make(chan struct{}, parallel), nobody: nobody()}
}

// nobody returns a hash that no password has: its key is random, and not derived
// from anything.
func nobody() string {
	random := func(n uint32) string {
		b := make([]byte, n)
		_, _ = rand.Read(b) // never fails
		return base64.RawStdEncoding.EncodeToString(b)
	}
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version,
		params.Memory, params.Iterations, params.Parallelism, random(params.SaltLength), random(params.KeyLength))
}

// Hash returns a hash of the password with a salt of its own, as a PHC string:
// $argon2id$v=19$m=19456,t=2,p=1$salt$key. It fails if ctx ends first.
func (h *Hasher) Hash(ctx context.Context, password string) (string, error) {
	if err := h.take(ctx); err != nil {
		return "", err
	}
	defer h.release()
	return argon2id.CreateHash(normal(password), &params)
}

// Verify says whether hash is that of the password. An empty hash is that of a
// user who does not exist: finding out takes the same work, and it never matches.
// The error wraps ErrHash if hash is not one, or ctx ended first.
func (h *Hasher) Verify(ctx context.Context, password, hash string) (bool, error) {
	if hash == "" {
		hash = h.nobody
	}
	if _, err := decode(hash); err != nil {
		return false, err
	}
	if err := h.take(ctx); err != nil {
		return false, err
	}
	defer h.release()
	return argon2id.ComparePasswordAndHash(normal(password), hash)
}

// NeedsRehash says whether Hash would work harder, or otherwise, than was worked
// for this hash. Ask it when the password is at hand: after Verify.
func NeedsRehash(hash string) bool {
	p, err := decode(hash)
	return err != nil || *p != params
}

func decode(hash string) (*argon2id.Params, error) {
	p, _, key, err := argon2id.DecodeHash(hash)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrHash, err)
	}
	if p.Iterations < 1 || p.Iterations > maxIterations || p.Parallelism < 1 || p.Memory > maxMemory || len(key) < 16 {
		return nil, fmt.Errorf("%w: its parameters are out of bounds", ErrHash)
	}
	return p, nil
}

// normal returns the one way to write what can be typed in several: keyboards
// differ in how they make an ä.
func normal(password string) string { return norm.NFC.String(password) }

func (h *Hasher) take(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case h.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (h *Hasher) release() { <-h.slots }
