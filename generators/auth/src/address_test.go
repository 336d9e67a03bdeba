package auth

import (
	"net/url"
	"strings"
	"testing"
	"time"
)

const moved = "countess@example.com"

func TestAddressIsChanged(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	tokens, elsewhere := s.login(ada, good), s.login(ada, good)
	ask := func(password, email string) answer {
		t.Helper()
		return s.api("PUT", "/api/v1/auth/address", tokens.Access, object("password", password, "email", email))
	}
	wantStatus(t, "a wrong password", ask(other, moved), 403)
	wantStatus(t, "no address", ask(good, "countess"), 422)
	wantStatus(t, "the old address", ask(good, "ADA@example.com"), 422, "already")
	wantStatus(t, "asking", ask(good, "Countess@example.com"), 202)
	letter := s.letter(moved, 1)
	if strings.Contains(letter, "Ada") {
		t.Errorf("the letter to somebody unknown says what they are called: %s", letter)
	}
	if notice := s.letter(ada, 1); !strings.Contains(notice, moved) || strings.Contains(notice, "ticket=") {
		t.Errorf("the old address reads %s", notice)
	}
	wantStatus(t, "the profile before", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 200, ada)
	wantStatus(t, "signing in before", s.api("POST", "/api/v1/auth/login", "", object("email", moved, "password", good)), 401)

	change := object("ticket", ticketOf(t, letter))
	wantStatus(t, "changing", s.api("POST", "/api/v1/auth/address/change", tokens.Access, change), 200, moved)
	wantStatus(t, "the session that changed it", s.api("GET", "/api/v1/auth/profile", tokens.Access, ""), 200, moved)
	wantStatus(t, "another session", s.api("GET", "/api/v1/auth/profile", elsewhere.Access, ""), 401)
	if notice := s.letter(ada, 2); !strings.Contains(notice, moved+" now") {
		t.Errorf("the old address reads %s", notice)
	}
	wantStatus(t, "signing in with the old one", s.api("POST", "/api/v1/auth/login", "", object("email", ada, "password", good)), 401)
	user, err := s.auth.store.userByEmail(t.Context(), moved)
	if err != nil {
		t.Fatal(err)
	}
	s.login(moved, good)
	wantEvents(s, user.ID, addressAsked, addressChanged)
}

func TestAddressIsChangedOnPages(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	v := s.browser()
	v.signIn(ada, good)
	wantStatus(t, "a wrong password", v.post("/account/address", "email", moved, "password", other), 403, "The password is wrong.")
	wantStatus(t, "asking", v.post("/account/address", "email", moved, "password", good), 202, "Follow the link")
	link := "/account/address/change?ticket=" + ticketOf(t, s.letter(moved, 1))
	if !strings.Contains(s.letter(moved, 1), s.url+link) {
		t.Errorf("the letter is %s", s.letter(moved, 1))
	}
	// The mail is read where nobody is signed in yet.
	there := s.browser()
	at, err := url.Parse(there.get(link).header.Get("Location"))
	if err != nil {
		t.Fatal(err)
	}
	next := at.Query().Get("next")
	if back := there.post("/login", "email", ada, "password", good, "next", next).header.Get("Location"); back != link {
		t.Fatalf("signing in leads to %q, want %q", back, link)
	}
	wantStatus(t, "the link", there.get(link), 200, ada, "Change the address")
	wantStatus(t, "the account, that only saw the link", there.get("/account"), 200, ada)
	wantStatus(t, "changing", there.post("/account/address/change", "ticket", ticketOf(t, link)), 303)
	wantStatus(t, "the account", there.get("/account"), 200, moved)
	wantStatus(t, "the first browser", v.get("/account"), 303)
}

func TestAddressAsksForTheSecondFactor(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	v := s.browser()
	v.signIn(ada, good)
	key, codes := v.addFactor()
	wantStatus(t, "no code", v.post("/account/address", "email", moved, "password", good), 401, "A code of the second factor is needed.")
	wantStatus(t, "a wrong code", v.post("/account/address", "email", moved, "password", good, "code", codes[0]+"x"), 401)
	s.later(time.Minute)
	wantStatus(t, "the code", v.post("/account/address", "email", moved, "password", good, "code", s.code(t, key)), 202)
	ticketOf(t, s.letter(moved, 1))
	wantStatus(t, "the page", v.get("/account"), 200, "Code of your authenticator")
}

// TestAttackChangeOfAddress finds out by it whose an address is, uses links of
// others or for a second time, and takes an account over that was left open.
func TestAttackChangeOfAddress(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	s.user(eve, false)
	ask := func(access, email string) answer {
		t.Helper()
		return s.api("PUT", "/api/v1/auth/address", access, object("password", good, "email", email))
	}
	change := func(access, ticket string) answer {
		t.Helper()
		return s.api("POST", "/api/v1/auth/address/change", access, object("ticket", ticket))
	}
	attacker := s.login(eve, good)

	// A taken address answers like another, and its owner is told without a link.
	s.same("asking", ada, func(email string) answer { return ask(attacker.Access, email) })
	if letter := s.letter(ada, 1); strings.Contains(letter, "ticket=") || !strings.Contains(letter, "another account") {
		t.Errorf("the owner of the address reads %s", letter)
	}
	s.letter(eve, 2)
	if n := len(s.letters(eve)); n != 2 {
		t.Errorf("the attacker gets %d letters about two addresses", n)
	}

	// Without the confirmation nothing happens, also not in the name of another.
	wantStatus(t, "no password", s.api("PUT", "/api/v1/auth/address", attacker.Access, object("email", moved)), 403)
	victim := s.login(ada, good)
	wantStatus(t, "asking", ask(victim.Access, moved), 202)
	ticket := ticketOf(t, s.letter(moved, 1))
	wantStatus(t, "the link in another account", change(attacker.Access, ticket), 401)
	wantStatus(t, "the link for a new password", s.api("POST", "/api/v1/auth/password/reset", "", object("ticket", ticket, "password", other)), 401)
	wantStatus(t, "nobody with the link", change("", ticket), 401)

	// Each link works once, and none after another address was asked for, or the
	// password changed, or its time.
	wantStatus(t, "changing one's mind", ask(victim.Access, "lovelace@example.com"), 202)
	second := ticketOf(t, s.letter("lovelace@example.com", 1))
	wantStatus(t, "the first link", change(victim.Access, ticket), 401)
	wantStatus(t, "the password is changed", s.api("PUT", "/api/v1/auth/password", victim.Access, object("current", good, "new", other)), 204)
	wantStatus(t, "the link from before", change(victim.Access, second), 401)
	wantStatus(t, "asking", s.api("PUT", "/api/v1/auth/address", victim.Access, object("password", other, "email", moved)), 202)
	ticket = ticketOf(t, s.letter(moved, 2))
	// What went to the old address is in somebody else's hands.
	wantStatus(t, "a new password is asked for", s.api("POST", "/api/v1/auth/password/forgot", "", object("email", ada)), 202)
	reset := s.resetTicket(ada)
	wantStatus(t, "a link for something else", change(victim.Access, reset), 401)
	wantStatus(t, "changing", change(victim.Access, ticket), 200, moved)
	wantStatus(t, "the link again", change(victim.Access, ticket), 401)
	wantStatus(t, "the link to the old address", s.api("POST", "/api/v1/auth/password/reset", "", object("ticket", reset, "password", good)), 401)

	s.later(time.Hour)
	late := s.login(eve, good)
	wantStatus(t, "asking", ask(late.Access, "late@example.com"), 202)
	ticket = ticketOf(t, s.letter("late@example.com", 1))
	s.later(time.Hour + time.Minute)
	wantStatus(t, "the link after its time", change(s.login(eve, good).Access, ticket), 401)
}

// TestAttackAddressTakenMeanwhile has the address registered after it was asked
// for: with the mailbox, and without.
func TestAttackAddressTakenMeanwhile(t *testing.T) {
	s := start(t)
	s.user(ada, false)
	access := s.login(ada, good).Access
	ask := func(email string) string {
		t.Helper()
		wantStatus(t, "asking", s.api("PUT", "/api/v1/auth/address", access, object("password", good, "email", email)), 202)
		return object("ticket", ticketOf(t, s.letter(email, 1)))
	}
	ticket := ask(moved)
	s.user(moved, false)
	wantStatus(t, "changing to the address of another", s.api("POST", "/api/v1/auth/address/change", access, ticket), 409, "there is a user")
	wantStatus(t, "the profile", s.api("GET", "/api/v1/auth/profile", access, ""), 200, ada)

	const squatted = "squatted@example.com"
	ticket = ask(squatted)
	wantStatus(t, "registering it", s.api("POST", "/api/v1/auth/register", "", object("email", squatted, "name", "Eve", "password", other)), 202)
	s.letter(squatted, 2)
	wantStatus(t, "changing to an address that somebody only typed", s.api("POST", "/api/v1/auth/address/change", access, ticket), 200, squatted)
}
