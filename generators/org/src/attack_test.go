package org

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
)

// Each test is one attack. What the attackers have is said in its first lines.

// inOrganisation lists the routes that are about an organisation.
func (s *site) inOrganisation() []app.Endpoint {
	var list []app.Endpoint
	for _, e := range s.Endpoints() {
		if strings.Contains(e.Path, "{org}") {
			list = append(list, e)
		}
	}
	return list
}

// send sends something that the route would do, if it were allowed to.
func send(c *authtest.Client, e app.Endpoint, slug, memberID string) authtest.Answer {
	path := strings.NewReplacer("{org}", slug, "{id}", memberID).Replace(e.Path)
	if strings.HasPrefix(path, "/api/") {
		if e.Method == http.MethodGet || e.Method == http.MethodDelete {
			return c.API(e.Method, path)
		}
		return c.API(e.Method, path, bodyOf(e)(memberID)...)
	}
	return c.Form(e.Method, path, "id", memberID, "role", "reader", "email", "accomplice@example.com", "name", "Stolen")
}

// bodyOf returns what the operation takes.
func bodyOf(e app.Endpoint) func(id string) []string {
	last := e.Path[strings.LastIndex(e.Path, "/")+1:]
	return func(id string) []string {
		switch {
		case last == "{org}":
			return []string{"name", "Stolen"}
		case last == "owner":
			return []string{"id", id}
		case last == "invitations":
			return []string{"email", "accomplice@example.com", "role", "reader"}
		case strings.HasSuffix(e.Path, "/members/{id}"):
			return []string{"role", "reader"}
		case strings.HasSuffix(e.Path, "/books/{id}"):
			return []string{"title", "Stolen"}
		}
		return nil
	}
}

// TestAttackTenantCrossing tries every route about an organisation in one of
// others: as the owner of another, as nobody, as an administrator, and as somebody
// with every role outside of organisations.
func TestAttackTenantCrossing(t *testing.T) {
	s := start(t)
	victim := s.organisation(t, "acme", bob)
	s.another("member@example.com")
	s.join(t, victim, "member@example.com", "reader")
	s.organisation(t, "bank", eve)
	s.another("everything@example.com")
	for _, role := range []string{"owner", "manager", "editor"} {
		s.Run("users grant everything@example.com " + role)
	}
	authtest.Want(t, "a book", s.Program(bob).API("POST", acmeAPI+"/books/1", "title", "Emma"), 204)
	authtest.Want(t, "an invitation", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", "guest@example.com"), 202)
	before := s.state(t)

	tenant, everything, admin := s.Program(eve), s.Program("everything@example.com"), s.Program(ada)
	tried := 0
	for _, e := range s.inOrganisation() {
		tried++
		for who, c := range map[string]*authtest.Client{"another tenant": tenant, "somebody with every role": everything, "an administrator": admin} {
			a := send(c, e, "acme", s.ID("member@example.com"))
			authtest.Want(t, e.Method+" "+e.Path+" as "+who, a, 403)
			if strings.Contains(a.Body, "Emma") || strings.Contains(a.Body, bob) {
				t.Errorf("%s %s tells %s", e.Method, e.Path, a.Body)
			}
			// Nothing tells whether there is such an organisation.
			none := send(c, e, "none", s.ID("member@example.com"))
			if none.Status != a.Status || strings.ReplaceAll(none.Body, "none", "acme") != a.Body {
				t.Errorf("%s %s tells organisations apart: %v and %v", e.Method, e.Path, a, none)
			}
		}
		authtest.Want(t, e.Method+" "+e.Path+" as nobody", send(s.Bearer("x"), e, "acme", s.ID(bob)), 401)
		authtest.Want(t, e.Method+" "+e.Path+" with the administrator's token", send(s.Bearer(authtest.Token), e, "acme", s.ID(bob)), 401)
	}
	if tried < 22 {
		t.Errorf("only %d routes were tried", tried)
	}
	if after := s.state(t); after != before {
		t.Errorf("the tables were\n%s\nand are\n%s", before, after)
	}
}

// TestAttackMailToTheWorld is somebody who has an organisation for the mail that it
// sends to strangers: each invitation is withdrawn, to make room for the next.
func TestAttackMailToTheWorld(t *testing.T) {
	s := start(t)
	s.organisation(t, "acme", eve)
	c := s.Program(eve)
	for i := range mostInvitations {
		authtest.Want(t, "inviting a stranger", c.API("POST", acmeAPI+"/invitations", "email", fmt.Sprintf("stranger%d@example.com", i)), 202)
		var list []Invitation
		if err := json.Unmarshal([]byte(c.API("GET", acmeAPI+"/invitations").Body), &list); err != nil || len(list) != 1 {
			t.Fatalf("the invitations are %+v (%v)", list, err)
		}
		authtest.Want(t, "withdrawing", c.API("DELETE", acmeAPI+"/invitations/"+list[0].ID), 204)
	}
	authtest.Want(t, "one more", c.API("POST", acmeAPI+"/invitations", "email", "stranger@example.com"), 429)
	if letters := s.Letters("stranger@example.com"); len(letters) != 0 {
		t.Errorf("it is sent all the same: %q", letters)
	}
}

// TestAttackGuessedIdentifiers is the owner of an organisation who knows the
// identifiers of members, invitations and rows of another, and names them in the
// own one.
func TestAttackGuessedIdentifiers(t *testing.T) {
	s := start(t)
	victim := s.organisation(t, "acme", bob)
	s.another("member@example.com")
	s.join(t, victim, "member@example.com", "reader")
	s.organisation(t, "bank", eve)
	owner := s.Program(bob)
	authtest.Want(t, "a book", owner.API("POST", acmeAPI+"/books/1", "title", "Emma"), 204)
	authtest.Want(t, "an invitation", owner.API("POST", acmeAPI+"/invitations", "email", "guest@example.com"), 202)
	var invitation invitationRow
	if err := s.orgs.store.db.DB().NewSelect().Model(&invitation).Scan(t.Context()); err != nil {
		t.Fatal(err)
	}
	before := s.state(t)
	const bank = "/api/v1/orgs/bank"
	c, member := s.Program(eve), s.ID("member@example.com")
	authtest.Want(t, "a role", c.API("PUT", bank+"/members/"+member, "role", "reader"), 404)
	authtest.Want(t, "removing", c.API("DELETE", bank+"/members/"+member), 404)
	authtest.Want(t, "removing the owner", c.API("DELETE", bank+"/members/"+s.ID(bob)), 404)
	authtest.Want(t, "handing over", c.API("PUT", bank+"/owner", "id", member), 404)
	authtest.Want(t, "withdrawing", c.API("DELETE", bank+"/invitations/"+invitation.ID), 404)
	authtest.Want(t, "the digest as a ticket", c.API("POST", "/api/v1/invitations/accept", "ticket", invitation.Secret), 404)
	authtest.Want(t, "the identifier as a ticket", c.API("POST", "/api/v1/invitations/accept", "ticket", invitation.ID), 404)
	authtest.Want(t, "reading", c.API("GET", bank+"/books"), 200, `"items":[]`, `"total":0`)
	authtest.Want(t, "members", c.API("GET", bank+"/members"), 200, `"total":1`)
	if a := c.API("POST", bank+"/books/1", "title", "Stolen"); a.Status < 400 {
		t.Errorf("writing over a row answers %d %s", a.Status, a.Body)
	}
	if after := s.state(t); after != before {
		t.Errorf("the tables were\n%s\nand are\n%s", before, after)
	}
}

// TestAttackStolenInvitation has the link that was sent to somebody else.
func TestAttackStolenInvitation(t *testing.T) {
	s := start(t)
	s.organisation(t, "acme", bob)
	s.another("guest@example.com")
	authtest.Want(t, "inviting", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", "guest@example.com", "role", "editor"), 202)
	ticket := s.ticket(t, "guest@example.com")
	thief := s.Program(eve)
	authtest.Want(t, "accepting", thief.API("POST", "/api/v1/invitations/accept", "ticket", ticket), 403, "another address")
	a := s.SignedIn(eve).Do("GET", "/invitation?ticket="+ticket, "", "")
	authtest.Want(t, "the page", a, 403)
	if strings.Contains(a.Body, "acme") {
		t.Errorf("the page tells %s", a.Body)
	}
	authtest.Want(t, "nobody", s.Bearer("x").API("POST", "/api/v1/invitations/accept", "ticket", ticket), 401)
	authtest.Want(t, "who it was sent to", s.Program("guest@example.com").API("POST", "/api/v1/invitations/accept", "ticket", ticket), 200)
}

// TestAttackInvitationsOfTheRemoved is a manager who has invited an accomplice
// before being removed, or before losing the right to.
func TestAttackInvitationsOfTheRemoved(t *testing.T) {
	for what, punish := range map[string]func(*site, *authtest.Client) authtest.Answer{
		"removed": func(s *site, c *authtest.Client) authtest.Answer {
			return c.API("DELETE", acmeAPI+"/members/"+s.ID(bob))
		},
		"given another role": func(s *site, c *authtest.Client) authtest.Answer {
			return c.API("PUT", acmeAPI+"/members/"+s.ID(bob), "role", "reader")
		},
	} {
		s := start(t)
		s.another("owner@example.com")
		id := s.organisation(t, "acme", "owner@example.com")
		s.join(t, id, bob, "manager")
		authtest.Want(t, "inviting", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", eve, "role", "manager"), 202)
		authtest.Want(t, what, punish(s, s.Program("owner@example.com")), 204)
		authtest.Want(t, "the accomplice of who was "+what, s.Program(eve).API("POST", "/api/v1/invitations/accept", "ticket", s.ticket(t, eve)), 404)
	}
}

// TestAttackInvitationsOfTheFormerOwner is an owner from whom administrators take the
// organisation, and who has invited an accomplice before.
func TestAttackInvitationsOfTheFormerOwner(t *testing.T) {
	s := start(t)
	id := s.organisation(t, "acme", bob)
	s.another("owner@example.com")
	s.join(t, id, "owner@example.com", "member")
	authtest.Want(t, "inviting", s.Program(bob).API("POST", acmeAPI+"/invitations", "email", eve, "role", "manager"), 202)
	s.Run("orgs hand-over acme owner@example.com")
	authtest.Want(t, "the accomplice", s.Program(eve).API("POST", "/api/v1/invitations/accept", "ticket", s.ticket(t, eve)), 404)
}

// TestAttackFloodOfAMailbox is somebody who has mail sent to an address again and
// again.
func TestAttackFloodOfAMailbox(t *testing.T) {
	const victim = "victim@example.com"
	s := start(t)
	s.organisation(t, "acme", bob)
	s.organisation(t, "other", bob)
	c, refused := s.Program(bob), 0
	for range 20 {
		for _, path := range []string{"acme", "other"} {
			if a := c.API("POST", "/api/v1/orgs/"+path+"/invitations", "email", victim); a.Status != 202 {
				authtest.Want(t, "too many", a, 429, "too many attempts")
				refused++
			}
		}
	}
	if n := len(s.Letters(victim)); n > 10 || n+refused != 40 {
		t.Errorf("%d letters, %d refused", n, refused)
	}
	authtest.Want(t, "somebody else", c.API("POST", acmeAPI+"/invitations", "email", eve), 202)
}

// TestAttackMoreThanOnesOwn is a manager, who may invite people and give roles, and
// wants to write books, or all.
func TestAttackMoreThanOnesOwn(t *testing.T) {
	s := start(t)
	id := s.organisation(t, "acme", bob)
	s.join(t, id, eve, "manager")
	s.another("editor@example.com")
	s.join(t, id, "editor@example.com", "editor")
	c, editor := s.Program(eve), s.ID("editor@example.com")
	for _, role := range []string{"editor", "owner", "admin", "nobody"} {
		if a := c.API("PUT", acmeAPI+"/members/"+s.ID(eve), "role", role); a.Status < 400 {
			t.Errorf("the role %s for oneself: %d %s", role, a.Status, a.Body)
		}
		if a := c.API("POST", acmeAPI+"/invitations", "email", "accomplice@example.com", "role", role); a.Status < 400 {
			t.Errorf("inviting with the role %s: %d %s", role, a.Status, a.Body)
		}
	}
	authtest.Want(t, "a role for who may do more", c.API("PUT", acmeAPI+"/members/"+editor, "role", "reader"), 403)
	authtest.Want(t, "removing who may do more", c.API("DELETE", acmeAPI+"/members/"+editor), 403)
	authtest.Want(t, "removing the owner", c.API("DELETE", acmeAPI+"/members/"+s.ID(bob)), 409)
	authtest.Want(t, "a role for the owner", c.API("PUT", acmeAPI+"/members/"+s.ID(bob), "role", "reader"), 409)
	authtest.Want(t, "taking it over", c.API("PUT", acmeAPI+"/owner", "id", s.ID(eve)), 403, "org.own")
	authtest.Want(t, "deleting it", c.API("DELETE", acmeAPI), 403, "org.own")
	authtest.Want(t, "roles outside", c.API("GET", "/api/v1/roles"), 403)
	authtest.Want(t, "another owner", s.Program(bob).API("PUT", acmeAPI+"/members/"+s.ID(eve), "role", "owner"), 409)
	authtest.Want(t, "the manager's role", c.API("GET", acmeAPI), 200, `"role":"manager"`)
	if len(s.Letters("accomplice@example.com")) > 0 {
		t.Error("an accomplice was invited")
	}
}

// TestAttackOwnerOutside is the owner of an organisation, who wants what their role
// says where there is no organisation.
func TestAttackOwnerOutside(t *testing.T) {
	s := start(t)
	s.organisation(t, "acme", bob)
	c := s.Program(bob)
	authtest.Want(t, "roles", c.API("GET", "/api/v1/roles"), 403, "roles.read")
	authtest.Want(t, "giving roles", c.API("POST", "/api/v1/roles/editor/users", "email", bob), 403)
	authtest.Want(t, "what is for administrators", c.API("GET", "/components/org"), 403)
}
