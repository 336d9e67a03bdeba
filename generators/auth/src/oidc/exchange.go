package oidc

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"net/http"
	"net/url"

	"github.com/coreos/go-oidc/v3/oidc"
	"golang.org/x/oauth2"
)

// AuthURL returns where to send the browser to sign in. The error wraps
// ErrUnavailable, or ctx ended.
func (c *Client) AuthURL(ctx context.Context, a Attempt) (string, error) {
	p, err := c.provider(ctx)
	if err != nil {
		return "", err
	}
	return p.oauth.AuthCodeURL(a.State, oidc.Nonce(a.Nonce), oauth2.S256ChallengeOption(a.Verifier)), nil
}

// Exchange returns who has signed in. answer is the query that the browser comes
// back with, a the attempt that it was sent away with, which must not be used
// again. The error wraps ErrRefused or ErrUnavailable, or ctx ended.
func (c *Client) Exchange(ctx context.Context, a Attempt, answer url.Values) (Identity, error) {
	code, err := c.code(a, answer)
	if err != nil {
		return Identity{}, err
	}
	p, err := c.provider(ctx)
	if err != nil {
		return Identity{}, err
	}
	ctx = oidc.ClientContext(ctx, c.http)
	tokens, err := p.oauth.Exchange(ctx, code, oauth2.VerifierOption(a.Verifier))
	if err != nil {
		return Identity{}, failure("exchange the code", err)
	}
	raw, ok := tokens.Extra("id_token").(string)
	if !ok {
		return Identity{}, refuse("the provider sends no ID token")
	}
	// Signature, algorithm, issuer, audience and expiry.
	token, err := p.verifier.Verify(ctx, raw)
	if err != nil {
		return Identity{}, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	claims, err := c.claims(token, a, tokens.AccessToken)
	if err != nil {
		return Identity{}, err
	}
	identity := Identity{
		Issuer: token.Issuer, Subject: token.Subject,
		Email: claims.Email, EmailVerified: bool(claims.EmailVerified), Name: claims.Name,
	}
	if identity.Email == "" && p.oidc.UserInfoEndpoint() != "" {
		return p.ask(ctx, identity, tokens)
	}
	return identity, nil
}

// code returns the code of the answer, if that belongs to the attempt.
func (c *Client) code(a Attempt, answer url.Values) (string, error) {
	if a.State == "" || a.Nonce == "" || a.Verifier == "" || !same(answer.Get("state"), a.State) {
		return "", refuse("it was not begun in this browser")
	}
	// RFC 9207: a provider that says who it is must be the one that was asked.
	if issuer := answer.Get("iss"); issuer != "" && issuer != c.config.Issuer {
		return "", refuse("another provider answers")
	}
	if problem := answer.Get("error"); problem != "" {
		return "", refuse(fmt.Sprintf("the provider answers %q", problem))
	}
	code := answer.Get("code")
	if code == "" {
		return "", refuse("the provider sends no code")
	}
	return code, nil
}

// claims is what the ID token says beside what was verified.
type claims struct {
	AuthorizedParty string `json:"azp"`
	Email           string `json:"email"`
	EmailVerified   truth  `json:"email_verified"`
	Name            string `json:"name"`
}

// truth is true, or "true" as some providers write it.
type truth bool

// UnmarshalJSON takes everything else for false.
func (t *truth) UnmarshalJSON(text []byte) error {
	*t = string(text) == `true` || string(text) == `"true"`
	return nil
}

// claims checks that the token is the one of this attempt.
func (c *Client) claims(token *oidc.IDToken, a Attempt, accessToken string) (claims, error) {
	var more claims
	if err := token.Claims(&more); err != nil {
		return more, fmt.Errorf("%w: read the ID token: %w", ErrRefused, err)
	}
	switch {
	case token.Subject == "":
		return more, refuse("the ID token is nobody's")
	case !same(token.Nonce, a.Nonce):
		return more, refuse("the ID token is of another attempt")
	case more.AuthorizedParty != "" && more.AuthorizedParty != c.config.ClientID,
		more.AuthorizedParty == "" && len(token.Audience) > 1:
		return more, refuse("the ID token is for another client")
	}
	if token.AccessTokenHash != "" {
		if err := token.VerifyAccessToken(accessToken); err != nil {
			return more, fmt.Errorf("%w: %w", ErrRefused, err)
		}
	}
	return more, nil
}

// ask fills in what the provider tells only where it is asked.
func (p *provider) ask(ctx context.Context, identity Identity, tokens *oauth2.Token) (Identity, error) {
	info, err := p.oidc.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	if err != nil {
		return Identity{}, fmt.Errorf("%w: read the profile: %w", ErrUnavailable, err)
	}
	if info.Subject != identity.Subject {
		return Identity{}, refuse("the profile is somebody else's")
	}
	var more claims
	if err := info.Claims(&more); err != nil {
		return Identity{}, fmt.Errorf("%w: read the profile: %w", ErrRefused, err)
	}
	identity.Email, identity.EmailVerified = more.Email, bool(more.EmailVerified)
	if identity.Name == "" {
		identity.Name = more.Name
	}
	return identity, nil
}

// failure tells a provider that says no from one that does not work.
func failure(doing string, err error) error {
	var answer *oauth2.RetrieveError
	if errors.As(err, &answer) && answer.Response != nil && answer.Response.StatusCode < http.StatusInternalServerError {
		// Not the body, which may be long.
		return fmt.Errorf("%w: %s: the provider answers %d %q", ErrRefused, doing, answer.Response.StatusCode, answer.ErrorCode)
	}
	return fmt.Errorf("%w: %s: %w", ErrUnavailable, doing, err)
}

func refuse(why string) error { return fmt.Errorf("%w: %s", ErrRefused, why) }

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
