// Package wholetest attacks an application of all components, and signs in with a
// real OpenID provider. It is not part of what is generated, whose tests would
// otherwise need all that.
package wholetest_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/internal/whole"
	"github.com/aegis-stack/aegis/generators/redis/src/redistest"
)

const (
	ada    = "ada@example.com"
	eve    = "eve@example.com"
	secret = "a door in the wall"
)

// site is an application of everything.
type site struct {
	t    *testing.T
	app  *app.App
	url  string
	auth *auth.Component
}

// build makes the application.
func build(t *testing.T, environ ...string) *site {
	t.Helper()
	s := &site{t: t}
	prefixed := []string{"SHOP_ADDR=127.0.0.1:0", "SHOP_RATE_LIMIT=0"}
	for _, e := range environ {
		prefixed = append(prefixed, "SHOP_"+e)
	}
	a, err := app.New(app.Options{Name: "shop", Environ: prefixed, LogTo: io.Discard}, func(a *app.App) ([]app.Component, error) {
		return whole.Components(a)
	})
	if err != nil {
		t.Fatal(err)
	}
	s.app, s.auth = a, app.All[*auth.Component](a)[0]
	return s
}

// start runs the application, with an administrator ada and a user eve.
func start(t *testing.T, environ ...string) *site {
	t.Helper()
	environ = append(environ, "DATABASE_URL="+databasetest.URL(t), "REDIS_URL="+redistest.URL(t), "SHUTDOWN_TIMEOUT=20s")
	for _, line := range []string{"create --admin --password-stdin " + ada, "create --password-stdin " + eve} {
		cmd := build(t, environ...).auth.Commands()[0]
		cmd.SetIn(strings.NewReader(secret))
		cmd.SetArgs(strings.Fields(line))
		if err := cmd.ExecuteContext(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	s := build(t, environ...)
	apptest.Run(t, s.app)
	s.url = app.All[*backend.Component](s.app)[0].Addresses()[0].URL
	return s
}

// browser keeps cookies, and follows no redirects.
func browser() *http.Client {
	jar, _ := cookiejar.New(nil) // never fails
	return &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}

func (s *site) do(c *http.Client, method, path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), method, s.url+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	response, err := c.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.Header.Get("Content-Type") == "text/event-stream" {
		return response, "" // it does not end
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return response, string(text)
}

func (s *site) signIn(email string) *http.Client {
	s.t.Helper()
	c := browser()
	if response, text := s.do(c, http.MethodPost, "/login", url.Values{"email": {email}, "password": {secret}}); response.StatusCode != http.StatusSeeOther {
		s.t.Fatalf("signing in answers %d %s", response.StatusCode, text)
	}
	return c
}

// TestAttackPrivilegeEscalation tries every route that is for administrators, of
// all components: as nobody, and as a user without rights.
func TestAttackPrivilegeEscalation(t *testing.T) {
	s := start(t)
	user, nobody := s.signIn(eve), browser()
	tried := map[string]int{}
	for _, e := range app.All[*backend.Component](s.app)[0].Endpoints() {
		if e.Access != app.Admin {
			continue
		}
		method := e.Method
		if method == "" {
			method = http.MethodPost
		}
		path := strings.NewReplacer("{$}", "", "{", "", "}", "", "...", "").Replace(e.Path)
		tried[strings.Join(strings.SplitN(e.Path+"//", "/", 4)[:3], "/")]++
		if response, _ := s.do(user, method, path, nil); response.StatusCode != http.StatusForbidden {
			t.Errorf("%s %s as a user answers %d", method, e.Path, response.StatusCode)
		}
		if response, _ := s.do(nobody, method, path, nil); response.StatusCode != http.StatusUnauthorized {
			t.Errorf("%s %s as nobody answers %d", method, e.Path, response.StatusCode)
		}
	}
	if tried["/api/v1"] < 10 || tried["/components/scheduler"] == 0 || tried["/components/worker"] == 0 || tried["/components/database"] == 0 {
		t.Errorf("tried were %v", tried)
	}
	admin := s.signIn(ada)
	for _, path := range []string{"/", "/api/v1/scheduler/jobs", "/components/worker", "/components/auth", "/users"} {
		if response, text := s.do(admin, http.MethodGet, path, nil); response.StatusCode != http.StatusOK {
			t.Errorf("%s as an administrator answers %d %s", path, response.StatusCode, text)
		}
	}
}
