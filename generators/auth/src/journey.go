package auth

import (
	"encoding/json"
	"net/http"
	"time"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

const (
	providerCookie = "provider"
	// atProvider is how long a sign-in at the provider may take.
	atProvider = 10 * time.Minute
)

// journey is what the browser keeps, sealed, while it is at a provider: what
// comes back has to match it. So nobody can finish in another browser, or with
// another provider, what they began.
type journey struct {
	oidc.Attempt `json:"attempt"`

	Provider string `json:"provider"`
	Next     string `json:"next"`  // where to be afterwards
	Link     string `json:"link"`  // the user to link the account to; empty: to sign in
	Until    int64  `json:"until"` // seconds
}

// leave returns where to sign in at the provider, for what j says.
func (c *Component) leave(w http.ResponseWriter, r *http.Request, p *provider, j journey) (string, error) {
	if p.client == nil {
		return "", errNotConfigured
	}
	j.Attempt, j.Provider, j.Until = oidc.NewAttempt(), p.key, c.now().Add(atProvider).Unix()
	target, err := p.client.AuthURL(r.Context(), j.Attempt)
	if err != nil {
		c.log.ErrorContext(r.Context(), "the provider cannot be reached", "provider", p.key, "error", err)
		return "", &refusal{status: http.StatusServiceUnavailable, text: p.config.Name + " cannot be reached; try again later"}
	}
	text, err := json.Marshal(j)
	if err != nil {
		return "", err
	}
	http.SetCookie(w, c.cookie(providerCookie, c.box.Seal(text, providerCookie), atProvider))
	return target, nil
}

// arrive returns who has signed in at the provider, and what for.
func (c *Component) arrive(w http.ResponseWriter, r *http.Request, p *provider) (oidc.Identity, journey, error) {
	cookie, err := r.Cookie(c.cookie(providerCookie, "", 0).Name)
	if err != nil {
		return oidc.Identity{}, journey{}, errProvider
	}
	http.SetCookie(w, c.cookie(providerCookie, "", -time.Second))
	text, err := c.box.Open(cookie.Value, providerCookie)
	if err != nil {
		return oidc.Identity{}, journey{}, errProvider
	}
	var j journey
	if err := json.Unmarshal(text, &j); err != nil || c.now().Unix() > j.Until || j.Provider != p.key || p.client == nil {
		return oidc.Identity{}, journey{}, errProvider
	}
	identity, err := p.client.Exchange(r.Context(), j.Attempt, r.URL.Query())
	if err != nil {
		c.refused.Add(1)
		c.log.WarnContext(r.Context(), "sign-in at the provider failed", "provider", p.key, "error", err)
		return oidc.Identity{}, journey{}, errProvider
	}
	return identity, j, nil
}
