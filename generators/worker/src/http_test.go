package worker

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/aegis-stack/aegis/blueprints/service/app"
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

// known adds a task of that id and state.
func (m *memory) known(id string, state State) {
	now := time.Now()
	t := &Task{ID: id, Name: "greet", Queue: "default", State: state, Payload: raw(`{"to":"you"}`), Enqueued: now, Due: now}
	switch state {
	case Dead:
		t.Ended, t.Error, t.Attempts = &now, "<oops>", 4
	case Active:
		t.Started, t.Progress = &now, &Progress{Percent: 40, Message: "warm"}
	case Scheduled, Pending, Retrying, Completed, Canceled:
	}
	m.tasks[id] = t
}

func TestAPI(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{tasks: []Definition{greet(hello)}})
	m.known("died", Dead)
	m.known("waits", Pending)
	m.known("runs", Active)
	s, _ := serve(t, c)
	for _, test := range []struct {
		method, path, body string
		status             int
		want               string
	}{
		{"POST", "/tasks", `{"task": "greet", "payload": {"to": "me"}}`, 202, `"state":"pending","payload":{"to":"me"}`},
		{"POST", "/tasks", `{"task": "greet", "payload": {"to": "me"}, "at": "2100-01-01T00:00:00Z"}`, 202, `"state":"scheduled"`},
		{"POST", "/tasks", `{"task": "greet"}`, 422, "nobody is to be greeted"},
		{"POST", "/tasks", `{"task": "wave"}`, 422, "there is no such kind of task"},
		{"POST", "/tasks", `{"task": "greet", "payload": {"to": "me"}, "queue": "mail"}`, 422, "there is no such queue"},
		{"POST", "/tasks", `{}`, 422, "task"},
		{"GET", "/tasks", "", 200, `"id":"died"`},
		{"GET", "/tasks?state=active", "", 200, `"progress":{"percent":40,"message":"warm"}`},
		{"GET", "/tasks?state=odd", "", 422, "state"},
		{"GET", "/tasks?limit=0", "", 422, "limit"},
		{"GET", "/tasks?task=other", "", 200, "[]"},
		{"GET", "/tasks/died", "", 200, `"error":"<oops>"`},
		{"GET", "/tasks/nobody", "", 404, "there is no such task"},
		{"POST", "/tasks/died/retry", "", 200, `"state":"pending"`},
		{"POST", "/tasks/died/retry", "", 409, "does not allow that"},
		{"POST", "/tasks/nobody/retry", "", 404, "there is no such task"},
		{"POST", "/tasks/waits/cancel", "", 200, `"state":"canceled"`},
		{"POST", "/tasks/nobody/cancel", "", 404, "there is no such task"},
		{"DELETE", "/tasks/waits", "", 204, ""},
		{"DELETE", "/tasks/waits", "", 404, "there is no such task"},
		{"DELETE", "/tasks/runs", "", 409, "does not allow that"},
		{"GET", "/queues", "", 200, `{"name":"default","concurrency":10,"priority":1,`},
	} {
		status, body := send(t, test.method, s.URL+"/api/v1"+test.path, test.body)
		if status != test.status || !strings.Contains(body, test.want) {
			t.Errorf("%s %s %s answers %d %s, want %d with %s", test.method, test.path, test.body, status, body, test.status, test.want)
		}
	}
}

func TestEverythingIsForAdministrators(t *testing.T) {
	_, routes := serve(t, instance(t, newMemory(), declared{}))
	endpoints := routes.Endpoints()
	if len(endpoints) != 10 {
		t.Errorf("there are %d endpoints", len(endpoints))
	}
	for _, e := range endpoints {
		if e.Access != app.Admin {
			t.Errorf("%s %s is open", e.Method, e.Path)
		}
	}
}

func TestPageAndButtons(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{tasks: []Definition{greet(hello)}})
	m.processes = []Process{{ID: "a:7", Host: "a", PID: 7, Started: time.Now()}}
	m.known("died", Dead)
	m.known("gone", Dead)
	m.known("waits", Pending)
	m.known("runs", Active)
	s, _ := serve(t, c)
	node, err := c.Page(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var page strings.Builder
	if err := node.Render(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`action="/components/worker/tasks/died/retry"`, `action="/components/worker/tasks/died/delete"`, "&lt;oops&gt;",
		`action="/components/worker/tasks/waits/cancel"`, "active 40 % warm", "Says &lt;hello&gt;.", "<td>7</td>",
	} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page does not show %s:\n%s", want, page.String())
		}
	}
	for _, test := range []struct {
		path   string
		status int
	}{
		{"died/retry", 303}, {"gone/delete", 303}, {"waits/cancel", 303}, {"waits/cancel", 409}, {"nobody/delete", 404},
	} {
		if status, body := send(t, "POST", s.URL+pagePath+"/tasks/"+test.path, ""); status != test.status {
			t.Errorf("%s answers %d %s", test.path, status, body)
		}
	}
}

func TestCommands(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{tasks: []Definition{greet(hello)}})
	m.known("died", Dead)
	m.known("waits", Pending)
	m.processes = []Process{{ID: "a:7", Host: "a", PID: 7}}
	run := func(args ...string) string {
		for _, cmd := range c.Commands() {
			if cmd.Name() != args[0] {
				continue
			}
			var out strings.Builder
			cmd.SetOut(&out)
			cmd.SetErr(&out)
			cmd.SetArgs(args[1:])
			if err := cmd.ExecuteContext(t.Context()); err != nil {
				return out.String() + err.Error()
			}
			return out.String()
		}
		return "no such command"
	}
	for _, test := range []struct{ args, want string }{
		{"tasks list", "waits  greet  default  pending"},
		{"tasks list --state dead", "<oops>"},
		{"tasks list --state odd", `there is no state "odd"; there are scheduled, pending`},
		{"tasks enqueue --help", "  test tasks enqueue send_email"},
		{"tasks dead --json", `"id": "died"`},
		{"tasks show died", `"to": "you"`},
		{"tasks show nobody", `task "nobody": there is no such task`},
		{"tasks stats", "1 worker at work"},
		{"tasks stats --json", `"concurrency": 10`},
		{"tasks retry died nobody", `task "nobody": there is no such task`},
		{"tasks show died", `"state": "pending"`},
		{"tasks cancel waits", ""},
		{"tasks show waits", `"state": "canceled"`},
		{"tasks delete waits", ""},
		{"tasks enqueue wave", "there is no such kind of task"},
		{"tasks enqueue greet", "nobody is to be greeted"},
		{"tasks enqueue greet {", `"{" is not JSON`},
		{"tasks enqueue greet {} --at soon", "want a time"},
		{"load-test --elsewhere -n 1 --timeout 1ms", "0 of 1 tasks were done in time"},
	} {
		if out := run(strings.Fields(test.args)...); !strings.Contains(out, test.want) || (test.want == "" && out != "") {
			t.Errorf("%s prints %q, want %q", test.args, out, test.want)
		}
	}
	id := strings.TrimSpace(run("tasks", "enqueue", "greet", `{"to": "me"}`, "--in", "1h"))
	if got := m.tasks[id]; got == nil || got.State != Scheduled || string(got.Payload) != `{"to":"me"}` {
		t.Errorf("tasks enqueue made %q: %+v", id, got)
	}
	m.processes = nil
	if out := run("load-test", "--elsewhere"); !strings.Contains(out, "no worker runs") {
		t.Errorf("load-test --elsewhere without workers prints %q", out)
	}
	if m.opened != 0 {
		t.Errorf("%d stores are left open", m.opened)
	}
}

func TestLoadTest(t *testing.T) {
	m := newMemory()
	c := instance(t, m, declared{})
	cmd := c.loadTestCommand()
	var out, progress strings.Builder
	cmd.SetOut(&out)
	cmd.SetErr(&progress)
	cmd.SetArgs([]string{"-n", "300"})
	if err := cmd.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"300 tasks in ", "done ", "/s\n", "p50 ", "p95 ", "p99 "} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("it prints %q", out.String())
		}
	}
	if progress.String() != "" {
		t.Errorf("there is a progress bar though nobody sees it: %q", progress.String())
	}
	var all []Task
	for _, task := range m.tasks {
		all = append(all, *task)
	}
	if text, err := json.Marshal(all[0]); err != nil || len(all) != 300 || !strings.Contains(string(text), `"queue":"load-test"`) {
		t.Errorf("%d tasks, such as %s (%v)", len(all), text, err)
	}
}
