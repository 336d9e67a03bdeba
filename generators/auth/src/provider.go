package auth

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

// provider is where people can sign in with an account that they have already.
type provider struct {
	key    string
	config providerConfig
	client *oidc.Client // nil: it is not configured
}

// providerConfig is what is read for each provider, after AUTH_ and its name.
type providerConfig struct {
	Issuer       issuer `env:"ISSUER" production:"https://accounts.google.com" doc:"The URL of the provider, as it writes it itself"`
	Name         string `env:"NAME" max:"40" doc:"What people call the provider; none is its name in AUTH_PROVIDERS"`
	ClientID     string `env:"CLIENT_ID" production:"shop" doc:"What the provider knows the application by; without it, in development, nobody can sign in there"`
	ClientSecret string `env:"CLIENT_SECRET" secret:"true" doc:"What the application shows the provider"`
}

// providerKey is the name of a provider in the manifest, and in variables and
// paths.
type providerKey string

var providerKeys = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

// UnmarshalText accepts names as the manifest has them.
func (k *providerKey) UnmarshalText(text []byte) error {
	if !providerKeys.Match(text) {
		return fmt.Errorf("want names such as google, not %q", text)
	}
	*k = providerKey(text)
	return nil
}

// issuer is the URL of a provider, which may have a path.
type issuer string

// UnmarshalText accepts URLs.
func (i *issuer) UnmarshalText(text []byte) error {
	u, err := url.Parse(string(text))
	if err != nil || u.Host == "" {
		return errors.New("want a URL such as https://accounts.google.com")
	}
	*i = issuer(text)
	return nil
}

// configureProviders reads what there is to know of each. One without a client
// ID gets no client: in production, the application does not start then.
func (c *Component) configureProviders() {
	for _, key := range c.config.Providers {
		p := &provider{key: string(key)}
		if c.provider(p.key) != nil {
			c.app.Problem("AUTH_PROVIDERS", p.key+" is there twice")
			continue
		}
		c.providers = append(c.providers, p)
		c.app.ConfigOf(p.prefix(), &p.config)
		p.config.Name = cmp.Or(p.config.Name, strings.ToUpper(p.key[:1])+strings.ReplaceAll(p.key[1:], "_", " "))
		if p.missing() != "" {
			continue
		}
		var err error
		p.client, err = oidc.New(oidc.Config{
			Name: p.config.Name, Issuer: string(p.config.Issuer), ClientID: p.config.ClientID, ClientSecret: p.config.ClientSecret,
			RedirectURL: c.Link(p.path(providerBackPath)),
		})
		if err != nil {
			c.app.Problem(p.prefix()+"*", err.Error())
		}
	}
}

// prefix is what the names of its variables begin with.
func (p *provider) prefix() string { return "AUTH_" + strings.ToUpper(p.key) + "_" }

// path is one of the paths of providers, for this one.
func (p *provider) path(of string) string { return strings.Replace(of, "{provider}", p.key, 1) }

// missing names the variable without which nobody can sign in there, "" if all
// are set.
func (p *provider) missing() string {
	switch {
	case p.config.Issuer == "":
		return p.prefix() + "ISSUER"
	case p.config.ClientID == "":
		return p.prefix() + "CLIENT_ID"
	}
	return ""
}

// provider returns the one with the name, nil if there is none.
func (c *Component) provider(key string) *provider {
	i := slices.IndexFunc(c.providers, func(p *provider) bool { return p.key == key })
	if i < 0 {
		return nil
	}
	return c.providers[i]
}
