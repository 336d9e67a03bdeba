package frontend

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/spf13/cobra"
	g "maragu.dev/gomponents"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// part is a component that reports what the test wants.
type part struct {
	name string
	node atomic.Pointer[health.Node]
}

func newPart(name string, node health.Node) *part {
	p := &part{name: name}
	p.node.Store(&node)
	return p
}

func (p *part) Name() string                      { return p.name }
func (p *part) Check(context.Context) health.Node { return *p.node.Load() }

// pagedPart has a page and commands of its own, too.
type pagedPart struct {
	*part
	page g.Node
	err  error
}

func (p *pagedPart) Page(context.Context) (g.Node, error) { return p.page, p.err }
func (p *pagedPart) Commands() []*cobra.Command {
	return []*cobra.Command{{Use: "backup FILE", Short: "copy the database"}}
}

// environment returns the variables of an application named shop.
func environment(settings ...string) []string {
	environ := []string{"SHOP_ADDR=127.0.0.1:0", "SHOP_DASHBOARD_REFRESH=250ms", "SHOP_SHUTDOWN_TIMEOUT=5s"}
	for _, s := range settings {
		environ = append(environ, "SHOP_"+s)
	}
	return environ
}

// newApp returns an application of a backend, a dashboard and others.
func newApp(t *testing.T, settings []string, others ...app.Component) (*app.App, *backend.Component, *Component) {
	t.Helper()
	var b *backend.Component
	var c *Component
	a, err := app.New(app.Options{Name: "shop", Environ: environment(settings...), LogTo: io.Discard},
		func(a *app.App) (_ []app.Component, err error) {
			if b, err = backend.New(a); err != nil {
				return nil, err
			}
			if c, err = New(a, b); err != nil {
				return nil, err
			}
			return append([]app.Component{b, c}, others...), nil
		})
	if err != nil {
		t.Fatal(err)
	}
	return a, b, c
}

// site is a running application, and a browser that keeps cookies but does not
// follow redirects.
type site struct {
	t    *testing.T
	urls map[string]string // by name of the address
	http *http.Client
	stop func() // begins the shutdown and waits for its end
}

func start(t *testing.T, settings []string, others ...app.Component) *site {
	t.Helper()
	a, b, _ := newApp(t, settings, others...)
	stop := apptest.Run(t, a)
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	s := &site{t: t, urls: map[string]string{}, stop: func() { _ = stop() }, http: &http.Client{
		Jar:           jar,
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	for _, address := range b.Addresses() {
		s.urls[address.Name] = address.URL
	}
	return s
}

// get returns the answer to a browser that asks for a page.
func (s *site) get(path string) (*http.Response, string) {
	s.t.Helper()
	return s.getFrom("api", path)
}

func (s *site) getFrom(address, path string) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodGet, s.urls[address]+path, http.NoBody)
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Accept", "text/html,application/xhtml+xml")
	return s.do(r)
}

func (s *site) post(path string, form url.Values) (*http.Response, string) {
	s.t.Helper()
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.urls["api"]+path, strings.NewReader(form.Encode()))
	if err != nil {
		s.t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	return s.do(r)
}

func (s *site) do(r *http.Request) (*http.Response, string) {
	s.t.Helper()
	answer, err := s.http.Do(r)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = answer.Body.Close() }()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return answer, string(body)
}

// drawn returns a page of the dashboard when the health tree is root, without
// a server.
func drawn(t *testing.T, path string, root health.Node, others ...app.Component) string {
	t.Helper()
	_, _, c := newApp(t, nil, others...)
	c.board.record(root)
	mux := http.NewServeMux()
	c.Routes(app.NewRoutes(nil, mux, func(_ app.Access, next http.Handler) http.Handler { return next }))
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, http.NoBody))
	if answer.Code != http.StatusOK {
		t.Fatalf("GET %s: status %d", path, answer.Code)
	}
	return answer.Body.String()
}

// wantAll fails for each text that is not on the page.
func wantAll(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if !strings.Contains(page, text) {
			t.Errorf("the page lacks %q", text)
		}
	}
}

// wantNone fails for each text that is on the page.
func wantNone(t *testing.T, page string, texts ...string) {
	t.Helper()
	for _, text := range texts {
		if strings.Contains(page, text) {
			t.Errorf("the page has %q", text)
		}
	}
}
