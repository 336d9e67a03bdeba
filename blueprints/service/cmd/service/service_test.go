package main

import (
	"cmp"
	"context"
	"errors"
	"io"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/joho/godotenv"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// asProgram makes the test binary behave like the program.
const asProgram = "RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

var prefix = strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"

// program returns a command that runs the program with these variables, on
// ports of its own and without anything from outside.
func program(t *testing.T, environ []string, args ...string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], args...)
	cmd.Dir = t.TempDir()
	cmd.Env = []string{asProgram + "=1"}
	environ = append([]string{"ADDR=127.0.0.1:0", "LOG_FORMAT=json", "LOG_LEVEL=info", "RATE_LIMIT=0"}, environ...)
	if defaults["DASHBOARD_ADDR"] != "" {
		environ = append(environ, "DASHBOARD_ADDR=127.0.0.1:0")
	}
	for _, e := range environ {
		cmd.Env = append(cmd.Env, prefix+e)
	}
	return cmd
}

// instance is a running program.
type instance struct {
	cmd *exec.Cmd
	api string // URL
	// dashboard is the URL of the pages, the same as api unless configured.
	dashboard string
	// servers are variables that name the servers which the program runs itself.
	servers []string
	ended   chan struct{}
	err     error // once ended
}

var (
	listening = regexp.MustCompile(`"msg":"listening".*"name":"(\w+)","url":"([^"]+)"`)
	embedded  = regexp.MustCompile(`"msg":"embedded".*"variable":"(\w+)","value":"([^"]+)"`)
)

// serve starts the program and waits until it is ready.
func serve(t *testing.T, environ ...string) *instance {
	t.Helper()
	return start(t, program(t, environ, "serve"))
}

func start(t *testing.T, cmd *exec.Cmd) *instance {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stderr = log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = log.Close() // the child has its own
	p := &instance{cmd: cmd, ended: make(chan struct{})}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-p.ended
	})
	for began := time.Now(); time.Since(began) < 30*time.Second; time.Sleep(10 * time.Millisecond) {
		select {
		case <-p.ended:
			text, _ := os.ReadFile(log.Name())
			t.Fatalf("the program ended early: %v\n%s", p.err, text)
		default:
		}
		if p.readLog(t, log.Name()); p.api == "" {
			continue
		}
		if status, _ := p.get(t, p.api+"/readyz"); status == http.StatusOK {
			p.readLog(t, log.Name())
			return p
		}
	}
	text, _ := os.ReadFile(log.Name())
	t.Fatalf("not ready after 30s:\n%s", text)
	return nil
}

// readLog finds the addresses in the log.
func (p *instance) readLog(t *testing.T, name string) {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range listening.FindAllStringSubmatch(string(text), -1) {
		p.dashboard = m[2]
		if m[1] == "api" {
			p.api = m[2]
		}
	}
	p.servers = nil
	for _, m := range embedded.FindAllStringSubmatch(string(text), -1) {
		p.servers = append(p.servers, strings.TrimPrefix(m[1], prefix)+"="+m[2])
	}
}

// secret is the administrator's token.
const secret = "correct-horse-battery"

// asAdmin is the header that shows it.
const asAdmin = "Authorization: Bearer " + secret

// production returns what the program needs to start in production: servers of
// its own are for development, so one that runs there lends them. Of what else
// there has to be, the example will do.
func production(t *testing.T, environ ...string) []string {
	t.Helper()
	all := slices.Concat(serve(t).servers, []string{"ENV=production"})
	for _, v := range application(t, components, own).Variables() {
		if v.Example != "" {
			all = append(all, strings.TrimPrefix(v.Name, prefix)+"="+v.Example)
		}
	}
	return append(all, environ...)
}

func (p *instance) get(t *testing.T, url string, headers ...string) (int, string) {
	t.Helper()
	return p.ask(t, http.MethodGet, url, headers...)
}

func (p *instance) ask(t *testing.T, method, url string, headers ...string) (int, string) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ": ")
		request.Header.Set(key, value)
	}
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

// stop ends the program as an operator would.
func (p *instance) stop(t *testing.T) {
	t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
		if p.err != nil {
			t.Errorf("the program ended with %v", p.err)
		}
	case <-time.After(time.Minute):
		t.Error("the program did not end")
	}
}

// application makes the application without starting it.
func application(t *testing.T, constructors ...app.Constructor) *app.App {
	t.Helper()
	a, err := app.New(app.Options{Name: name, Defaults: defaults, LogTo: io.Discard}, constructors...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestEnvExampleListsWhatTheProgramReads(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", ".env.example"))
	if err != nil {
		t.Fatal(err)
	}
	// Every variable is commented out: the file shows the defaults.
	assignments := regexp.MustCompile(`(?m)^# (`+prefix+`\w+=.*)$`).FindAllStringSubmatch(string(text), -1)
	example := map[string]string{}
	for _, a := range assignments {
		one, err := godotenv.Unmarshal(a[1])
		if err != nil {
			t.Fatalf("%s: %v", a[1], err)
		}
		maps.Copy(example, one)
	}
	read := map[string]string{} // your own components have their variables in "config" only
	for _, v := range application(t, components).Variables() {
		read[v.Name] = v.Default
	}
	for _, variable := range slices.Sorted(maps.Keys(read)) {
		if shown, ok := example[variable]; !ok {
			t.Errorf("%s is missing", variable)
		} else if shown != read[variable] {
			t.Errorf("%s has the default %q, the file says %q", variable, read[variable], shown)
		}
		delete(example, variable)
	}
	for _, variable := range slices.Sorted(maps.Keys(example)) {
		t.Errorf("%s is read by nobody", variable)
	}
}

func TestEverythingStarts(t *testing.T) {
	p := serve(t, "ADMIN_TOKEN="+secret)
	_, body := p.get(t, p.api+"/api/v1/health", asAdmin)
	for _, c := range application(t, components, own).Components() {
		if _, ok := c.(app.Checker); !ok {
			continue // it has nothing to tell
		}
		node := `"name":"` + c.Name() + `","status":"`
		if !strings.Contains(body, node) || strings.Contains(body, node+"unhealthy") {
			t.Errorf("%s is not well in %s", c.Name(), body)
		}
	}
	for _, path := range []string{"/livez", "/readyz", "/openapi.json", "/docs"} {
		if status, _ := p.get(t, p.api+path); status != http.StatusOK {
			t.Errorf("%s answers %d", path, status)
		}
	}
	if status, page := p.get(t, p.dashboard+"/", "Accept: text/html", asAdmin); status != http.StatusOK || !strings.Contains(page, "<html") {
		t.Errorf("the dashboard answers %d %.200s", status, page)
	}
	p.stop(t)
}

func TestProductionIsClosedWithoutAToken(t *testing.T) {
	closed := serve(t, production(t, "SHUTDOWN_TIMEOUT=5s")...)
	if _, body := closed.get(t, closed.api+"/api/v1/health"); strings.Contains(body, "components") {
		t.Errorf("the public sees the details: %s", body)
	}
	for _, s := range app.All[interface{ Endpoints() []app.Endpoint }](application(t, components, own)) {
		for _, e := range s.Endpoints() {
			if e.Access.Open() {
				continue
			}
			base := closed.dashboard
			if strings.HasPrefix(e.Path, "/api/") {
				base = closed.api
			}
			path := strings.NewReplacer("{$}", "", "{", "", "}", "").Replace(e.Path)
			status, _ := closed.ask(t, cmp.Or(e.Method, http.MethodPost), base+path)
			// With accounts, somebody could sign in.
			if status != http.StatusForbidden && status != http.StatusUnauthorized {
				t.Errorf("%s %s answers %d, want 403 or 401", e.Method, e.Path, status)
			}
		}
	}

	opened := serve(t, production(t, "SHUTDOWN_TIMEOUT=5s", "ADMIN_TOKEN="+secret)...)
	if status, _ := opened.get(t, opened.dashboard+"/"); status != http.StatusUnauthorized {
		t.Errorf("the dashboard answers %d without the token, want 401", status)
	}
	_, body := opened.get(t, opened.api+"/api/v1/health", asAdmin)
	if !strings.Contains(body, `"name":"system"`) || strings.Contains(body, secret) {
		t.Errorf("administrators see %s", body)
	}
}

// TestEachRoleStarts runs every role in a process of its own, as one does in
// production.
func TestEachRoleStarts(t *testing.T) {
	shared := production(t)
	for _, role := range application(t, components, own).Roles() {
		p := start(t, program(t, shared, "serve", "--role", string(role)))
		want := http.StatusNotFound
		if role == app.Web {
			want = http.StatusOK
		}
		if status, _ := p.get(t, p.api+"/docs"); status != want {
			t.Errorf("the role %s answers for the documentation with %d, want %d", role, status, want)
		}
		p.stop(t)
	}
	output, err := program(t, nil, "serve", "--role", "nobody").CombinedOutput()
	if exit, ok := errors.AsType[*exec.ExitError](err); !ok || exit.ExitCode() != 2 || !strings.Contains(string(output), "web") {
		t.Errorf("an unknown role: %v\n%s", err, output)
	}
}

func TestTermSignalEndsStreams(t *testing.T) {
	p := serve(t, "ADMIN_TOKEN="+secret)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, p.dashboard+"/events", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Accept", "text/event-stream")
	request.Header.Set("Authorization", "Bearer "+secret)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if _, err := response.Body.Read(make([]byte, 1)); err != nil {
		t.Fatalf("no event: %v", err)
	}
	p.stop(t)
	if _, err := io.Copy(io.Discard, response.Body); err != nil {
		t.Errorf("the stream was cut: %v", err)
	}
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	p := serve(t, production(t, "SHUTDOWN_TIMEOUT=1h")...)
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for {
		if status, _ := p.get(t, p.api+"/readyz"); status == http.StatusServiceUnavailable {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	select {
	case <-p.ended:
	case <-time.After(time.Minute):
		t.Error("the program goes on after the second signal")
	}
}

func TestFreePortIsPrinted(t *testing.T) {
	cmd := program(t, []string{"LOG_LEVEL=error"}, "serve", "--port", "0")
	output, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 4096)
	n, err := output.Read(text)
	_ = cmd.Process.Kill()
	_ = cmd.Wait()
	if !regexp.MustCompile(`(?m)^api +http://127\.0\.0\.1:[1-9]\d*$`).Match(text[:n]) {
		t.Errorf("it prints %q (%v)", text[:n], err)
	}
}

func TestCommandLine(t *testing.T) {
	p := serve(t)
	addr := "ADDR=" + strings.TrimPrefix(p.api, "http://")
	for _, test := range []struct {
		environ []string
		args    []string
		code    int
		want    string
	}{
		{[]string{addr}, []string{"health"}, 0, "application"},
		{[]string{addr}, []string{"health", "--ready"}, 0, "ready"},
		{[]string{"ADDR=127.0.0.1:1"}, []string{"health", "--live"}, 3, "no answer"},
		{[]string{addr}, []string{"serve"}, 1, "in use by another program"},
		{nil, []string{"routes"}, 0, "/api/v1/health"},
		{nil, []string{"version"}, 0, name},
		{[]string{"ADMIN_TOKEN=" + secret}, []string{"config"}, 0, "********"},
		{[]string{"ADR=:1", "READ_TIMEOUT=soon"}, []string{"config"}, 2, "did you mean " + prefix + "ADDR?"},
		{nil, []string{"sreve"}, 2, "serve"},
	} {
		output, err := program(t, test.environ, test.args...).CombinedOutput()
		code := 0
		if exit, ok := errors.AsType[*exec.ExitError](err); ok {
			code = exit.ExitCode()
		}
		if code != test.code || !strings.Contains(string(output), test.want) {
			t.Errorf("%q with %q: exit %d, want %d and %q in\n%s", test.args, test.environ, code, test.code, test.want, output)
		}
		if strings.Contains(string(output), "horse") {
			t.Errorf("%q prints the token", test.args)
		}
	}
}
