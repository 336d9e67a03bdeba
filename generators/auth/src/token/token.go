// Package token signs access tokens and verifies them: JSON Web Tokens that live
// for minutes, signed with keys that are replaced again and again. Others verify
// them with the public keys that Keys lists.
//
// Start reading at Issuer.
package token

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/golang-jwt/jwt/v5"
)

const (
	// rotation is how long a key signs.
	rotation = 30 * 24 * time.Hour
	// fresh is how long the keys in the store are not looked at again.
	fresh = time.Minute
	// patience is how soon they are looked at again because of a key that is not
	// known: whoever invents one must not make the store work.
	patience = time.Second
	// leeway is how far the clocks of two machines may be apart.
	leeway = 30 * time.Second
)

// ErrInvalid means that a token is none of ours, was changed, or has expired.
var ErrInvalid = errors.New("the access token is not valid")

// Key signs tokens.
type Key struct {
	ID      string
	Private ed25519.PrivateKey
	Created time.Time
}

// Store keeps the keys, where all processes find them.
type Store interface {
	// Keys returns those created since, in any order.
	Keys(ctx context.Context, since time.Time) ([]Key, error)
	// AddKey keeps another one.
	AddKey(ctx context.Context, key Key) error
}

// Claims are what a token says.
type Claims struct {
	// Subject is the identifier of the user, Session that of the sign-in.
	Subject, Session string
}

// claims are Claims as they are in the token.
type claims struct {
	jwt.RegisteredClaims

	Session string `json:"sid"`
}

// Issuer signs and verifies tokens.
type Issuer struct {
	// Name is the iss of the tokens: where the application is. Audience is whom
	// they are for.
	Name, Audience string
	// Lifetime is how long a token is valid.
	Lifetime time.Duration
	Store    Store
	// Now is the clock.
	Now func() time.Time

	mu     sync.Mutex
	known  []Key // the newest first
	loaded time.Time
}

// Sign returns a token.
func (i *Issuer) Sign(ctx context.Context, c Claims) (string, error) {
	key, err := i.signingKey(ctx)
	if err != nil {
		return "", err
	}
	now := i.Now()
	t := jwt.NewWithClaims(jwt.SigningMethodEdDSA, claims{
		RegisteredClaims: jwt.RegisteredClaims{
			Issuer: i.Name, Audience: jwt.ClaimStrings{i.Audience}, Subject: c.Subject, ID: strings.ToLower(rand.Text()),
			IssuedAt: jwt.NewNumericDate(now), ExpiresAt: jwt.NewNumericDate(now.Add(i.Lifetime)),
		},
		Session: c.Session,
	})
	t.Header["kid"] = key.ID
	return t.SignedString(key.Private)
}

// Verify returns what the token says, or an error that wraps ErrInvalid. Any
// other error comes from the store. The algorithm is ours to say, not the
// token's.
func (i *Issuer) Verify(ctx context.Context, text string) (Claims, error) {
	var c claims
	var failed error // of the store
	_, err := jwt.ParseWithClaims(text, &c, func(t *jwt.Token) (any, error) {
		id, _ := t.Header["kid"].(string)
		key, err := i.find(ctx, id)
		if err != nil {
			failed = err
			return nil, err
		}
		if key == nil {
			return nil, errors.New("the key is not known")
		}
		return key.Private.Public(), nil
	},
		jwt.WithValidMethods([]string{jwt.SigningMethodEdDSA.Alg()}),
		jwt.WithIssuer(i.Name), jwt.WithAudience(i.Audience),
		jwt.WithExpirationRequired(), jwt.WithIssuedAt(), jwt.WithLeeway(leeway), jwt.WithTimeFunc(i.Now),
	)
	switch {
	case failed != nil:
		return Claims{}, failed
	case err != nil:
		return Claims{}, fmt.Errorf("%w: %w", ErrInvalid, err)
	case c.Subject == "" || c.Session == "":
		return Claims{}, fmt.Errorf("%w: it says too little", ErrInvalid)
	}
	return Claims{Subject: c.Subject, Session: c.Session}, nil
}

// PublicKey is a key as a JSON Web Key.
type PublicKey struct {
	Type      string `json:"kty"`
	Curve     string `json:"crv"`
	Algorithm string `json:"alg"`
	Use       string `json:"use"`
	ID        string `json:"kid"`
	X         string `json:"x"`
}

// Keys returns the public keys of all tokens that may be valid now.
func (i *Issuer) Keys(ctx context.Context) ([]PublicKey, error) {
	if _, err := i.signingKey(ctx); err != nil { // at first there is none
		return nil, err
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	keys := make([]PublicKey, len(i.known))
	for n, key := range i.known {
		public, _ := key.Private.Public().(ed25519.PublicKey)
		keys[n] = PublicKey{
			Type: "OKP", Curve: "Ed25519", Algorithm: jwt.SigningMethodEdDSA.Alg(), Use: "sig", ID: key.ID,
			X: base64.RawURLEncoding.EncodeToString(public),
		}
	}
	return keys, nil
}

// Expired is when keys must have been created at the latest for no token of
// theirs to be valid any more.
func (i *Issuer) Expired() time.Time { return i.Now().Add(-rotation - i.Lifetime - leeway) }

// signingKey returns the newest key, or makes one if that has signed for long
// enough. Two processes may do so at the same time: then there are two.
func (i *Issuer) signingKey(ctx context.Context) (Key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	now := i.Now()
	young := func() bool { return len(i.known) > 0 && now.Sub(i.known[0].Created) < rotation }
	if now.Sub(i.loaded) > fresh || !young() {
		if err := i.load(ctx); err != nil {
			return Key{}, err
		}
	}
	if !young() {
		_, private, err := ed25519.GenerateKey(nil)
		if err != nil {
			return Key{}, err
		}
		key := Key{ID: strings.ToLower(rand.Text()), Private: private, Created: now}
		if err := i.Store.AddKey(ctx, key); err != nil {
			return Key{}, err
		}
		i.known = slices.Insert(i.known, 0, key)
	}
	return i.known[0], nil
}

// find returns the key of that name, nil if there is none.
func (i *Issuer) find(ctx context.Context, id string) (*Key, error) {
	i.mu.Lock()
	defer i.mu.Unlock()
	named := func() int { return slices.IndexFunc(i.known, func(k Key) bool { return k.ID == id }) }
	n := named()
	if since := i.Now().Sub(i.loaded); since > fresh || n < 0 && since > patience {
		if err := i.load(ctx); err != nil {
			return nil, err
		}
		n = named()
	}
	if n < 0 {
		return nil, nil
	}
	key := i.known[n]
	return &key, nil
}

func (i *Issuer) load(ctx context.Context) error {
	keys, err := i.Store.Keys(ctx, i.Expired())
	if err != nil {
		return fmt.Errorf("read the keys of access tokens: %w", err)
	}
	slices.SortFunc(keys, func(a, b Key) int { return b.Created.Compare(a.Created) })
	i.known, i.loaded = keys, i.Now()
	return nil
}
