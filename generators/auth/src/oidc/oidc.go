// Package oidc lets people sign in with an account that they have elsewhere: it
// is a client of OpenID Connect providers.
//
// Begin with NewAttempt and [Client.AuthURL]; what the browser brings back goes
// to [Client.Exchange].
package oidc

import (
	"crypto/rand"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/oauth2"
)

// timeout is how long a provider may take for an answer.
const timeout = 10 * time.Second

var (
	// ErrUnavailable means that the provider cannot be reached, or is broken:
	// trying again later may help.
	ErrUnavailable = errors.New("the identity provider does not answer")
	// ErrRefused means that nobody has signed in: the provider says no, or what
	// the browser brought is not what it should be.
	ErrRefused = errors.New("signing in is refused")
)

// Config says which provider, and who we are to it.
type Config struct {
	Name         string // what people read: "Google"
	Issuer       string // URL, exactly as the provider writes it
	ClientID     string
	ClientSecret string // "" for a public client
	RedirectURL  string // where the browser comes back to; for this provider alone
	Scopes       []string
}

// Identity is who has signed in. Only Issuer and Subject together say who that is
// for good: an address may come to belong to somebody else, and means nothing
// unless EmailVerified.
type Identity struct {
	Issuer        string
	Subject       string
	Email         string // "" if the provider does not tell
	EmailVerified bool
	Name          string // "" if the provider does not tell
}

// Attempt is what has to be remembered of the browser that is sent to the
// provider, where only that browser can bring it back from.
type Attempt struct {
	State    string `json:"state"`
	Nonce    string `json:"nonce"`
	Verifier string `json:"verifier"` // of PKCE
}

// NewAttempt returns random values.
func NewAttempt() Attempt {
	return Attempt{State: rand.Text(), Nonce: rand.Text(), Verifier: oauth2.GenerateVerifier()}
}

// Client signs people in with one provider. It can be used by many goroutines.
type Client struct {
	config Config
	http   *http.Client
	found  discovery
}

// New returns a client. It does not ask the provider for anything yet: the
// application starts although the provider is down. The scopes "openid", "email"
// and "profile" are the default; "openid" is always there.
func New(c Config) (*Client, error) {
	var problems []error
	if !secure(c.Issuer) {
		problems = append(problems, fmt.Errorf("the issuer %q is not an https:// URL", c.Issuer))
	}
	if !secure(c.RedirectURL) {
		problems = append(problems, fmt.Errorf("the redirect %q is not an https:// URL", c.RedirectURL))
	}
	if c.ClientID == "" {
		problems = append(problems, errors.New("there is no client ID"))
	}
	if problems != nil {
		return nil, errors.Join(problems...)
	}
	if len(c.Scopes) == 0 {
		c.Scopes = []string{"openid", "email", "profile"}
	}
	if !slices.Contains(c.Scopes, "openid") {
		c.Scopes = append([]string{"openid"}, c.Scopes...)
	}
	client := &Client{config: c, http: &http.Client{Timeout: timeout}}
	client.found.turn = make(chan struct{}, 1)
	return client, nil
}

// Name is that of the provider.
func (c *Client) Name() string { return c.config.Name }

// secure says whether nobody on the way can read or change what goes to text: it
// is HTTPS, or stays on this machine.
func secure(text string) bool {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Fragment != "" {
		return false
	}
	return u.Scheme == "https" || u.Scheme == "http" &&
		(u.Hostname() == "localhost" || net.ParseIP(u.Hostname()).IsLoopback())
}
