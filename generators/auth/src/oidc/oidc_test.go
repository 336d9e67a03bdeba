package oidc_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

func answer(a oidc.Attempt) url.Values {
	return url.Values{"state": {a.State}, "code": {"c0de"}}
}

func TestWhereTheBrowserGoes(t *testing.T) {
	p := newFake(t)
	c, a := p.client(t)
	text, err := c.AuthURL(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	challenge := sha256.Sum256([]byte(a.Verifier))
	for name, want := range map[string]string{
		"response_type": "code", "client_id": "shop", "redirect_uri": "https://shop.example.com/callback", "scope": "openid email profile",
		"state": a.State, "nonce": a.Nonce, "code_challenge_method": "S256", "code_challenge": base64.RawURLEncoding.EncodeToString(challenge[:]),
	} {
		if got := u.Query().Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if !strings.HasPrefix(text, p.URL+"/authorize?") || strings.Contains(text, a.Verifier) || strings.Contains(text, "s3cret") {
		t.Errorf("it goes to %s", text)
	}
	if b := oidc.NewAttempt(); b.State == a.State || b.Nonce == a.Nonce || b.Verifier == a.Verifier || len(a.State) < 22 || len(a.Nonce) < 22 {
		t.Errorf("attempts are %+v and %+v", a, b)
	}
}

func TestWhoSignsIn(t *testing.T) {
	for _, test := range []struct {
		name    string
		claims  map[string]any
		profile map[string]any
		want    oidc.Identity
	}{
		{"as the ID token says", nil, nil, oidc.Identity{Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		{"with an address that is not verified", map[string]any{"email_verified": false}, nil, oidc.Identity{Email: "ada@example.com", Name: "Ada"}},
		{"with an address of which nothing is said", map[string]any{"email_verified": nil}, nil, oidc.Identity{Email: "ada@example.com", Name: "Ada"}},
		{"with a word for true", map[string]any{"email_verified": "true"}, nil, oidc.Identity{Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		{"with a word for false", map[string]any{"email_verified": "false"}, nil, oidc.Identity{Email: "ada@example.com", Name: "Ada"}},
		{"with other audiences", map[string]any{"aud": []string{"other", "shop"}, "azp": "shop"}, nil, oidc.Identity{Email: "ada@example.com", EmailVerified: true, Name: "Ada"}},
		{"without address", map[string]any{"email": nil, "email_verified": nil}, nil, oidc.Identity{Name: "Ada"}},
		{"as the profile says", map[string]any{"email": nil, "email_verified": nil, "name": nil},
			map[string]any{"sub": "7", "email": "ada@example.org", "email_verified": true, "name": "Ada L."},
			oidc.Identity{Email: "ada@example.org", EmailVerified: true, Name: "Ada L."}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newFake(t)
			p.claims, p.profile = test.claims, test.profile
			c, a := p.client(t)
			test.want.Issuer, test.want.Subject = p.URL, "7"
			got, err := c.Exchange(t.Context(), a, answer(a))
			if err != nil || got != test.want {
				t.Errorf("Exchange = %+v, %v, want %+v", got, err, test.want)
			}
			if p.form.Get("code") != "c0de" || p.form.Get("code_verifier") != a.Verifier || p.form.Get("redirect_uri") != "https://shop.example.com/callback" {
				t.Errorf("the code is exchanged with %v", p.form)
			}
		})
	}
}

func TestWhatTheBrowserBringsIsChecked(t *testing.T) {
	p := newFake(t)
	c, a := p.client(t)
	for name, q := range map[string]url.Values{
		"no state":           {"code": {"c0de"}},
		"another state":      {"code": {"c0de"}, "state": {"x"}},
		"no code":            {"state": {a.State}},
		"an error":           {"state": {a.State}, "error": {"access_denied"}, "code": {"c0de"}},
		"another's answer":   {"state": {a.State}, "code": {"c0de"}, "iss": {"https://evil.example.com"}},
		"an error, no state": {"error": {"access_denied"}},
	} {
		if _, err := c.Exchange(t.Context(), a, q); !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
	// An attempt that nobody has made, as that of a cookie that is not there.
	if _, err := c.Exchange(t.Context(), oidc.Attempt{}, url.Values{"state": {""}, "code": {"c0de"}}); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("no attempt: %v", err)
	}
	if p.form != nil {
		t.Errorf("the provider is asked with %v", p.form)
	}
	q := answer(a)
	q.Set("iss", p.URL)
	if _, err := c.Exchange(t.Context(), a, q); err != nil {
		t.Errorf("with the right issuer: %v", err)
	}
}

func TestIDTokensAreChecked(t *testing.T) {
	other, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	public := x509.MarshalPKCS1PublicKey(&key().PublicKey)
	part := base64.RawURLEncoding.EncodeToString
	for _, test := range []struct {
		name   string
		claims map[string]any
		sign   func([]byte) string
		why    string
	}{
		{name: "another issuer", claims: map[string]any{"iss": "https://evil.example.com"}, why: "different provider"},
		{name: "another audience", claims: map[string]any{"aud": "other"}, why: "audience"},
		{name: "several audiences", claims: map[string]any{"aud": []string{"shop", "other"}}, why: "another client"},
		{name: "another party", claims: map[string]any{"azp": "other"}, why: "another client"},
		{name: "expired", claims: map[string]any{"exp": time.Now().Add(-time.Minute).Unix()}, why: "expired"},
		{name: "without end", claims: map[string]any{"exp": nil}, why: "expired"},
		{name: "not yet valid", claims: map[string]any{"nbf": time.Now().Add(time.Hour).Unix()}, why: "before"},
		{name: "another nonce", claims: map[string]any{"nonce": "x"}, why: "another attempt"},
		{name: "no nonce", claims: map[string]any{"nonce": nil}, why: "another attempt"},
		{name: "nobody", claims: map[string]any{"sub": ""}, why: "nobody"},
		{name: "another access token", claims: map[string]any{"at_hash": "x"}, why: "hash"},
		{name: "another key", sign: func(b []byte) string { return signed(jose.RS256, other, b) }, why: "signature"},
		{name: "the public key as a shared one", sign: func(b []byte) string { return signed(jose.HS256, public, b) }, why: "algorithm"},
		{name: "another algorithm", sign: func(b []byte) string { return signed(jose.PS512, key(), b) }, why: "algorithm"},
		{name: "no signature", sign: func(b []byte) string { return part([]byte(`{"alg":"none"}`)) + "." + part(b) + "." }, why: "malformed"},
		{name: "other claims under the signature", sign: func(b []byte) string {
			parts := strings.Split(signed(jose.RS256, key(), b), ".")
			parts[1] = part([]byte(strings.Replace(string(b), `"7"`, `"1"`, 1)))
			return strings.Join(parts, ".")
		}, why: "signature"},
		{name: "no token at all", sign: func([]byte) string { return "x" }, why: "malformed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newFake(t)
			p.claims = test.claims
			if test.sign != nil {
				p.sign = test.sign
			}
			c, a := p.client(t)
			got, err := c.Exchange(t.Context(), a, answer(a))
			if !errors.Is(err, oidc.ErrRefused) || !strings.Contains(err.Error(), test.why) {
				t.Errorf("Exchange = %+v, %v, want %q", got, err, test.why)
			}
		})
	}
}

func TestAProfileOfSomebodyElse(t *testing.T) {
	p := newFake(t)
	p.claims = map[string]any{"email": nil}
	p.profile = map[string]any{"sub": "1", "email": "eve@example.com", "email_verified": true}
	c, a := p.client(t)
	if got, err := c.Exchange(t.Context(), a, answer(a)); !errors.Is(err, oidc.ErrRefused) {
		t.Errorf("Exchange = %+v, %v", got, err)
	}
}

func TestProvidersThatSayNo(t *testing.T) {
	for status, want := range map[int]error{
		http.StatusBadRequest: oidc.ErrRefused, http.StatusUnauthorized: oidc.ErrRefused,
		http.StatusBadGateway: oidc.ErrUnavailable, http.StatusOK: oidc.ErrRefused,
	} {
		p := newFake(t)
		p.answer = func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(status)
			body := `{"error":"invalid_grant","error_description":"hunter22"}`
			if status == http.StatusOK {
				body = `{"access_token":"access","token_type":"Bearer"}`
			}
			_, _ = w.Write([]byte(body))
		}
		c, a := p.client(t)
		if _, err := c.Exchange(t.Context(), a, answer(a)); !errors.Is(err, want) {
			t.Errorf("%d: %v, want %v", status, err, want)
		}
	}
}

func TestHowTheSecretIsShown(t *testing.T) {
	for _, test := range []struct {
		methods []string
		basic   bool
	}{
		{nil, true}, {[]string{"client_secret_post"}, false}, {[]string{"client_secret_post", "client_secret_basic"}, true},
	} {
		p := newFake(t)
		p.methods = test.methods
		c, a := p.client(t)
		if _, err := c.Exchange(t.Context(), a, answer(a)); err != nil || p.basic != test.basic || p.basic == p.form.Has("client_secret") {
			t.Errorf("%v: in the header is %v, in the form %v (%v)", test.methods, p.basic, p.form.Has("client_secret"), err)
		}
	}
}

func TestAProviderThatIsNotThere(t *testing.T) {
	p := newFake(t)
	c, a := p.client(t)
	p.Close()
	if _, err := c.AuthURL(t.Context(), a); !errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("AuthURL: %v", err)
	}
	if _, err := c.Exchange(t.Context(), a, answer(a)); !errors.Is(err, oidc.ErrUnavailable) {
		t.Errorf("Exchange: %v", err)
	}
}

// The application starts while the provider is down, and does not have to be
// started again when that is back.
func TestAProviderThatComesLater(t *testing.T) {
	p := newFake(t)
	p.down.Store(true)
	c, a := p.client(t)
	for range 20 {
		if _, err := c.AuthURL(t.Context(), a); !errors.Is(err, oidc.ErrUnavailable) {
			t.Errorf("AuthURL: %v", err)
		}
	}
	p.down.Store(false)
	for began := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		_, err := c.AuthURL(t.Context(), a)
		if err == nil {
			break
		}
		if time.Since(began) > 30*time.Second {
			t.Fatalf("it is there: %v", err)
		}
	}
	if _, err := c.Exchange(t.Context(), a, answer(a)); err != nil {
		t.Error(err)
	}
}

func TestAProviderThatIsAnother(t *testing.T) {
	p := newFake(t)
	p.issuer = "https://evil.example.com"
	c, a := p.client(t)
	if _, err := c.AuthURL(t.Context(), a); !errors.Is(err, oidc.ErrUnavailable) || !strings.Contains(err.Error(), "evil") {
		t.Errorf("AuthURL: %v", err)
	}
}

func TestConfig(t *testing.T) {
	const https = "https://id.example.com"
	for _, test := range []struct {
		config  oidc.Config
		problem string
	}{
		{oidc.Config{Issuer: https, ClientID: "shop", RedirectURL: https}, ""},
		{oidc.Config{Issuer: "http://[::1]:1/realm", ClientID: "shop", RedirectURL: "http://localhost:8080"}, ""},
		{oidc.Config{Issuer: "http://id.example.com", ClientID: "shop", RedirectURL: https}, `the issuer "http://id.example.com" is not`},
		{oidc.Config{Issuer: https, ClientID: "shop", RedirectURL: "/callback"}, `the redirect "/callback" is not`},
		{oidc.Config{}, "the issuer \"\" is not an https:// URL\nthe redirect \"\" is not an https:// URL\nthere is no client ID"},
	} {
		_, err := oidc.New(test.config)
		if (err == nil) != (test.problem == "") || err != nil && !strings.HasPrefix(err.Error(), test.problem) {
			t.Errorf("%+v: %v, want %q", test.config, err, test.problem)
		}
	}
}
