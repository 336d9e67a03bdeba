package rbac

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const ada, bob, eve = authtest.Ada, authtest.Bob, authtest.Eve

var (
	readBooks  = app.Permission("books.read")
	writeBooks = app.Permission("books.write")
)

// library is what the roles of the tests let people do.
func library() Policy {
	return Policy{
		map[app.Access]string{
			readBooks: "read books", writeBooks: "write books",
			permission.RolesRead: "see roles", permission.RolesGrant: "give roles",
		},
		map[string][]app.Access{
			"reader":    {readBooks},
			"writer":    {readBooks, writeBooks},
			"librarian": {readBooks, permission.RolesRead, permission.RolesGrant},
		},
	}
}

// shelf has routes that need permissions.
type shelf struct{ roles *Component }

func (shelf) Name() string { return "shelf" }

func (s shelf) Routes(r *app.Routes) {
	type said struct {
		Body struct {
			Write bool `json:"write"`
		}
	}
	for path, access := range map[string]app.Access{
		"/api/v1/books/read": readBooks, "/api/v1/books/write": writeBooks, "/api/v1/books/burn": app.Permission("books.burn"), "/api/v1/books/mine": app.SignedIn,
	} {
		huma.Register(r.API, huma.Operation{OperationID: path, Method: http.MethodPost, Path: path, Security: app.Only(access)},
			func(ctx context.Context, _ *struct{}) (*said, error) {
				out := &said{}
				var err error
				out.Body.Write, err = s.roles.May(ctx, writeBooks)
				return out, err
			})
	}
	r.HandleOnly(writeBooks, "GET /books", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "books") }))
}

// site is a running application.
type site struct {
	*authtest.Site

	roles *Component
}

// start runs an application with an administrator ada, and with bob and eve, who
// have no roles.
func start(t *testing.T) *site {
	t.Helper()
	var first *Component // the others are those of commands
	s := authtest.Start(t, func(a *app.App, p authtest.Parts) ([]app.Component, error) {
		c, err := NewWith(a, p.Auth, p.Database, p.Frontend, library())
		if first == nil {
			first = c
		}
		return []app.Component{c, shelf{c}}, err
	})
	return &site{s, first}
}
