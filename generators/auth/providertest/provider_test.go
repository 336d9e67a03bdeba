// Package providertest signs in with a real OpenID provider. It is not part of
// what is generated, whose tests would otherwise need all that a provider does.
package providertest_test

import (
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"testing"

	"github.com/zitadel/oidc/v3/example/server/exampleop"
	"github.com/zitadel/oidc/v3/example/server/storage"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

const redirect = "http://localhost:8080/callback"

// start runs a provider that has a client named shop.
func start(t *testing.T) (issuer string) {
	t.Helper()
	var provider http.Handler
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { provider.ServeHTTP(w, r) }))
	t.Cleanup(server.Close)
	before := slog.Default()
	t.Cleanup(func() { slog.SetDefault(before) }) // the provider's is everybody's
	clients := map[string]*storage.Client{"shop": storage.WebClient("shop", "s3cret", redirect)}
	provider = exampleop.SetupServer(server.URL, storage.NewStorageWithClients(storage.NewUserStore(server.URL), clients),
		slog.New(slog.NewTextHandler(io.Discard, nil)), false)
	return server.URL
}

func newClient(t *testing.T, issuer, secret string) *oidc.Client {
	t.Helper()
	c, err := oidc.New(oidc.Config{Name: "Provider", Issuer: issuer, ClientID: "shop", ClientSecret: secret, RedirectURL: redirect})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signIn is what a person does in the browser. It returns what that brings back.
func signIn(t *testing.T, c *oidc.Client, a oidc.Attempt) url.Values {
	t.Helper()
	address, err := c.AuthURL(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	var back *url.URL
	browser := &http.Client{Jar: jar, CheckRedirect: func(r *http.Request, _ []*http.Request) error {
		if r.URL.Host == "localhost:8080" {
			back = r.URL
			return http.ErrUseLastResponse
		}
		return nil
	}}
	page := open(t, browser, http.MethodGet, address, nil)
	form := url.Values{"username": {"test-user2"}, "password": {"verysecure"}, "id": {page.Query().Get("authRequestID")}}
	open(t, browser, http.MethodPost, page.String(), form)
	if back == nil {
		t.Fatal("the provider does not send the browser back")
	}
	return back.Query()
}

// open returns the address of the page that the browser ends at.
func open(t *testing.T, browser *http.Client, method, address string, form url.Values) *url.URL {
	t.Helper()
	var response *http.Response
	var err error
	if method == http.MethodPost {
		response, err = browser.PostForm(address, form)
	} else {
		response, err = browser.Get(address)
	}
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s %s: %s", method, address, response.Status)
	}
	return response.Request.URL
}

func TestSignIn(t *testing.T) {
	issuer := start(t)
	c := newClient(t, issuer, "s3cret")
	a := oidc.NewAttempt()
	answer := signIn(t, c, a)
	got, err := c.Exchange(t.Context(), a, answer)
	if err != nil {
		t.Fatal(err)
	}
	if got.Issuer != issuer || got.Subject != "id2" || got.Email != "test-user2@zitadel.ch" || !got.EmailVerified || got.Name != "Test User2" {
		t.Errorf("it is %+v", got)
	}
	if _, err := c.Exchange(t.Context(), a, answer); err == nil {
		t.Error("a code is good twice")
	}
}

func TestRefusalsOfTheProvider(t *testing.T) {
	issuer := start(t)
	for name, exchange := range map[string]func(a oidc.Attempt, answer url.Values) error{
		"another verifier": func(a oidc.Attempt, answer url.Values) error {
			a.Verifier = oidc.NewAttempt().Verifier
			_, err := newClient(t, issuer, "s3cret").Exchange(t.Context(), a, answer)
			return err
		},
		"another nonce": func(a oidc.Attempt, answer url.Values) error {
			a.Nonce = oidc.NewAttempt().Nonce
			_, err := newClient(t, issuer, "s3cret").Exchange(t.Context(), a, answer)
			return err
		},
		"another code": func(a oidc.Attempt, answer url.Values) error {
			answer.Set("code", "x")
			_, err := newClient(t, issuer, "s3cret").Exchange(t.Context(), a, answer)
			return err
		},
		"another secret": func(a oidc.Attempt, answer url.Values) error {
			_, err := newClient(t, issuer, "wrong").Exchange(t.Context(), a, answer)
			return err
		},
	} {
		a := oidc.NewAttempt()
		if err := exchange(a, signIn(t, newClient(t, issuer, "s3cret"), a)); !errors.Is(err, oidc.ErrRefused) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
