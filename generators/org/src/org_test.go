package org

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
)

const acmeAPI = "/api/v1/orgs/acme"

func TestLifeOfAnOrganisation(t *testing.T) {
	s := start(t)
	owner, guest := s.Program(bob), s.Program(eve)
	authtest.Want(t, "making one", owner.API("POST", "/api/v1/orgs", "slug", "acme", "name", "ACME  Corp"), 201, `"name":"ACME Corp"`)
	authtest.Want(t, "making it again", guest.API("POST", "/api/v1/orgs", "slug", "acme", "name", "Other"), 409)
	for _, slug := range []string{"Acme", "a/b", "-a", "a--b", "ä"} {
		authtest.Want(t, "the slug "+slug, guest.API("POST", "/api/v1/orgs", "slug", slug, "name", "Other"), 422)
	}
	authtest.Want(t, "reading it", owner.API("GET", acmeAPI), 200, `"role":"owner"`)
	authtest.Want(t, "one's own", owner.API("GET", "/api/v1/orgs"), 200, `"slug":"acme"`)
	authtest.Want(t, "the guest's own", guest.API("GET", "/api/v1/orgs"), 200, "[]")

	authtest.Want(t, "inviting", owner.API("POST", acmeAPI+"/invitations", "email", "Eve@example.com", "role", "reader"), 202)
	authtest.Want(t, "the invitations", owner.API("GET", acmeAPI+"/invitations"), 200, eve, "reader")
	authtest.Want(t, "reading books before", guest.API("GET", acmeAPI+"/books"), 403)
	ticket := s.ticket(t, eve)
	authtest.Want(t, "accepting", guest.API("POST", "/api/v1/invitations/accept", "ticket", ticket), 200, `"slug":"acme"`)
	authtest.Want(t, "accepting again", guest.API("POST", "/api/v1/invitations/accept", "ticket", ticket), 404)
	authtest.Want(t, "the invitations", owner.API("GET", acmeAPI+"/invitations"), 200, "[]")
	authtest.Want(t, "the members", guest.API("GET", acmeAPI+"/members"), 200, bob, eve, `"total":2`)
	authtest.Want(t, "reading books", guest.API("GET", acmeAPI+"/books"), 200, `"items":[]`)
	authtest.Want(t, "adding a book", guest.API("POST", acmeAPI+"/books/1", "title", "Emma"), 403, "books.write")

	authtest.Want(t, "making an editor", owner.API("PUT", acmeAPI+"/members/"+s.ID(eve), "role", "editor"), 204)
	authtest.Want(t, "adding a book", guest.API("POST", acmeAPI+"/books/1", "title", "Emma"), 204)
	authtest.Want(t, "reading books", owner.API("GET", acmeAPI+"/books"), 200, "Emma")
	authtest.Want(t, "renaming", owner.API("PUT", acmeAPI, "name", "Acme"), 204)
	authtest.Want(t, "reading it", guest.API("GET", acmeAPI), 200, `"name":"Acme"`, `"role":"editor"`)

	authtest.Want(t, "the owner, leaving", owner.API("POST", acmeAPI+"/leave"), 409)
	authtest.Want(t, "the owner, deleting the account", owner.API("POST", "/api/v1/auth/profile/delete", "password", authtest.Password), 409, "hand over")
	authtest.Want(t, "handing it to nobody", owner.API("PUT", acmeAPI+"/owner", "id", s.ID(ada)), 404)
	authtest.Want(t, "handing it over", owner.API("PUT", acmeAPI+"/owner", "id", s.ID(eve)), 204)
	authtest.Want(t, "the owner before", owner.API("GET", acmeAPI), 200, `"role":"member"`)
	authtest.Want(t, "the owner", guest.API("GET", acmeAPI), 200, `"role":"owner"`)
	authtest.Want(t, "leaving", owner.API("POST", acmeAPI+"/leave"), 204)
	authtest.Want(t, "reading it after that", owner.API("GET", acmeAPI), 403)
	authtest.Want(t, "deleting", guest.API("DELETE", acmeAPI), 204)
	authtest.Want(t, "reading it after that", guest.API("GET", acmeAPI), 403)
	if state := strings.TrimSpace(s.state(t)); state != "" {
		t.Errorf("there is left %s", state)
	}
	authtest.Want(t, "the account", guest.API("POST", "/api/v1/auth/profile/delete", "password", authtest.Password), 204)
}

func TestPagesOfOrganisations(t *testing.T) {
	s := start(t)
	owner, guest := s.SignedIn(bob), s.SignedIn(eve)
	authtest.Want(t, "the account", owner.Do("GET", "/account", "", ""), 200, `href="/orgs"`)
	authtest.Want(t, "none yet", owner.Do("GET", "/orgs", "", ""), 200, "You are in none yet")
	authtest.Want(t, "making one", owner.Post("/orgs", "slug", "acme", "name", "Acme"), 303, "/orgs/acme")
	authtest.Want(t, "a bad name in paths", owner.Post("/orgs", "slug", "A B", "name", "Acme"), 422, "name in paths")
	authtest.Want(t, "its page", owner.Do("GET", "/orgs/acme", "", ""), 200, "Your role here: owner", "Invite somebody", "Delete the organisation")
	authtest.Want(t, "inviting", owner.Post("/orgs/acme/invite", "email", eve, "role", "manager"), 303, "/orgs/acme")
	authtest.Want(t, "what waits", owner.Do("GET", "/orgs/acme", "", ""), 200, "Invitations that wait", "Withdraw")
	a := s.Browser().Do("GET", "/invitation?ticket="+s.ticket(t, eve), "", "")
	authtest.Want(t, "the link, to nobody", a, 303, "/login?next=%2Finvitation%3Fticket%3D"+s.ticket(t, eve))
	authtest.Want(t, "the link", guest.Do("GET", "/invitation?ticket="+s.ticket(t, eve), "", ""), 200, "Join Acme", "manager")
	authtest.Want(t, "joining", guest.Post("/invitation", "ticket", s.ticket(t, eve)), 303, "/orgs/acme")
	a = guest.Do("GET", "/orgs/acme", "", "")
	authtest.Want(t, "its page for a manager", a, 200, "Your role here: manager", "Leave", "Invite somebody")
	if strings.Contains(a.Body, "Delete the organisation") || strings.Contains(a.Body, "Hand over") || strings.Contains(a.Body, `value="editor"`) || !strings.Contains(a.Body, `value="reader"`) {
		t.Errorf("a manager is offered %s", a.Body)
	}
	authtest.Want(t, "another role", owner.Post("/orgs/acme/role", "id", s.ID(eve), "role", "reader"), 303, "/orgs/acme")
	authtest.Want(t, "a button that is not there", guest.Post("/orgs/acme/name", "name", "Mine"), 403, "org.update")
	authtest.Want(t, "renaming", owner.Post("/orgs/acme/name", "name", "Acme Two"), 303)
	authtest.Want(t, "one's own", guest.Do("GET", "/orgs", "", ""), 200, "Acme Two", "reader")
	authtest.Want(t, "handing over", owner.Post("/orgs/acme/owner", "id", s.ID(eve)), 303)
	authtest.Want(t, "removing", guest.Post("/orgs/acme/remove", "id", s.ID(bob)), 303)
	authtest.Want(t, "who was removed", owner.Do("GET", "/orgs/acme", "", ""), 303, "/forbidden/org.read")
	authtest.Want(t, "why", owner.Do("GET", "/forbidden/org.read", "", ""), 403, "see the organisation")
	admin := s.SignedIn(ada)
	authtest.Want(t, "a user's page", admin.Do("GET", "/users/"+s.ID(eve), "", ""), 200, "Acme Two", "owner", "joined an organisation")
	authtest.Want(t, "the dashboard", admin.Do("GET", "/components/org", "", ""), 200, "Acme Two")
	authtest.Want(t, "deleting", guest.Post("/orgs/acme/delete"), 303, "/orgs")
}

func TestCommandsForOrganisations(t *testing.T) {
	s := start(t)
	s.Run("orgs create --name Acme acme " + bob)
	o, err := s.orgs.store.organisation(t.Context(), "acme")
	if err != nil || o.Name != "Acme" {
		t.Fatalf("it is %+v (%v)", o, err)
	}
	s.join(t, o.ID, eve, "reader")
	if out := s.Run("orgs members acme"); !strings.Contains(out, bob) || !strings.Contains(out, "reader") {
		t.Errorf("the members are %s", out)
	}
	s.Run("orgs hand-over acme " + eve)
	var members []Member
	if err := json.Unmarshal([]byte(s.Run("orgs members --json acme")), &members); err != nil || len(members) != 2 || members[0].Role != "member" || members[1].Role != "owner" {
		t.Errorf("the members are %+v (%v)", members, err)
	}
	if out := s.Run("orgs list"); !strings.Contains(out, "acme") {
		t.Errorf("it prints %s", out)
	}
	s.Run("orgs delete acme")
	if out := s.Run("orgs list --json"); strings.TrimSpace(out) != "[]" {
		t.Errorf("it prints %s", out)
	}
	for line, text := range map[string]string{
		"orgs members acme":               "there is no such organisation",
		"orgs create acme nobody@example": "there is no such user",
		"orgs create Acme " + bob:         "want a name in paths",
		"orgs delete":                     "accepts 1 arg",
	} {
		if out, err := s.Try(line); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%s: %v, want %q\n%s", line, err, text, out)
		}
	}
}

// TestInvitationOfSomebodyNew is accepted by a user who was none when it was sent.
func TestInvitationOfSomebodyNew(t *testing.T) {
	s := start(t)
	s.organisation(t, "acme", bob)
	authtest.Want(t, "inviting", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", "new@example.com"), 202)
	s.another("new@example.com")
	fresh := s.Program("new@example.com")
	authtest.Want(t, "accepting", fresh.API("POST", "/api/v1/invitations/accept", "ticket", s.ticket(t, "new@example.com")), 200)
	authtest.Want(t, "the role", fresh.API("GET", acmeAPI), 200, `"role":"member"`)
}

// TestInvitationThatCannotBeSent has a server that is down, and one that knows
// nobody.
func TestInvitationThatCannotBeSent(t *testing.T) {
	for status, addr := range map[int]string{http.StatusServiceUnavailable: "127.0.0.1:1", http.StatusUnprocessableEntity: knowsNobody(t)} {
		s := start(t, "SHOP_MAIL_URL=smtp://"+addr+"?tls=off", "SHOP_MAIL_FROM=shop@example.com")
		s.organisation(t, "acme", bob)
		authtest.Want(t, "inviting", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", "new@example.com"), status)
		if waiting := s.Program(bob).API("GET", acmeAPI+"/invitations").Body; strings.TrimSpace(waiting) != "[]" {
			t.Errorf("with %d, there waits %s", status, waiting)
		}
	}
}

// knowsNobody returns the address of a mail server that takes no mail.
func knowsNobody(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			answer := "220 hello"
			for lines := bufio.NewScanner(conn); ; {
				_, _ = io.WriteString(conn, answer+"\r\n")
				if !lines.Scan() {
					break
				}
				if answer = "250 well"; strings.HasPrefix(lines.Text(), "RCPT") {
					answer = "550 no such user"
				}
			}
			_ = conn.Close()
		}
	}()
	return l.Addr().String()
}

// TestInvitationOpensRegistration has nobody register but who is invited.
func TestInvitationOpensRegistration(t *testing.T) {
	const fresh = "new@example.com"
	s := start(t, "SHOP_AUTH_REGISTRATION=false")
	s.organisation(t, "acme", bob)
	owner := s.Program(bob)
	invite := func() string {
		t.Helper()
		authtest.Want(t, "inviting", owner.API("POST", acmeAPI+"/invitations", "email", fresh), 202)
		return s.ticket(t, fresh)
	}
	register := func(ticket, email string) authtest.Answer {
		return s.Bearer("").API("POST", "/api/v1/auth/register", "email", email, "name", "New", "password", authtest.Password, "ticket", ticket)
	}
	page := s.Browser()
	authtest.Want(t, "the page", page.Do("GET", "/register", "", ""), 403)
	if strings.Contains(page.Do("GET", "/login", "", "").Body, "Make an account") {
		t.Error("the sign-in leads to it")
	}
	old, ticket := invite(), invite()
	for what, a := range map[string]authtest.Answer{
		"no ticket":              register("", fresh),
		"a ticket of one's own":  register("ABC", fresh),
		"one before another":     register(old, fresh),
		"another address":        register(ticket, "friend@example.com"),
		"another, on the page":   page.Post("/register", "ticket", ticket, "email", "friend@example.com", "name", "New", "new", authtest.Password),
		"no ticket, on the page": page.Post("/register", "email", fresh, "name", "New", "new", authtest.Password),
	} {
		authtest.Want(t, what, a, 403, "obody can register here")
	}
	s.past = invitationLife + time.Second
	authtest.Want(t, "after seven days", register(ticket, fresh), 403)
	s.past = 0

	letter := s.Letters(fresh)[1]
	link := regexp.MustCompile(`/register\?ticket=\S+`).FindString(letter)
	authtest.Want(t, "the link in the mail", page.Do("GET", link, "", ""), 200, "Make an account", ticket)
	authtest.Want(t, "making an account", page.Post("/register", "ticket", ticket, "email", "New@Example.com", "name", "New", "new", authtest.Password), 202, "Look for our mail")
	var confirm []string
	for end := time.Now().Add(time.Minute); confirm == nil && time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		letters := s.Letters(fresh)
		confirm = regexp.MustCompile(`/verify\?ticket=(\S+)`).FindStringSubmatch(letters[len(letters)-1])
	}
	if confirm == nil {
		t.Fatalf("the mail is %q", s.Letters(fresh))
	}
	authtest.Want(t, "confirming", page.Post("/verify", "ticket", confirm[1], "password", authtest.Password), 303, "/account")
	authtest.Want(t, "joining", page.Post("/invitation", "ticket", ticket), 303, "/orgs/acme")
	authtest.Want(t, "the ticket, once more", register(ticket, fresh), 403)
}

func TestInvitationsEnd(t *testing.T) {
	s := start(t)
	id := s.organisation(t, "acme", bob)
	owner, guest := s.Program(bob), s.Program(eve)
	invite := func(role string) string {
		t.Helper()
		authtest.Want(t, "inviting", owner.API("POST", acmeAPI+"/invitations", "email", eve, "role", role), 202)
		return s.ticket(t, eve)
	}
	accept := func(ticket string) authtest.Answer {
		return guest.API("POST", "/api/v1/invitations/accept", "ticket", ticket)
	}
	first := invite("reader")
	second := invite("editor")
	authtest.Want(t, "one before another", accept(first), 404)
	s.past = invitationLife + time.Second
	authtest.Want(t, "after seven days", accept(second), 404)
	authtest.Want(t, "the list", owner.API("GET", acmeAPI+"/invitations"), 200, "[]")
	third := invite("reader")
	var list []Invitation
	if err := json.Unmarshal([]byte(owner.API("GET", acmeAPI+"/invitations").Body), &list); err != nil || len(list) != 1 {
		t.Fatalf("the invitations are %+v (%v)", list, err)
	}
	authtest.Want(t, "withdrawing", owner.API("DELETE", acmeAPI+"/invitations/"+list[0].ID), 204)
	authtest.Want(t, "withdrawing again", owner.API("DELETE", acmeAPI+"/invitations/"+list[0].ID), 404)
	authtest.Want(t, "after that", accept(third), 404)

	// All at the same time: one of them succeeds.
	fourth := invite("reader")
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if accept(fourth).Status == 200 {
				won.Add(1)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d of 8 have joined", won.Load())
	}
	// Who is a member already keeps the role.
	authtest.Want(t, "accepting as a member", accept(invite("editor")), 200)
	authtest.Want(t, "the role", guest.API("GET", acmeAPI), 200, `"role":"reader"`)

	for i := range mostInvitations {
		row := &invitationRow{ID: string(rune('a'+i%26)) + string(rune('a'+i/26)), OrgID: id, InvitedBy: s.ID(bob), ExpiresAt: s.orgs.now().Add(time.Hour).UnixMilli()}
		row.Secret, row.Email = row.ID, row.ID
		if _, err := s.orgs.store.db.DB().NewInsert().Model(row).Exec(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	authtest.Want(t, "too many", owner.API("POST", acmeAPI+"/invitations", "email", ada), 409, "too many")
}
