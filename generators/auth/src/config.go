package auth

import (
	"errors"
	"net/http"
	"net/url"
	"runtime"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/generators/auth/src/password"
	"github.com/aegis-stack/aegis/generators/auth/src/seal"
)

// Config is what the component reads from the environment.
type Config struct {
	URL             address       `env:"AUTH_URL" production:"https://shop.example.com" doc:"Where people reach the application: what links in mail begin with; none in development is this machine"`
	Secret          string        `env:"AUTH_SECRET" secret:"true" min:"32" production:"what openssl rand -hex 32 prints" doc:"Seals the keys and second factors in the database, at least 32 characters; another one makes them worthless"`
	Registration    bool          `env:"AUTH_REGISTRATION" envDefault:"true" doc:"Whether people can make an account themselves"`
	AccessToken     time.Duration `env:"AUTH_ACCESS_TOKEN" envDefault:"10m" min:"1m" max:"1h" doc:"How long an access token is valid"`
	SessionIdle     time.Duration `env:"AUTH_SESSION_IDLE" envDefault:"168h" min:"5m" max:"2160h" doc:"How long somebody stays signed in who does nothing"`
	SessionLifetime time.Duration `env:"AUTH_SESSION_LIFETIME" envDefault:"720h" min:"5m" max:"8760h" doc:"How long somebody stays signed in at most"`
	Attempts        int           `env:"AUTH_ATTEMPTS" envDefault:"10" min:"3" max:"100" doc:"Wrong passwords for an account before it is locked"`
	Lockout         time.Duration `env:"AUTH_LOCKOUT" envDefault:"15m" min:"1m" max:"24h" doc:"How long until a locked account has all attempts again"`
	AuditKeep       time.Duration `env:"AUTH_AUDIT_KEEP" envDefault:"2160h" min:"24h" max:"87600h" doc:"How long it is remembered what happened to accounts"`
	Providers       []providerKey `env:"AUTH_PROVIDERS" doc:"Names of the providers of OpenID Connect that people can sign in at, separated by commas"`
}

// address is a URL of HTTP without a path.
type address struct{ *url.URL }

// UnmarshalText accepts addresses with or without a slash at the end.
func (a *address) UnmarshalText(text []byte) error {
	u, err := url.Parse(strings.TrimSuffix(string(text), "/"))
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.Path != "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return errors.New("want a URL such as https://www.example.com")
	}
	a.URL = u
	return nil
}

// The sealing secret of development is no secret. Nothing is kept there that
// deserves one.
const developmentSecret = "development, where nothing is secret"

func (c *Component) configure() error {
	c.app.Config(&c.config)
	if c.config.Secret == "" {
		c.config.Secret = developmentSecret
	}
	var err error
	if c.box, err = seal.New(c.config.Secret); err != nil {
		return err
	}
	c.passwords = password.New(runtime.GOMAXPROCS(0))
	c.configureProviders()
	return nil
}

// home is where people reach the application.
func (c *Component) home() string {
	if c.config.URL.URL != nil {
		return c.config.URL.String()
	}
	return c.backend.Addresses()[0].URL // production has not got so far without one
}

// Link returns the address of a path as people reach it.
func (c *Component) Link(path string) string { return c.home() + path }

// cookie returns a cookie that scripts and other sites cannot read. Where the
// connection is encrypted, browsers take it from this very host only.
func (c *Component) cookie(name, value string, lifetime time.Duration) *http.Cookie {
	secure := strings.HasPrefix(c.home(), "https:")
	name = c.app.Name + "_" + name
	if secure {
		name = "__Host-" + name
	}
	return &http.Cookie{ //nolint:gosec // Secure is set whenever people come by TLS
		Name: name, Value: value, Path: "/", MaxAge: int(lifetime.Seconds()),
		HttpOnly: true, Secure: secure,
		// Links in mail and providers lead here, and should find people signed in.
		SameSite: http.SameSiteLaxMode,
	}
}
