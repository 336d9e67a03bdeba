package org

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const ada, bob, eve = authtest.Ada, authtest.Bob, authtest.Eve

// readBooks and writeBooks are what is allowed besides what organisations bring.
var (
	readBooks  = app.Permission("books.read")
	writeBooks = app.Permission("books.write")
)

// library is what the roles of the tests let people do.
func library() rbac.Policy {
	p := rbac.Policy{Meanings: permission.Meanings(), Roles: map[string][]app.Access{
		"member":  {},
		"reader":  {readBooks},
		"editor":  {readBooks, writeBooks},
		"manager": {readBooks, permission.OrgMembers, permission.OrgUpdate, permission.OrgRead},
	}}
	p.Meanings[readBooks], p.Meanings[writeBooks] = "read books", "write books"
	for access := range p.Meanings {
		p.Roles["owner"] = append(p.Roles["owner"], access)
	}
	return p
}

// book is a row of an organisation.
type book struct {
	bun.BaseModel `bun:"table:org_test_books,alias:b"`
	Owned

	ID    string `bun:",pk" json:"id"`
	Title string `json:"title"`
}

// shelf has the books, as somebody would who follows the README.
type shelf struct {
	db    *database.Component
	books Rows[book, *book]
}

func (shelf) Name() string { return "shelf" }

func (s shelf) Start(ctx context.Context) error {
	_, err := s.db.DB().ExecContext(ctx, `CREATE TABLE IF NOT EXISTS org_test_books (
		org_id TEXT NOT NULL REFERENCES org_organisations (id) ON DELETE CASCADE, id TEXT PRIMARY KEY, title TEXT NOT NULL)`)
	return err
}

func (s shelf) Routes(r *app.Routes) {
	type (
		listInput struct {
			database.Page

			Org string `path:"org"`
		}
		listOutput struct{ Body database.PageOf[book] }
		putInput   struct {
			Org  string `path:"org"`
			ID   string `path:"id"`
			Body struct {
				Title string `json:"title"`
			}
		}
	)
	const path = "/api/v1/orgs/{org}/books"
	huma.Register(r.API, huma.Operation{OperationID: "list-books", Method: http.MethodGet, Path: path, Security: app.Only(readBooks)},
		func(ctx context.Context, in *listInput) (*listOutput, error) {
			page, err := s.books.List(ctx, func(q *bun.SelectQuery) *bun.SelectQuery { return q.Order("id") }, in.Page)
			return &listOutput{page}, err
		})
	huma.Register(r.API, huma.Operation{OperationID: "add-book", Method: http.MethodPost, Path: path + "/{id}", Security: app.Only(writeBooks)},
		func(ctx context.Context, in *putInput) (*struct{}, error) {
			return nil, s.books.Insert(ctx, s.db.DB(), &book{ID: in.ID, Title: in.Body.Title})
		})
	huma.Register(r.API, huma.Operation{OperationID: "book-members", Method: http.MethodPost, Path: path + "-for-members", Security: app.SignedInOnly},
		func(context.Context, *struct {
			Org string `path:"org"`
		}) (*struct{}, error) {
			return nil, nil
		})
}

// site is a running application.
type site struct {
	*authtest.Site

	orgs  *Component
	shelf shelf
	past  time.Duration // what the clock is set forward by
}

// start runs an application with an administrator ada, and with bob and eve.
func start(t *testing.T, environ ...string) *site {
	t.Helper()
	s := &site{}
	began := time.Now()
	s.Site = authtest.Start(t, func(a *app.App, p authtest.Parts) ([]app.Component, error) {
		r, err := rbac.NewWith(a, p.Auth, p.Database, p.Frontend, library())
		if err != nil {
			return nil, err
		}
		c, err := New(a, p.Auth, r, p.Database, p.Frontend, p.Mail)
		if err != nil {
			return nil, err
		}
		c.now = func() time.Time { return began.Add(s.past) }
		books := shelf{p.Database, RowsOf[book](p.Database)}
		if s.orgs == nil { // the others are those of commands
			s.orgs, s.shelf = c, books
		}
		return []app.Component{r, c, books}, nil
	}, environ...)
	return s
}

// organisation makes one that the user owns, and returns its identifier.
func (s *site) organisation(t *testing.T, slug, email string) string {
	t.Helper()
	s.Run("orgs create " + slug + " " + email)
	o, err := s.orgs.store.organisation(t.Context(), slug)
	if err != nil {
		t.Fatal(err)
	}
	return o.ID
}

// join makes the user a member with the role, without mail.
func (s *site) join(t *testing.T, orgID, email, role string) {
	t.Helper()
	row := &memberRow{OrgID: orgID, UserID: s.ID(email), Role: role, JoinedAt: 1}
	if _, err := s.orgs.store.db.DB().NewInsert().Model(row).Exec(t.Context()); err != nil {
		t.Fatal(err)
	}
}

// another makes a user besides those that there are.
func (s *site) another(email string) { s.Run("users create --password-stdin " + email) }

var ticketIn = regexp.MustCompile(`ticket=([A-Z0-9]+)`)

// ticket returns that of the last mail to the address.
func (s *site) ticket(t *testing.T, email string) string {
	t.Helper()
	letters := s.Letters(email)
	if len(letters) == 0 {
		t.Fatalf("no mail was sent to %s", email)
	}
	m := ticketIn.FindStringSubmatch(letters[len(letters)-1])
	if m == nil || !strings.Contains(letters[len(letters)-1], "/invitation?ticket=") {
		t.Fatalf("no ticket in %q", letters[len(letters)-1])
	}
	return m[1]
}

// state is all that the tables hold of organisations, to see that nothing has
// changed.
func (s *site) state(t *testing.T) string {
	t.Helper()
	var all []string
	for _, query := range []string{
		"SELECT id || slug || name FROM org_organisations ORDER BY 1", "SELECT org_id || user_id || role FROM org_members ORDER BY 1",
		"SELECT id || secret || role FROM org_invitations ORDER BY 1", "SELECT org_id || id || title FROM org_test_books ORDER BY 1",
	} {
		var rows []string
		if err := s.orgs.store.db.DB().NewRaw(query).Scan(t.Context(), &rows); err != nil {
			t.Fatal(err)
		}
		all = append(all, strings.Join(rows, "\n"))
	}
	return strings.Join(all, "\n\n")
}
