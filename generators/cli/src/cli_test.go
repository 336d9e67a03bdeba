package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// shop is a component that serves, has a setting, and a command.
type shop struct {
	config struct {
		Addr string `env:"ADDR" envDefault:":8080" doc:"Address"`
		Key  string `env:"KEY" secret:"true" doc:"Key"`
	}
	served chan string
	log    *slog.Logger
}

func (*shop) Name() string { return "shop" }

func (s *shop) Addresses() []app.Address {
	return []app.Address{{Name: "api", URL: "http://localhost:" + strings.TrimPrefix(s.config.Addr, ":")}}
}

func (*shop) Endpoints() []app.Endpoint {
	return []app.Endpoint{
		{Method: "GET", Path: "/items", Summary: "List items", Access: app.Public},
		{Path: "/admin", Access: app.Admin},
	}
}

func (s *shop) Start(context.Context) error {
	s.served <- s.config.Addr
	return errors.New("the shelf is empty")
}

func (s *shop) Commands() []*cobra.Command {
	shelf := &cobra.Command{Use: "shelf"}
	shelf.AddCommand(&cobra.Command{Use: "count", Run: func(*cobra.Command, []string) {}})
	return []*cobra.Command{shelf, {
		Use: "restock",
		RunE: func(cmd *cobra.Command, _ []string) error {
			s.log.Info("counting")
			cmd.Println("restocked")
			return nil
		},
	}}
}

type result struct {
	code     int
	out, err string
	served   string // the address, if anything was started
}

// run runs the program of a shop.
func run(t *testing.T, environ []string, args ...string) result {
	t.Helper()
	served := make(chan string, 1)
	p := Program{
		Name:     "shop",
		Defaults: map[string]string{"ADDR": ":8090"},
		Components: func(a *app.App) ([]app.Component, error) {
			s := &shop{served: served, log: a.Log}
			a.Config(&s.config)
			c, err := New(a)
			return []app.Component{s, c}, err
		},
		Own: func(*app.App) ([]app.Component, error) { return nil, nil },
	}
	var out, errs bytes.Buffer
	t.Chdir(t.TempDir())
	r := result{code: p.run(t.Context(), args, console{out: &out, err: &errs, environ: environ})}
	r.out, r.err = out.String(), errs.String()
	select {
	case r.served = <-served:
	default:
	}
	return r
}

func TestCommands(t *testing.T) {
	for _, test := range []struct {
		name    string
		args    []string
		environ []string
		code    int
		out     string
		err     string
	}{
		{name: "routes", args: []string{"routes"}, out: "" +
			"method  path    access  summary\n" +
			"GET     /items  public  List items\n" +
			"any     /admin  admin\n"},
		{name: "contributed command", args: []string{"restock"}, out: "restocked\n"},
		{
			name: "misspelt command", args: []string{"rutes"}, code: 2,
			err: "shop: unknown command \"rutes\" for \"shop\"\nshop: Did you mean this?\nshop: \troutes\nshop: see shop --help\n",
		},
		{name: "misspelt command below another", args: []string{"shelf", "cuont"}, code: 2, err: "shop: unknown command \"cuont\" for \"shop shelf\"\nshop: see shop --help\n"},
		{name: "unknown flag", args: []string{"config", "--yaml"}, code: 2, err: "shop: unknown flag: --yaml\nshop: see shop --help\n"},
		{name: "argument too many", args: []string{"routes", "x"}, code: 2, err: "shop: unknown command \"x\" for \"shop routes\"\nshop: see shop --help\n"},
		{
			name: "wrong configuration", args: []string{"routes"}, environ: []string{"SHOP_LOG_LEVEL=loud", "SHOP_ADRR=:1"}, code: 2,
			err: "shop: SHOP_ADRR is not a variable of shop: did you mean SHOP_ADDR?\nshop: SHOP_LOG_LEVEL=\"loud\": want debug, info, warn or error\n",
		},
		{
			name: "wrong configuration hides no command", args: []string{"restock"}, environ: []string{"SHOP_ADRR=:1"}, code: 2,
			err: "shop: SHOP_ADRR is not a variable of shop: did you mean SHOP_ADDR?\n",
		},
		{name: "port that is none", args: []string{"serve", "--port", "70000"}, code: 2, err: "shop: invalid argument \"70000\" for \"--port\" flag: want a number from 0 to 65535\nshop: see shop --help\n"},
		{name: "URL that is none", args: []string{"health", "--url", "localhost"}, code: 2, err: "shop: --url \"localhost\": want a URL such as http://localhost:8080\n"},
		{name: "failed start", args: []string{"serve"}, environ: []string{"SHOP_LOG_LEVEL=error"}, code: 1, err: "shop: start shop: the shelf is empty\n"},
	} {
		t.Run(test.name, func(t *testing.T) {
			got := run(t, test.environ, test.args...)
			if got.code != test.code || got.out != test.out || got.err != test.err {
				t.Errorf("exit %d\nstdout %q\nstderr %q\nwant %d\n%q\n%q", got.code, got.out, got.err, test.code, test.out, test.err)
			}
		})
	}
}

func TestCommandsLogWhenAskedTo(t *testing.T) {
	if got := run(t, nil, "restock"); got.err != "" {
		t.Errorf("it logs %q", got.err)
	}
	if got := run(t, []string{"SHOP_LOG_LEVEL=info"}, "restock"); !strings.Contains(got.err, "counting") {
		t.Errorf("asked to log, it says %q", got.err)
	}
}

func TestHelpAndVersionWorkWithAnyConfiguration(t *testing.T) {
	broken := []string{"SHOP_LOG_LEVEL=loud"}
	for _, args := range [][]string{{}, {"--help"}, {"serve", "--help"}, {"version"}, {"completion", "bash"}} {
		if got := run(t, broken, args...); got.code != 0 || got.out == "" {
			t.Errorf("%q: exit %d, stdout %q, stderr %q", args, got.code, got.out, got.err)
		}
	}
	if help := run(t, nil, "--help").out; !strings.Contains(help, "restock") {
		t.Errorf("the command of the component is not in the help:\n%s", help)
	}
}

func TestFlagsReplacePartsOfTheAddress(t *testing.T) {
	for _, test := range []struct {
		environ []string
		args    []string
		want    string
	}{
		{nil, nil, ":8090"},
		{nil, []string{"--port", "0"}, ":0"},
		{[]string{"SHOP_ADDR=127.0.0.1:9000"}, []string{"--port", "9001"}, "127.0.0.1:9001"},
		{[]string{"SHOP_ADDR=:9000"}, []string{"--host", "::1"}, "[::1]:9000"},
		{nil, []string{"--host", "127.0.0.1", "--port", "1"}, "127.0.0.1:1"},
	} {
		if got := run(t, test.environ, append([]string{"serve"}, test.args...)...).served; got != test.want {
			t.Errorf("serve %q with %q listens on %q, want %q", test.args, test.environ, got, test.want)
		}
	}
}

func TestConfigMasksSecrets(t *testing.T) {
	for _, args := range [][]string{{"config"}, {"config", "--json"}} {
		got := run(t, []string{"SHOP_KEY=sesame", "SHOP_ADDR=:1"}, args...)
		if strings.Contains(got.out, "sesame") || !strings.Contains(got.out, "********") {
			t.Errorf("%q prints %s", args, got.out)
		}
		if !strings.Contains(got.out, "SHOP_ADDR") || !strings.Contains(got.out, "environment") {
			t.Errorf("%q does not say where the address comes from: %s", args, got.out)
		}
	}
	var variables []app.Variable
	if err := json.Unmarshal([]byte(run(t, nil, "config", "--json").out), &variables); err != nil || len(variables) < 7 {
		t.Errorf("%d variables, error %v", len(variables), err)
	}
}

func TestHealthTellsByItsExitCode(t *testing.T) {
	var status health.Status
	ready := http.StatusOK
	var asked *http.Request
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked = r
		switch r.URL.Path {
		case "/api/v1/health":
			_ = json.NewEncoder(w).Encode(health.Node{Name: "application", Status: status, Children: []health.Node{
				{Name: "database", Status: status, Message: "as it is"},
			}})
		case "/livez":
			_, _ = w.Write([]byte(`{"status":"live"}`))
		case "/readyz":
			w.WriteHeader(ready)
			_, _ = w.Write([]byte(`{"status":"as said"}`))
		}
	}))
	defer server.Close()

	for s, want := range map[health.Status]int{health.Healthy: 0, health.Info: 0, health.Warning: 0, health.Unhealthy: 1} {
		status = s
		got := run(t, []string{"SHOP_ADMIN_TOKEN=correct horse battery"}, "health", "--url", server.URL+"/")
		if got.code != want {
			t.Errorf("%s: exit %d, want %d", s, got.code, want)
		}
		if !strings.Contains(got.out, "  database") || !strings.Contains(got.out, "as it is") || !strings.Contains(got.out, string(s)) {
			t.Errorf("%s: stdout %s", s, got.out)
		}
		if asked.Header.Get("Authorization") != "Bearer correct horse battery" {
			t.Error("the token is not sent")
		}
	}

	var tree health.Node
	if err := json.Unmarshal([]byte(run(t, nil, "health", "--json", "--url", server.URL).out), &tree); err != nil || tree.Name != "application" {
		t.Errorf("JSON of the health: %+v, %v", tree, err)
	}
	for code, want := range map[int]int{http.StatusOK: 0, http.StatusServiceUnavailable: 1, http.StatusNotFound: 3} {
		ready = code
		if got := run(t, nil, "health", "--ready", "--url", server.URL).code; got != want {
			t.Errorf("ready with %d: exit %d, want %d", code, got, want)
		}
	}
	if got := run(t, nil, "health", "--live", "--url", server.URL); got.code != 0 || got.out != "live\n" {
		t.Errorf("live: exit %d, stdout %q", got.code, got.out)
	}

	server.Close()
	got := run(t, nil, "health", "--live", "--url", server.URL)
	if got.code != 3 || !strings.Contains(got.err, "no answer from "+server.URL+"/livez: ") {
		t.Errorf("without a server: exit %d, stderr %q", got.code, got.err)
	}
}

func TestComponentReportsTheBuild(t *testing.T) {
	var c *Component
	_, err := app.New(app.Options{Name: "shop", LogTo: &bytes.Buffer{}}, func(a *app.App) ([]app.Component, error) {
		var err error
		c, err = New(a)
		return []app.Component{c}, err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if figures := c.Check(t.Context()).Figures; figures[0].Value != 5 || figures[1].Text == "" {
		t.Errorf("figures %+v, want five commands and a version", figures)
	}
}

func TestTableOnATerminal(t *testing.T) {
	var out bytes.Buffer
	s := screen{out: &out, terminal: true, width: 40}
	s.table([]string{"name", "status"}, [][]string{{"database", "unhealthy"}, {strings.Repeat("long ", 20), "healthy"}}, statusColumn)
	text := out.String()
	if !strings.Contains(text, "╭") || !strings.Contains(text, "\x1b[31m") {
		t.Errorf("no frame or no red in\n%s", text)
	}
	for line := range strings.Lines(text) {
		if w := len([]rune(stripANSI(line))); w > 41 {
			t.Errorf("a line is %d wide on a terminal of 40: %q", w, line)
		}
	}
}

func stripANSI(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\x1b' {
			for s[i] != 'm' {
				i++
			}
			continue
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

func TestPipedOutputIsPlain(t *testing.T) {
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	s := newScreen(console{out: write, environ: []string{"TERM=xterm-256color", "COLORTERM=truecolor"}})
	s.table([]string{"name", "status"}, [][]string{{"database", "unhealthy"}}, statusColumn)
	if err := write.Close(); err != nil {
		t.Fatal(err)
	}
	text := make([]byte, 200)
	n, _ := read.Read(text)
	if got, want := string(text[:n]), "name      status\ndatabase  unhealthy\n"; got != want {
		t.Errorf("piped: %q, want %q", got, want)
	}
}
