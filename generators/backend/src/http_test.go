package backend_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// api has an operation of each kind that matters here.
func api(r *app.Routes) {
	hello(r)
	type echo struct {
		Body struct {
			Text string `json:"text"`
		}
	}
	huma.Register(r.API, huma.Operation{OperationID: "echo", Method: http.MethodPost, Path: "/echo", Security: nil},
		func(_ context.Context, in *echo) (*echo, error) { return in, nil })
	huma.Register(r.API, huma.Operation{OperationID: "broken", Method: http.MethodGet, Path: "/broken"},
		func(context.Context, *struct{}) (*echo, error) { return nil, errors.New("table users is missing") })
	huma.Register(r.API, huma.Operation{OperationID: "down", Method: http.MethodGet, Path: "/down"},
		func(ctx context.Context, _ *struct{}) (*echo, error) {
			app.NoteUnavailable(ctx)
			return nil, errors.New("no answer from 10.0.0.7")
		})
	huma.Register(r.API, huma.Operation{OperationID: "secret", Method: http.MethodGet, Path: "/secret", Security: app.AdminOnly},
		func(context.Context, *struct{}) (*echo, error) { return &echo{}, nil })
	r.Handle("GET /panic", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("lost my head") }))
	r.Handle("GET /panic/elsewhere", http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		panic(fmt.Errorf("ask the head office: %w", &net.OpError{Op: "dial", Net: "tcp", Err: errors.New("no route")}))
	}))
	r.Handle("GET /half", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strings.Repeat("x", 1<<16))
		panic("lost my head")
	}))
	r.HandleAdmin("GET /page", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, "page")
	}))
	r.Handle("POST /upload", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			w.WriteHeader(http.StatusRequestEntityTooLarge)
		}
	}))
}

func TestClientsLearnThatTheyMayTryAgain(t *testing.T) {
	s := serve(t, nil, api)
	for path, want := range map[string]struct {
		status int
		after  string
	}{"/down": {http.StatusServiceUnavailable, "5"}, "/broken": {http.StatusInternalServerError, ""}} {
		got := s.get(t, path)
		var problem huma.ErrorModel
		if err := json.Unmarshal([]byte(got.body), &problem); err != nil || problem.Status != want.status || strings.Contains(got.body, "10.0.0.7") {
			t.Errorf("%s answers %s (%v)", path, got.body, err)
		}
		if after := got.header.Get("Retry-After"); got.status != want.status || after != want.after {
			t.Errorf("%s answers %d, Retry-After %q; want %d, %q", path, got.status, after, want.status, want.after)
		}
	}
}

func TestEveryErrorIsAProblemDocument(t *testing.T) {
	s := serve(t, []string{"SHOP_BODY_LIMIT=2000", "SHOP_ADMIN_TOKEN=correct horse battery"}, api)
	large := `{"text":"` + strings.Repeat("x", 3000) + `"}`
	for _, test := range []struct {
		name, method, path string
		body               io.Reader
		status             int
		detail             string
	}{
		{"unknown path", http.MethodGet, "/nowhere", http.NoBody, 404, "there is nothing at this path"},
		{"unknown path that is not clean", http.MethodGet, "/x/..//nowhere", http.NoBody, 404, "there is nothing at this path"},
		{"unknown path below the API", http.MethodGet, "/api/v1/nowhere", http.NoBody, 404, "there is nothing at this path"},
		{"wrong method", http.MethodDelete, "/hello", http.NoBody, 405, "DELETE is not possible here"},
		{"wrong JSON", http.MethodPost, "/echo", strings.NewReader("{"), 400, "validation failed"},
		{"NUL in the path", http.MethodGet, "/hello/%00", http.NoBody, 400, "the character NUL is not possible in a text"},
		{"NUL in the query", http.MethodGet, "/hello?name=%00", http.NoBody, 400, "the character NUL is not possible in a text"},
		{"NUL in a body", http.MethodPost, "/echo", strings.NewReader(`{"text":"\\\u0000"}`), 400, "validation failed"},
		{"invalid field", http.MethodPost, "/echo", strings.NewReader(`{"text":1}`), 422, "validation failed"},
		{"large body", http.MethodPost, "/echo", strings.NewReader(large), 413, "the body is larger than 2000 bytes"},
		{"large body of unknown length", http.MethodPost, "/echo", io.MultiReader(strings.NewReader(large)), 413, "request body is too large limit=2000 bytes"},
		{"panic", http.MethodGet, "/panic", http.NoBody, 500, "something went wrong; the log has more under the request id"},
		{"panic about another server", http.MethodGet, "/panic/elsewhere", http.NoBody, 500, "something went wrong; the log has more under the request id"},
		{"unforeseen error", http.MethodGet, "/broken", http.NoBody, 500, "unexpected error occurred"},
		{"administrators only", http.MethodGet, "/secret", http.NoBody, 401, "sign in first, or send the value of SHOP_ADMIN_TOKEN as bearer token"},
		{"page for administrators", http.MethodGet, "/page", http.NoBody, 401, "sign in first, or send the value of SHOP_ADMIN_TOKEN as bearer token"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := s.do(t, test.method, test.path, test.body, "Content-Type: application/json")
			if got.status != test.status {
				t.Errorf("status %d, want %d", got.status, test.status)
			}
			if at := got.header.Get("Location"); at != "" {
				t.Errorf("Location %q", at)
			}
			if media := got.header.Get("Content-Type"); media != "application/problem+json" {
				t.Errorf("Content-Type %q", media)
			}
			var problem huma.ErrorModel
			if err := json.Unmarshal([]byte(got.body), &problem); err != nil {
				t.Fatalf("%q: %v", got.body, err)
			}
			if problem.Status != test.status || problem.Title != http.StatusText(test.status) || problem.Detail != test.detail {
				t.Errorf("problem %d %q %q, want %d %q", problem.Status, problem.Title, problem.Detail, test.status, test.detail)
			}
			if strings.Contains(got.body, "users") || strings.Contains(got.body, "head") {
				t.Errorf("the body tells about the inside: %s", got.body)
			}
		})
	}
	for _, text := range []string{"table users is missing", "lost my head"} {
		if !strings.Contains(s.log.String(), text) {
			t.Errorf("%q is not in the log", text)
		}
	}
}

// TestBackslashesAreNotNUL sends what only looks like an escaped NUL.
func TestBackslashesAreNotNUL(t *testing.T) {
	s := serve(t, nil, api)
	const body = `{"text":"\\u0000"}`
	if got := s.do(t, http.MethodPost, "/echo", strings.NewReader(body), "Content-Type: application/json"); strings.TrimSpace(got.body) != body {
		t.Errorf("%s comes back as %d %s", body, got.status, got.body)
	}
}

func TestWrongMethodNamesTheRightOnes(t *testing.T) {
	s := serve(t, nil, api)
	if got := s.do(t, http.MethodPut, "/echo", http.NoBody).header.Get("Allow"); got != "POST" {
		t.Errorf("Allow = %q, want POST", got)
	}
}

func TestPanicInTheMiddleCutsTheAnswer(t *testing.T) {
	s := serve(t, nil, api)
	response, err := http.Get(s.url + "/half")
	if err == nil {
		_, err = io.ReadAll(response.Body)
		_ = response.Body.Close()
	}
	if err == nil {
		t.Error("half an answer looks like a whole one")
	}
}

func TestRequestID(t *testing.T) {
	s := serve(t, nil, api)
	for sent, accepted := range map[string]bool{
		"":                      false,
		"abc-1.2_X":             true,
		"with space":            false,
		`"quote`:                false,
		strings.Repeat("x", 64): true,
		strings.Repeat("x", 65): false,
	} {
		got := s.get(t, "/hello", "X-Request-Id: "+sent).header.Get("X-Request-Id")
		if accepted != (got == sent) {
			t.Errorf("sent %q, got back %q", sent, got)
		}
		if !regexp.MustCompile(`^[\w.-]{8,}$`).MatchString(got) {
			t.Errorf("id %q", got)
		}
		if !strings.Contains(s.log.String(), `"request_id":"`+got+`"`) {
			t.Errorf("id %q is not in the log", got)
		}
	}
}

func TestAccessLogHasTheRoute(t *testing.T) {
	s := serve(t, nil, func(r *app.Routes) {
		r.Handle("GET /items/{id}", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.WriteString(w, r.PathValue("id"))
		}))
	})
	if got := s.get(t, "/items/17").body; got != "17" {
		t.Fatalf("body %q", got)
	}
	log := s.log.String()
	for _, want := range []string{`"path":"/items/17"`, `"route":"GET /items/{id}"`, `"status":200`, `"bytes":2`} {
		if !strings.Contains(log, want) {
			t.Errorf("%s is not in the log %s", want, log)
		}
	}
}

func TestHeadersKeepBrowsersCareful(t *testing.T) {
	s := serve(t, nil, api)
	for _, path := range []string{"/hello", "/nowhere", "/livez", "/panic"} {
		h := s.get(t, path).header
		for name, want := range map[string]string{
			"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
			"X-Content-Type-Options":  "nosniff", "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "",
		} {
			if got := h.Get(name); got != want {
				t.Errorf("%s: %s = %q, want %q", path, name, got, want)
			}
		}
	}
	if got := s.get(t, "/hello", "X-Forwarded-Proto: https").header.Get("Strict-Transport-Security"); got == "" {
		t.Error("no Strict-Transport-Security behind TLS")
	}
}

func TestDocumentsHaveMoreHeadersThanData(t *testing.T) {
	document := map[string]string{"Referrer-Policy": "same-origin", "X-Frame-Options": "DENY", "Cross-Origin-Opener-Policy": "same-origin"}
	s := serve(t, nil, func(r *app.Routes) {
		api(r)
		page := func(headers ...string) http.HandlerFunc {
			return func(w http.ResponseWriter, _ *http.Request) {
				for i := 0; i < len(headers); i += 2 {
					w.Header().Set(headers[i], headers[i+1])
				}
				_, _ = w.Write([]byte("<!DOCTYPE html><title>Page</title>"))
			}
		}
		r.Handle("GET /document", page("Content-Type", "text/html; charset=utf-8"))
		r.Handle("GET /untold", page())
		r.Handle("GET /own", page("Referrer-Policy", "no-referrer", "Date", "Thu, 01 Jan 1970 00:00:00 GMT"))
	})
	for path, want := range map[string]bool{"/document": true, "/untold": true, "/docs": true, "/hello": false, "/nowhere": false, "/livez": false} {
		h := s.get(t, path).header
		for name, value := range document {
			if !want {
				value = ""
			}
			if got := h.Get(name); got != value {
				t.Errorf("%s: %s = %q, want %q", path, name, got, value)
			}
		}
		policy := h.Get("Content-Security-Policy")
		if !strings.Contains(policy, "default-src 'none'") || strings.Contains(policy, "script-src 'self';") != want || path != "/docs" && strings.Contains(policy, "unsafe") {
			t.Errorf("%s: policy %q", path, policy)
		}
		if sent, err := http.ParseTime(h.Get("Date")); err != nil || time.Since(sent).Abs() > time.Minute {
			t.Errorf("%s: sent at %v: %v", path, sent, err)
		}
	}
	h := s.get(t, "/own").header
	if h.Get("Referrer-Policy") != "no-referrer" || h.Get("X-Frame-Options") != "DENY" || !strings.Contains(h.Get("Date"), "1970") {
		t.Errorf("what a handler says itself became %v", h)
	}
}

func TestOtherSites(t *testing.T) {
	closed := serve(t, nil, api)
	if h := closed.get(t, "/hello", "Origin: https://www.example.com").header; h.Get("Access-Control-Allow-Origin") != "" {
		t.Error("another site may read the answer by default")
	}
	post := func(s *server, headers ...string) int {
		return s.do(t, http.MethodPost, "/echo", strings.NewReader(`{"text":"x"}`), append(headers, "Content-Type: application/json")...).status
	}
	if got := post(closed, "Origin: https://www.example.com", "Sec-Fetch-Site: cross-site"); got != http.StatusForbidden {
		t.Errorf("another site's POST is answered with %d, want 403", got)
	}
	if got := post(closed); got != http.StatusOK {
		t.Errorf("a POST by no browser is answered with %d", got)
	}

	open := serve(t, []string{"SHOP_CORS_ORIGINS=https://www.example.com, http://localhost:3000"}, api)
	preflight := open.do(t, http.MethodOptions, "/echo", http.NoBody,
		"Origin: http://localhost:3000", "Access-Control-Request-Method: POST")
	if preflight.status != http.StatusNoContent || preflight.header.Get("Access-Control-Allow-Origin") != "http://localhost:3000" {
		t.Errorf("preflight: %d %v", preflight.status, preflight.header)
	}
	// What changes a version of something, and reads which one that is.
	if allowed, exposed := preflight.header.Get("Access-Control-Allow-Headers"), preflight.header.Get("Access-Control-Expose-Headers"); !strings.Contains(allowed, "If-Match") || !strings.Contains(exposed, "ETag") || !strings.Contains(exposed, "Location") {
		t.Errorf("preflight: it may send %s, and read %s", allowed, exposed)
	}
	if got := post(open, "Origin: https://www.example.com", "Sec-Fetch-Site: cross-site"); got != http.StatusOK {
		t.Errorf("an allowed site's POST is answered with %d", got)
	}
	if got := post(open, "Origin: https://evil.example", "Sec-Fetch-Site: cross-site"); got != http.StatusForbidden {
		t.Errorf("a third site's POST is answered with %d", got)
	}
}

func TestOperationsAskTheGuardOfTheMoment(t *testing.T) {
	s := serve(t, []string{"SHOP_ADMIN_TOKEN=correct horse battery"}, api)
	if got := s.get(t, "/secret", "Authorization: Bearer correct horse battery").status; got != http.StatusOK {
		t.Errorf("with the token: %d", got)
	}
	if got := s.get(t, "/page", "Accept: text/html"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/login?next=%2Fpage" {
		t.Errorf("a browser gets %d to %q, want the sign-in page", got.status, got.header.Get("Location"))
	}
	closed := serve(t, []string{"SHOP_ENV=production", "SHOP_SHUTDOWN_TIMEOUT=5s"}, api)
	if got := closed.get(t, "/secret"); got.status != http.StatusForbidden || !strings.Contains(got.body, "SHOP_ADMIN_TOKEN") {
		t.Errorf("production without a token: %d %s", got.status, got.body)
	}
}

// nobody lets nobody in.
type nobody struct{}

func (nobody) Admit(*http.Request, app.Access) (context.Context, error) { return nil, app.ErrClosed }

func TestGuardCanBeReplaced(t *testing.T) {
	s := serve(t, nil, api, func(a *app.App) { a.SetGuard(nobody{}) })
	for _, path := range []string{"/secret", "/page"} {
		if got := s.get(t, path).status; got != http.StatusForbidden {
			t.Errorf("%s answers %d, want 403", path, got)
		}
	}
}

func TestNotFoundPageIsForBrowsers(t *testing.T) {
	s := serve(t, nil, func(r *app.Routes) {
		r.HandleNotFound(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusNotFound)
			_, _ = io.WriteString(w, "<h1>lost</h1>")
		}))
	})
	if got := s.get(t, "/nowhere", "Accept: text/html"); got.status != 404 || got.body != "<h1>lost</h1>" {
		t.Errorf("a browser gets %d %q", got.status, got.body)
	}
	if got := s.get(t, "/nowhere"); !strings.Contains(got.body, `"status":404`) {
		t.Errorf("a program gets %q", got.body)
	}
}
