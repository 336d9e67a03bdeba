package auth

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
)

const (
	adminPath = "/api/v1/users"
	auditPath = "/api/v1/audit"
)

// adminRoutes has the operations for administrators. They do what the pages and
// the command line do.
func (c *Component) adminRoutes(r *app.Routes) {
	op := func(id, method, path, summary string, status int, errors ...int) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: path, Summary: summary, Tags: []string{"users"}, Security: app.AdminOnly,
			DefaultStatus: status, Errors: append(errors, http.StatusUnauthorized, http.StatusForbidden),
		}
	}
	const (
		ok, created, done   = http.StatusOK, http.StatusCreated, http.StatusNoContent
		notFound, conflicts = http.StatusNotFound, http.StatusConflict
		one, sessions       = adminPath + "/{id}", adminPath + "/{id}/sessions"
	)
	huma.Register(r.API, op("list-users", http.MethodGet, adminPath, "List users, by address", ok), c.apiUsers)
	huma.Register(r.API, op("create-user", http.MethodPost, adminPath,
		"Make a user, who gets a mail to choose a password", created, conflicts), c.apiCreateUser)
	huma.Register(r.API, op("get-user", http.MethodGet, one, "Read what is known of a user", ok, notFound), c.apiUser)
	huma.Register(r.API, op("list-user-sessions", http.MethodGet, sessions,
		"List where a user is signed in", ok, notFound), c.apiUserSessions)
	huma.Register(r.API, op("end-user-session", http.MethodDelete, sessions+"/{session}",
		"End a session of a user", done, notFound), c.apiEndUserSession)
	for _, d := range deeds {
		huma.Register(r.API, op("user-"+d.name, http.MethodPost, one+"/"+d.name, d.summary, done, notFound, conflicts),
			func(ctx context.Context, in *userInput) (*none, error) {
				return nil, Problem(c.act(ctx, c.client(in.request), d, in.ID))
			})
	}
	huma.Register(r.API, op("audit", http.MethodGet, auditPath,
		"List what happened to accounts, the latest first", ok), c.apiAudit)
}

// userInput says which user an operation is about.
type userInput struct {
	Caller

	ID string `path:"id" minLength:"1" maxLength:"100"`
}

type (
	usersInput struct {
		database.Page

		Text string `query:"q" maxLength:"254" doc:"Part of the address or the name of those who are meant"`
	}
	usersOutput struct {
		CacheControl string `header:"Cache-Control"`
		Body         database.PageOf[Account]
	}
)

func (c *Component) apiUsers(ctx context.Context, in *usersInput) (*usersOutput, error) {
	page, err := c.store.users(ctx, in.Text, in.Page)
	if err != nil {
		return nil, Problem(err)
	}
	return &usersOutput{"no-store", pageOf(page, userRow.account)}, nil
}

type (
	createUserInput struct {
		Caller

		Body struct {
			Email string `json:"email" maxLength:"254" format:"email"`
			Name  string `json:"name,omitempty" maxLength:"100" doc:"The address, if there is none"`
			Admin bool   `json:"admin,omitempty" doc:"Whether the user may do what is for administrators"`
		}
	}
	accountOutput struct {
		CacheControl string `header:"Cache-Control"`
		Location     string `header:"Location"`
		Body         Account
	}
)

func (c *Component) apiCreateUser(ctx context.Context, in *createUserInput) (*accountOutput, error) {
	user, err := c.invite(ctx, c.client(in.request), in.Body.Email, in.Body.Name, in.Body.Admin)
	if err != nil {
		return nil, Problem(err)
	}
	return &accountOutput{"no-store", adminPath + "/" + user.ID, user.account()}, nil
}

func (c *Component) apiUser(ctx context.Context, in *userInput) (*accountOutput, error) {
	user, err := c.store.userByID(ctx, in.ID)
	if err != nil {
		return nil, Problem(err)
	}
	return &accountOutput{CacheControl: "no-store", Body: user.account()}, nil
}

func (c *Component) apiUserSessions(ctx context.Context, in *userInput) (*sessionsOutput, error) {
	list, err := c.sessionsOf(ctx, in.ID)
	if err != nil {
		return nil, Problem(err)
	}
	return &sessionsOutput{"no-store", list}, nil
}

type endUserSessionInput struct {
	Caller

	ID      string `path:"id" minLength:"1" maxLength:"100"`
	Session string `path:"session" minLength:"1" maxLength:"100"`
}

func (c *Component) apiEndUserSession(ctx context.Context, in *endUserSessionInput) (*none, error) {
	return nil, Problem(c.endSessionOf(ctx, c.client(in.request), in.ID, in.Session))
}

type (
	auditInput struct {
		database.Page

		User string `query:"user" maxLength:"100" doc:"Identifier of the user who is meant, who may be deleted; none: all"`
	}
	auditOutput struct {
		CacheControl string `header:"Cache-Control"`
		Body         database.PageOf[Event]
	}
)

func (c *Component) apiAudit(ctx context.Context, in *auditInput) (*auditOutput, error) {
	page, err := c.store.events(ctx, in.User, in.Page)
	if err != nil {
		return nil, Problem(err)
	}
	return &auditOutput{"no-store", page}, nil
}
