package backend_test

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// router adds routes to the server under test.
type router func(*app.Routes)

func (router) Name() string            { return "test" }
func (r router) Routes(to *app.Routes) { r(to) }

// server is a running application with nothing but the server and some routes.
type server struct {
	app  *app.App
	url  string
	log  *apptest.Log
	stop func() error // waits for the end
}

// serve starts the application on a free port, with changes made to it first.
func serve(tb testing.TB, environ []string, routes func(*app.Routes), changes ...func(*app.App)) *server {
	tb.Helper()
	log := &apptest.Log{}
	var component *backend.Component
	a, err := app.New(app.Options{
		Name:    "shop",
		Environ: append([]string{"SHOP_ADDR=127.0.0.1:0"}, environ...),
		LogTo:   log,
	}, func(a *app.App) ([]app.Component, error) {
		c, err := backend.New(a)
		component = c
		for _, change := range changes {
			change(a)
		}
		return []app.Component{c, router(routes)}, err
	})
	if err != nil {
		tb.Fatal(err)
	}
	stop := apptest.Run(tb, a)
	return &server{app: a, url: component.Addresses()[0].URL, log: log, stop: stop}
}

// answer is a response with its body.
type answer struct {
	status int
	header http.Header
	body   string
}

// do sends a request with the headers given as "Name: value".
func (s *server) do(tb testing.TB, method, path string, body io.Reader, headers ...string) answer {
	tb.Helper()
	request, err := http.NewRequestWithContext(tb.Context(), method, s.url+path, body)
	if err != nil {
		tb.Fatal(err)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		request.Header.Set(name, value)
	}
	client := &http.Client{
		Timeout:       time.Minute,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		tb.Fatal(err)
	}
	defer client.CloseIdleConnections()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		tb.Fatal(err)
	}
	if err := response.Body.Close(); err != nil {
		tb.Fatal(err)
	}
	return answer{status: response.StatusCode, header: response.Header, body: string(text)}
}

func (s *server) get(tb testing.TB, path string, headers ...string) answer {
	tb.Helper()
	return s.do(tb, http.MethodGet, path, http.NoBody, headers...)
}
