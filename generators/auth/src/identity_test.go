package auth

import (
	"context"
	"errors"
	"testing"

	"github.com/aegis-stack/aegis/generators/auth/src/oidc"
)

// How people get to a provider and back is tested with a real one, in package
// wholetest of Aegis.

// TestAttackAddressOfAProvider has an account at a provider that lets people say
// which address is theirs, or registers with an address before its owner does.
func TestAttackAddressOfAProvider(t *testing.T) {
	s := start(t)
	corp := &provider{key: "corp", config: providerConfig{Name: "Corp", Issuer: "https://id.example.com"}}
	arrive := func(subject, email string, verified bool) (*userRow, error) {
		t.Helper()
		return s.auth.userOf(t.Context(), client{}, corp, oidc.Identity{
			Issuer: string(corp.config.Issuer), Subject: subject, Email: email, EmailVerified: verified,
		})
	}
	admin := s.user(ada, true)
	for _, email := range []string{ada, "new@example.com", ""} {
		if user, err := arrive("1", email, false); !errors.Is(err, errProviderAt) {
			t.Errorf("with %q that nobody vouches for, %+v signs in (%v)", email, user, err)
		}
	}
	user, err := arrive("1", "Ada@Example.com", true)
	if err != nil || user.ID != admin.ID {
		t.Fatalf("with an address that the provider vouches for, %+v signs in (%v)", user, err)
	}
	// From then on it is the account at the provider that counts.
	if user, err := arrive("1", eve, false); err != nil || user.ID != admin.ID {
		t.Errorf("with another address, %+v signs in (%v)", user, err)
	}

	wantStatus(t, "registering", s.api("POST", "/api/v1/auth/register", "", object("email", eve, "name", "Mallory", "password", good)), 202)
	ticket := ticketOf(t, s.letter(eve, 1))
	if _, err := arrive("2", eve, true); err != nil {
		t.Fatal(err)
	}
	wantStatus(t, "whoever registered before", s.api("POST", "/api/v1/auth/login", "", object("email", eve, "password", good)), 401)
	wantStatus(t, "their link", s.api("POST", "/api/v1/auth/verify", "", object("ticket", ticket, "password", good)), 401)
}

// inviter has invited one address.
type inviter struct{ Extension }

func (inviter) Invited(_ context.Context, email, ticket string) (bool, error) {
	return email == ada && ticket == "", nil
}

// TestAttackClosedRegistrationByProvider comes from a provider to where nobody
// can register. Who is invited can.
func TestAttackClosedRegistrationByProvider(t *testing.T) {
	s := start(t, "AUTH_REGISTRATION=false")
	s.auth.extensions = append(s.auth.extensions, inviter{})
	corp := &provider{key: "corp", config: providerConfig{Name: "Corp", Issuer: "https://id.example.com"}}
	for email, want := range map[string]error{eve: errClosed, ada: nil} {
		identity := oidc.Identity{Issuer: string(corp.config.Issuer), Subject: email, Email: email, EmailVerified: true}
		if _, err := s.auth.userOf(t.Context(), client{}, corp, identity); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", email, err, want)
		}
	}
}
