package rbac

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/frontend/src"
	"github.com/aegis-stack/aegis/generators/mail/src"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

const (
	ada    = "ada@example.com" // an administrator
	bob    = "bob@example.com"
	eve    = "eve@example.com"
	secret = "a door in the wall"
	token  = "correct-horse-battery" // of administrators
)

var (
	readBooks  = app.Permission("books.read")
	writeBooks = app.Permission("books.write")
)

// library is what the roles of the tests let people do.
func library() policy {
	return policy{
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
	t     *testing.T
	db    string
	app   *app.App
	roles *Component
	url   string
}

// build makes an application with the database at the URL.
func build(t *testing.T, db string) *site {
	t.Helper()
	s := &site{t: t, db: db}
	var err error
	s.app, err = app.New(app.Options{Name: "shop", LogTo: io.Discard, Environ: []string{
		"SHOP_ADDR=127.0.0.1:0", "SHOP_RATE_LIMIT=0", "SHOP_DATABASE_URL=" + db, "SHOP_DATABASE_BACKUP_DIR=" + t.TempDir(), "SHOP_ADMIN_TOKEN=" + token,
	}}, func(a *app.App) ([]app.Component, error) {
		b, err := backend.New(a)
		if err != nil {
			return nil, err
		}
		engines, err := databasetest.Engines(a)
		if err != nil {
			return nil, err
		}
		d, err := database.New(a, engines...)
		if err != nil {
			return nil, err
		}
		f, err := frontend.New(a, b)
		if err != nil {
			return nil, err
		}
		m, err := mail.New(a)
		if err != nil {
			return nil, err
		}
		u, err := auth.New(a, b, d, f, m)
		if err != nil {
			return nil, err
		}
		s.roles, err = newComponent(a, u, d, f, library())
		return []app.Component{b, d, f, m, u, s.roles, shelf{s.roles}}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// start runs an application with an administrator ada, and with bob and eve, who
// have no roles.
func start(t *testing.T) *site {
	t.Helper()
	s := build(t, databasetest.URL(t))
	s.run("users create --admin --password-stdin " + ada)
	s.run("users create --password-stdin " + bob)
	s.run("users create --password-stdin " + eve)
	apptest.Run(t, s.app)
	s.url = app.All[*backend.Component](s.app)[0].Addresses()[0].URL
	return s
}

// try runs a command in a process of its own, as far as it can tell.
func (s *site) try(line string) (string, error) {
	root := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
	for _, c := range app.All[app.Commander](build(s.t, s.db).app) {
		root.AddCommand(c.Commands()...)
	}
	var out strings.Builder
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(secret))
	root.SetArgs(strings.Fields(line))
	err := root.ExecuteContext(context.WithoutCancel(s.t.Context()))
	return out.String(), err
}

func (s *site) run(line string) string {
	s.t.Helper()
	out, err := s.try(line)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// id returns the identifier of a user.
func (s *site) id(email string) string {
	s.t.Helper()
	user, err := app.All[*auth.Component](s.app)[0].Find(s.t.Context(), email)
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID
}

// answer is what came back.
type answer struct {
	status int
	target string // of a redirect
	body   string
}

// client is somebody who sends requests: a program with an access token, or a
// browser with cookies.
type client struct {
	s      *site
	http   *http.Client
	bearer string
}

func (c *client) do(method, path, media, body string) answer {
	t := c.s.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.s.url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if c.bearer != "" {
		r.Header.Set("Authorization", "Bearer "+c.bearer)
	} else {
		r.Header.Set("Accept", "text/html")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if body != "" {
		r.Header.Set("Content-Type", media)
	}
	response, err := c.http.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header.Get("Location"), string(text)}
}

// api sends JSON, made of pairs of names and values.
func (c *client) api(method, path string, pairs ...string) answer {
	c.s.t.Helper()
	if len(pairs) == 0 {
		return c.do(method, path, "", "")
	}
	o := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		o[pairs[i]] = pairs[i+1]
	}
	text, _ := json.Marshal(o) // never fails
	return c.do(method, path, "application/json", string(text))
}

// post sends a form.
func (c *client) post(path string, pairs ...string) answer {
	c.s.t.Helper()
	return c.form(http.MethodPost, path, pairs...)
}

func (c *client) form(method, path string, pairs ...string) answer {
	c.s.t.Helper()
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Set(pairs[i], pairs[i+1])
	}
	return c.do(method, path, "application/x-www-form-urlencoded", values.Encode())
}

// program signs a program in.
func (s *site) program(email string) *client {
	s.t.Helper()
	c := &client{s, http.DefaultClient, ""}
	a := c.api(http.MethodPost, "/api/v1/auth/login", "email", email, "password", secret)
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.body), &tokens); err != nil || tokens.Access == "" {
		s.t.Fatalf("signing in answers %d %s (%v)", a.status, a.body, err)
	}
	c.bearer = tokens.Access
	return c
}

// browser is one that nobody has signed in with, and that follows no redirects.
func (s *site) browser() *client {
	jar, _ := cookiejar.New(nil) // never fails
	return &client{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, ""}
}

// signedIn is a browser that the user has signed in with.
func (s *site) signedIn(email string) *client {
	s.t.Helper()
	c := s.browser()
	if a := c.post("/login", "email", email, "password", secret); a.status != http.StatusSeeOther {
		s.t.Fatalf("signing in answers %d %s", a.status, a.body)
	}
	return c
}

func want(t *testing.T, what string, a answer, status int, texts ...string) {
	t.Helper()
	if a.status != status {
		t.Errorf("%s answers %d %s %.500s, want %d", what, a.status, a.target, a.body, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.body+a.target, text) {
			t.Errorf("%s does not say %q: %.2000s", what, text, a.body)
		}
	}
}
