package oidc

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// pause is how long a provider is left alone after it could not be found.
const pause = time.Second

// discovery is what is known of the provider, once it could be asked.
type discovery struct {
	turn     chan struct{} // held by whoever asks or looks
	provider *provider
	err      error // of the last time
	at       time.Time
}

type provider struct {
	oauth    oauth2.Config
	oidc     *oidc.Provider
	verifier *oidc.IDTokenVerifier
}

// provider asks the provider about itself, until that has worked once. The error
// wraps ErrUnavailable.
func (c *Client) provider(ctx context.Context) (*provider, error) {
	select {
	case c.found.turn <- struct{}{}:
		defer func() { <-c.found.turn }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	d := &c.found
	if d.provider != nil {
		return d.provider, nil
	}
	if d.err == nil || time.Since(d.at) >= pause {
		// Others wait for it too, so it is not over when this one goes away.
		d.provider, d.err = c.discover(context.WithoutCancel(ctx))
		d.at = time.Now()
	}
	return d.provider, d.err
}

func (c *Client) discover(ctx context.Context) (*provider, error) {
	found, err := oidc.NewProvider(oidc.ClientContext(ctx, c.http), c.config.Issuer)
	if err != nil {
		return nil, fmt.Errorf("%w: discover %s: %w", ErrUnavailable, c.config.Issuer, err)
	}
	var more struct {
		AuthMethods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := found.Claims(&more); err != nil {
		return nil, fmt.Errorf("%w: discover %s: %w", ErrUnavailable, c.config.Issuer, err)
	}
	endpoint := found.Endpoint()
	for _, address := range []string{endpoint.AuthURL, endpoint.TokenURL} {
		if !secure(address) {
			return nil, fmt.Errorf("%w: discover %s: %q is not an https:// URL", ErrUnavailable, c.config.Issuer, address)
		}
	}
	// Said here, so that nothing has to be tried with a code that is good once.
	endpoint.AuthStyle = oauth2.AuthStyleInHeader
	basic := more.AuthMethods == nil || slices.Contains(more.AuthMethods, "client_secret_basic")
	if c.config.ClientSecret == "" || !basic {
		endpoint.AuthStyle = oauth2.AuthStyleInParams
	}
	return &provider{
		oauth: oauth2.Config{
			ClientID:     c.config.ClientID,
			ClientSecret: c.config.ClientSecret,
			Endpoint:     endpoint,
			RedirectURL:  c.config.RedirectURL,
			Scopes:       c.config.Scopes,
		},
		oidc:     found,
		verifier: found.Verifier(&oidc.Config{ClientID: c.config.ClientID}),
	}, nil
}
