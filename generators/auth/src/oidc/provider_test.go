package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

var key = sync.OnceValue(func() *rsa.PrivateKey {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(err)
	}
	return key
})

// fake is a provider that can be told to do wrong.
type fake struct {
	*httptest.Server

	claims  map[string]any // over those of a good ID token; nil takes one away
	profile map[string]any // what the user info endpoint says; nil: there is none
	sign    func(payload []byte) string
	answer  http.HandlerFunc // instead of tokens
	methods []string         // by which clients say who they are
	form    url.Values       // what the client sent last for its code
	basic   bool             // whether it showed its secret in the header
	issuer  string           // what it says of itself; "" is its URL
	down    atomic.Bool
}

func newFake(t *testing.T) *fake {
	t.Helper()
	p := &fake{sign: func(payload []byte) string { return signed(jose.RS256, key(), payload) }}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /.well-known/openid-configuration", p.discover)
	mux.HandleFunc("GET /keys", func(w http.ResponseWriter, _ *http.Request) {
		write(w, jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: key().Public(), KeyID: "1", Algorithm: "RS256", Use: "sig"}}})
	})
	mux.HandleFunc("POST /token", p.token)
	mux.HandleFunc("GET /profile", func(w http.ResponseWriter, _ *http.Request) { write(w, p.profile) })
	p.Server = httptest.NewUnstartedServer(mux)
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.Start()
	t.Cleanup(p.Close)
	return p
}

func (p *fake) discover(w http.ResponseWriter, _ *http.Request) {
	if p.down.Load() {
		http.Error(w, "down", http.StatusServiceUnavailable)
		return
	}
	document := map[string]any{
		"issuer":                                p.issuer,
		"authorization_endpoint":                p.URL + "/authorize",
		"token_endpoint":                        p.URL + "/token",
		"jwks_uri":                              p.URL + "/keys",
		"id_token_signing_alg_values_supported": []string{"RS256", "HS256", "none"},
	}
	if p.issuer == "" {
		document["issuer"] = p.URL
	}
	if p.profile != nil {
		document["userinfo_endpoint"] = p.URL + "/profile"
	}
	if p.methods != nil {
		document["token_endpoint_auth_methods_supported"] = p.methods
	}
	write(w, document)
}

func (p *fake) token(w http.ResponseWriter, r *http.Request) {
	_, _, p.basic = r.BasicAuth()
	_ = r.ParseForm()
	p.form = r.PostForm
	if p.answer != nil {
		p.answer(w, r)
		return
	}
	hash := sha256.Sum256([]byte("access"))
	claims := map[string]any{
		"iss": p.URL, "aud": "shop", "sub": "7", "exp": time.Now().Add(time.Hour).Unix(), "iat": time.Now().Unix(),
		"at_hash": base64.RawURLEncoding.EncodeToString(hash[:16]),
		"email":   "ada@example.com", "email_verified": true, "name": "Ada",
	}
	for name, value := range p.claims {
		if claims[name] = value; value == nil {
			delete(claims, name)
		}
	}
	payload, _ := json.Marshal(claims)
	write(w, map[string]any{"access_token": "access", "token_type": "Bearer", "id_token": p.sign(payload)})
}

func write(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

func signed(algorithm jose.SignatureAlgorithm, key any, payload []byte) string {
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: algorithm, Key: jose.JSONWebKey{Key: key, KeyID: "1"}}, nil)
	if err != nil {
		panic(err)
	}
	signature, err := signer.Sign(payload)
	if err != nil {
		panic(err)
	}
	text, err := signature.CompactSerialize()
	if err != nil {
		panic(err)
	}
	return text
}

// client returns a client of the provider, and an attempt that it knows.
func (p *fake) client(t *testing.T) (*oidc.Client, oidc.Attempt) {
	t.Helper()
	c, err := oidc.New(oidc.Config{Name: "Fake", Issuer: p.URL, ClientID: "shop", ClientSecret: "s3cret", RedirectURL: "https://shop.example.com/callback"})
	if err != nil {
		t.Fatal(err)
	}
	a := oidc.NewAttempt()
	if p.claims == nil {
		p.claims = map[string]any{}
	}
	if _, ok := p.claims["nonce"]; !ok {
		p.claims["nonce"] = a.Nonce
	}
	return c, a
}
