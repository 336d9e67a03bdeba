// Package authtest runs applications with users in tests, and sends requests as
// they would. Start with [Start].
package authtest

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/auth/src/groundtest"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
)

const (
	// Ada is an administrator.
	Ada = "ada@example.com"
	// Bob is a user without rights.
	Bob = "bob@example.com"
	// Eve is another one, who is up to something.
	Eve = "eve@example.com"

	// Password is everybody's.
	Password = "a door in the wall" //nolint:gosec // nobody else has it
	// Token is that of administrators.
	Token = "correct-horse-battery"
)

// Parts are what other components are made of.
type Parts struct {
	groundtest.Ground

	Auth *auth.Component
}

// Constructor makes the components of a test.
type Constructor func(*app.App, Parts) ([]app.Component, error)

// Site is a running application.
type Site struct {
	App  *app.App
	Auth *auth.Component
	URL  string

	t         *testing.T
	database  string
	construct Constructor
	environ   []string
	log       groundtest.Log
}

// build makes an application with the database at the URL.
func build(t *testing.T, db string, construct Constructor, environ []string) *Site {
	t.Helper()
	s := &Site{t: t, database: db, construct: construct, environ: environ}
	var err error
	s.App, err = app.New(app.Options{Name: "shop", LogTo: &s.log, Environ: append([]string{
		"SHOP_ADDR=127.0.0.1:0", "SHOP_RATE_LIMIT=0", "SHOP_LOG_FORMAT=json", "SHOP_DATABASE_URL=" + db,
		"SHOP_DATABASE_BACKUP_DIR=" + t.TempDir(), "SHOP_ADMIN_TOKEN=" + Token,
	}, environ...)}, func(a *app.App) ([]app.Component, error) {
		g, err := groundtest.New(a)
		if err != nil {
			return nil, err
		}
		if s.Auth, err = auth.New(a, g.Backend, g.Database, g.Frontend, g.Mail); err != nil {
			return nil, err
		}
		more, err := construct(a, Parts{g, s.Auth})
		return slices.Concat(g.Components(), []app.Component{s.Auth}, more), err
	})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// Start runs an application of auth, what that needs, and the components that
// construct makes, with more variables of the environment, whose prefix is SHOP_.
// Its users are Ada, Bob and Eve.
func Start(t *testing.T, construct Constructor, environ ...string) *Site {
	t.Helper()
	s := build(t, databasetest.URL(t), construct, environ)
	s.Run("users create --admin --password-stdin " + Ada)
	s.Run("users create --password-stdin " + Bob)
	s.Run("users create --password-stdin " + Eve)
	apptest.Run(t, s.App)
	s.URL = app.All[*backend.Component](s.App)[0].Addresses()[0].URL
	return s
}

// Endpoints lists what the application serves.
func (s *Site) Endpoints() []app.Endpoint { return app.All[*backend.Component](s.App)[0].Endpoints() }

// Letters returns the texts of all mail to the address.
func (s *Site) Letters(to string) []string { return s.log.Letters(to) }

// Try runs a command in a process of its own, as far as it can tell.
func (s *Site) Try(line string) (string, error) {
	root := &cobra.Command{SilenceUsage: true, SilenceErrors: true}
	for _, c := range app.All[app.Commander](build(s.t, s.database, s.construct, s.environ).App) {
		root.AddCommand(c.Commands()...)
	}
	var out strings.Builder
	root.SetOut(&out)
	root.SetErr(&out)
	root.SetIn(strings.NewReader(Password))
	root.SetArgs(strings.Fields(line))
	err := root.ExecuteContext(context.WithoutCancel(s.t.Context()))
	return out.String(), err
}

// Run is Try for commands that succeed.
func (s *Site) Run(line string) string {
	s.t.Helper()
	out, err := s.Try(line)
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", line, err, out)
	}
	return out
}

// ID returns the identifier of a user.
func (s *Site) ID(email string) string {
	s.t.Helper()
	user, err := s.Auth.Find(s.t.Context(), email)
	if err != nil {
		s.t.Fatal(err)
	}
	return user.ID
}

// Answer is what came back.
type Answer struct {
	Status int
	Target string // of a redirect
	Body   string
}

// Client is somebody who sends requests: a program with an access token, or a
// browser with cookies.
type Client struct {
	s      *Site
	http   *http.Client
	bearer string
}

// Do sends a request.
func (c *Client) Do(method, path, media, body string) Answer {
	t := c.s.t
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, c.s.URL+path, strings.NewReader(body))
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
	return Answer{response.StatusCode, response.Header.Get("Location"), string(text)}
}

// API sends JSON, made of pairs of names and values.
func (c *Client) API(method, path string, pairs ...string) Answer {
	c.s.t.Helper()
	if len(pairs) == 0 {
		return c.Do(method, path, "", "")
	}
	o := map[string]string{}
	for pair := range slices.Chunk(pairs, 2) {
		o[pair[0]] = pair[1]
	}
	text, _ := json.Marshal(o) // never fails
	return c.Do(method, path, "application/json", string(text))
}

// Post sends a form.
func (c *Client) Post(path string, pairs ...string) Answer {
	c.s.t.Helper()
	return c.Form(http.MethodPost, path, pairs...)
}

// Form sends one by another method.
func (c *Client) Form(method, path string, pairs ...string) Answer {
	c.s.t.Helper()
	values := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		values.Set(pair[0], pair[1])
	}
	return c.Do(method, path, "application/x-www-form-urlencoded", values.Encode())
}

// Program signs a program in.
func (s *Site) Program(email string) *Client {
	s.t.Helper()
	c := &Client{s, http.DefaultClient, ""}
	a := c.API(http.MethodPost, "/api/v1/auth/login", "email", email, "password", Password)
	var tokens struct {
		Access string `json:"access_token"`
	}
	if err := json.Unmarshal([]byte(a.Body), &tokens); err != nil || tokens.Access == "" {
		s.t.Fatalf("signing in answers %d %s (%v)", a.Status, a.Body, err)
	}
	c.bearer = tokens.Access
	return c
}

// Bearer is a program that shows a token of its own.
func (s *Site) Bearer(token string) *Client { return &Client{s, http.DefaultClient, token} }

// Browser is one that nobody has signed in with, and that follows no redirects.
func (s *Site) Browser() *Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &Client{s, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}, ""}
}

// SignedIn is a browser that the user has signed in with.
func (s *Site) SignedIn(email string) *Client {
	s.t.Helper()
	c := s.Browser()
	if a := c.Post("/login", "email", email, "password", Password); a.Status != http.StatusSeeOther {
		s.t.Fatalf("signing in answers %d %s", a.Status, a.Body)
	}
	return c
}

// Want reports an answer that has not the status, or lacks one of the texts.
func Want(t *testing.T, what string, a Answer, status int, texts ...string) {
	t.Helper()
	if a.Status != status {
		t.Errorf("%s answers %d %s %.500s, want %d", what, a.Status, a.Target, a.Body, status)
	}
	for _, text := range texts {
		if !strings.Contains(a.Body+a.Target, text) {
			t.Errorf("%s does not say %q: %.2000s", what, text, a.Body)
		}
	}
}
