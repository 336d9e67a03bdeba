package providertest_test

import (
	"errors"
	"net/url"
	"testing"

	"github.com/aegis-stack/aegis/generators/auth/providertest"
	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

const redirect = "http://localhost:8080/callback"

func newClient(t *testing.T, issuer, secret string) *oidc.Client {
	t.Helper()
	c, err := oidc.New(oidc.Config{Name: "Provider", Issuer: issuer, ClientID: "shop", ClientSecret: secret, RedirectURL: redirect})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// signIn returns what somebody brings back who signed in.
func signIn(t *testing.T, c *oidc.Client, a oidc.Attempt) url.Values {
	t.Helper()
	address, err := c.AuthURL(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return providertest.SignIn(t, address, redirect).Query()
}

func TestSignIn(t *testing.T) {
	issuer := providertest.Start(t, redirect)
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
	issuer := providertest.Start(t, redirect)
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
