package scheduler

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
)

// serve serves the operations and buttons of c, to everybody.
func serve(t *testing.T, c *Component) (*httptest.Server, *app.Routes) {
	t.Helper()
	mux := http.NewServeMux()
	routes := app.NewRoutes(humago.New(mux, huma.DefaultConfig("test", "1")), mux, func(_ app.Access, h http.Handler) http.Handler { return h })
	c.Routes(routes)
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	return s, routes
}

func twoJobs() []schedule.Job {
	return []schedule.Job{
		{Name: "a", Doc: "Counts <things>", Schedule: "@every 1h", Run: nothing},
		{Name: "b", Schedule: "0 2 * * *", Timezone: "Europe/Berlin", Run: nothing},
	}
}

func TestAPI(t *testing.T) {
	c := instance(t, nil, twoJobs())
	s, _ := serve(t, c)
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"GET", "/jobs", "", 200, `"name":"b"`},
		{"POST", "/jobs/a/pause", "", 200, `"paused":true`},
		{"GET", "/jobs/a", "", 200, `"paused":true`},
		{"POST", "/jobs/a/trigger", "", 200, `"asked":true`},
		{"POST", "/jobs/a/resume", "", 200, `"paused":false`},
		{"PUT", "/jobs/b/schedule", `{"schedule": "@every 5m"}`, 200, `"schedule":"@every 5m","timezone":"UTC","edited":true`},
		{"PUT", "/jobs/b/schedule", `{"schedule": ""}`, 200, `"schedule":"0 2 * * *","timezone":"Europe/Berlin","edited":false`},
		{"PUT", "/jobs/b/schedule", `{"schedule": "0 0 30 2 *"}`, 422, "there is no such day"},
		{"PUT", "/jobs/b/schedule", `{}`, 422, "schedule"},
		{"GET", "/jobs/a/runs", "", 200, "[]"},
		{"GET", "/runs?limit=5", "", 200, "[]"},
		{"GET", "/runs?limit=0", "", 422, "limit"},
		{"GET", "/jobs/c", "", 404, `job \"c\": there is no such job`},
		{"GET", "/jobs/c/runs", "", 404, "no such job"},
		{"POST", "/jobs/c/pause", "", 404, "no such job"},
		{"POST", "/jobs/c/trigger", "", 404, "no such job"},
		{"PUT", "/jobs/c/schedule", `{"schedule": "@every 5m"}`, 404, "no such job"},
	} {
		status, body := send(t, test.method, s.URL+"/api/v1/scheduler"+test.path, test.body)
		if status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %s answers %d %s, want %d with %s", test.method, test.path, status, body, test.status, test.want)
		}
	}
}

func send(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		request.Header.Set("Content-Type", "application/json")
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	_ = response.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(text)
}

func TestEverythingIsForAdministrators(t *testing.T) {
	_, routes := serve(t, instance(t, nil, nil))
	endpoints := routes.Endpoints()
	if len(endpoints) != 11 {
		t.Errorf("there are %d endpoints", len(endpoints))
	}
	for _, e := range endpoints {
		if e.Access != app.Admin {
			t.Errorf("%s %s is open", e.Method, e.Path)
		}
	}
}

func TestButtons(t *testing.T) {
	c := instance(t, nil, twoJobs())
	s, _ := serve(t, c)
	for _, test := range []struct {
		path   string
		status int
	}{
		{"/components/scheduler/jobs/a/pause", 303}, {"/components/scheduler/jobs/b/trigger", 303}, {"/components/scheduler/jobs/c/pause", 404},
	} {
		if status, body := send(t, "POST", s.URL+test.path, ""); status != test.status {
			t.Errorf("%s answers %d %s", test.path, status, body)
		}
	}
	page := draw(t, c)
	for _, want := range []string{
		`action="/components/scheduler/jobs/a/resume"`, `action="/components/scheduler/jobs/b/pause"`, "paused", "as soon as possible",
		"Counts &lt;things&gt;", "0 2 * * * (Europe/Berlin)", "Nothing has run yet.",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %s:\n%s", want, page)
		}
	}
}

func draw(t *testing.T, c *Component) string {
	t.Helper()
	node, err := c.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	if err := node.Render(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestPageShowsRuns(t *testing.T) {
	c := instance(t, nil, twoJobs())
	if err := c.register(t.Context()); err != nil {
		t.Fatal(err)
	}
	for i, end := range []End{{Status: Succeeded}, {Status: Failed, Error: "<oh>"}, {Status: TimedOut}, {Status: Cancelled}, {Status: Lost}, {}} {
		state, err := c.store.Read(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		id := string(end.Status) + "!"
		run := &Run{ID: id, Job: "a", Kind: Scheduled, Scheduled: state.Now.Add(time.Duration(i)), Attempt: 1, Owner: "me"}
		if ok, _, err := c.store.Apply(t.Context(), Change{Job: state.Jobs[0], Begin: run, Lease: time.Minute}); err != nil || !ok {
			t.Fatal(ok, err)
		}
		if end.Status != "" {
			if err := c.store.Finish(t.Context(), id, "me", end); err != nil {
				t.Fatal(err)
			}
		}
	}
	page := draw(t, c)
	for _, want := range []string{"succeeded", "failed", "timed out", "cancelled", "lost", "running", "&lt;oh&gt;", "<time datetime="} {
		if !strings.Contains(page, want) {
			t.Errorf("the page does not show %s", want)
		}
	}
}

// served is a component that says where the application answers.
type served string

func (served) Name() string               { return "served" }
func (s served) Addresses() []app.Address { return []app.Address{{Name: "api", URL: string(s)}} }

func TestCommandsAskTheRunningApplication(t *testing.T) {
	s, _ := serve(t, instance(t, nil, twoJobs()))
	command := func(url, args string) (string, error) {
		var c *Component
		_, err := app.New(app.Options{Name: "test", LogTo: io.Discard}, func(a *app.App) (_ []app.Component, err error) {
			c, err = New(a)
			return []app.Component{served(url), c}, err
		})
		if err != nil {
			t.Fatal(err)
		}
		cmd := c.Commands()[0]
		var out strings.Builder
		cmd.SetOut(&out)
		cmd.SetErr(io.Discard)
		cmd.SetArgs(strings.Fields(args))
		err = cmd.ExecuteContext(context.WithoutCancel(t.Context()))
		return out.String(), err
	}
	for _, test := range []struct{ args, want string }{
		{"pause a", ""},
		{"list", "paused"},
		{"resume a", ""},
		{"trigger b", ""},
		{"schedule a @daily", "five fields"},
		{"runs", "instance"},
		{"runs a --limit 3", "instance"},
		{"runs c", "no such job"},
		{"pause", "accepts 1 arg"},
	} {
		out, err := command(s.URL, test.args)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, test.want) || (err != nil && test.want == "") {
			t.Errorf("%s prints %q, want %q", test.args, out, test.want)
		}
	}
	out, err := command("http://127.0.0.1:1", "list --json --url "+s.URL)
	var jobs []JobView
	if err != nil || json.Unmarshal([]byte(out), &jobs) != nil || len(jobs) != 2 || !jobs[1].Asked {
		t.Errorf("as JSON: %s (%v)", out, err)
	}
	_, err = command("http://127.0.0.1:1", "list")
	if exit, ok := errors.AsType[*remote.ExitError](err); !ok || exit.Code != remote.Unreachable || !strings.Contains(err.Error(), "no answer from http://127.0.0.1:1") {
		t.Errorf("without an application: %v", err)
	}
}
