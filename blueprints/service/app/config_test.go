package app_test

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

type shopConfig struct {
	Wait   time.Duration `env:"WAIT" envDefault:"5s" min:"1s" max:"1h" doc:"Time to wait"`
	Count  int           `env:"COUNT" envDefault:"3" min:"1" doc:"How many"`
	Names  []string      `env:"NAMES" doc:"Some names"`
	Loud   bool          `env:"LOUD" envDefault:"false" doc:"Whether to shout"`
	APIKey string        `env:"API_KEY" secret:"true" min:"8" doc:"Key of the supplier"`
}

type shop struct{ config shopConfig }

func (*shop) Name() string { return "shop" }

// build makes an application called corner-shop with one component.
func build(o app.Options) (*app.App, *shop, error) {
	o.Name, o.LogTo = "corner-shop", io.Discard
	c := &shop{}
	a, err := app.New(o, func(a *app.App) ([]app.Component, error) {
		a.Config(&c.config)
		return []app.Component{c}, nil
	})
	return a, c, err
}

func TestStrongestSourceWins(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".env")
	text := "# comment\nCORNER_SHOP_WAIT=7s\nexport CORNER_SHOP_COUNT=\"7\"\nCORNER_SHOP_NAMES=\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	a, c, err := build(app.Options{
		EnvFile:   file,
		Defaults:  map[string]string{"WAIT": "6s", "NAMES": "x,y", "LOUD": "true"},
		Environ:   []string{"CORNER_SHOP_COUNT=8", "CORNER_SHOP_LOUD=", "PATH=/bin", "OTHER_SHOP_X=1"},
		Overrides: map[string]string{"API_KEY": "from-the-flag"},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := shopConfig{Wait: 7 * time.Second, Count: 8, Names: []string{"x", "y"}, Loud: true, APIKey: "from-the-flag"}
	if c.config.Wait != want.Wait || c.config.Count != want.Count || c.config.Loud != want.Loud ||
		c.config.APIKey != want.APIKey || !slices.Equal(c.config.Names, want.Names) {
		t.Errorf("config = %+v, want %+v", c.config, want)
	}

	got := map[string]app.Variable{}
	for _, v := range a.Variables() {
		got[v.Name] = v
	}
	for name, want := range map[string]app.Variable{
		"CORNER_SHOP_WAIT":    {Value: "7s", Source: app.FromFile, Default: "6s", Doc: "Time to wait"},
		"CORNER_SHOP_COUNT":   {Value: "8", Source: app.FromEnvironment, Default: "3", Doc: "How many"},
		"CORNER_SHOP_LOUD":    {Value: "true", Source: app.FromDefault, Default: "true", Doc: "Whether to shout"},
		"CORNER_SHOP_API_KEY": {Value: "********", Source: app.FromFlag, Doc: "Key of the supplier", Secret: true},
	} {
		want.Name = name
		if got[name] != want {
			t.Errorf("variable = %+v, want %+v", got[name], want)
		}
	}
	if _, ok := got["CORNER_SHOP_LOG_LEVEL"]; !ok {
		t.Error("the variables of the kernel are missing")
	}
}

func TestMistakesAreReportedTogether(t *testing.T) {
	for _, test := range []struct {
		name    string
		environ []string
		file    string
		want    []string
	}{
		{
			name: "all kinds at once",
			environ: []string{
				"CORNER_SHOP_WAIT=soon", "CORNER_SHOP_COUNT=many", "CORNER_SHOP_LOUD=maybe", "CORNER_SHOP_ENV=prod",
				"CORNER_SHOP_CUONT=1", "CORNER_SHOP_LOG_FORMAT=xml", "CORNER_SHOP_LOG_LEVEL=loud",
			},
			want: []string{
				`CORNER_SHOP_COUNT="many": want a whole number`,
				`CORNER_SHOP_CUONT is not a variable of corner-shop: did you mean CORNER_SHOP_COUNT?`,
				`CORNER_SHOP_ENV="prod": want development or production`,
				`CORNER_SHOP_LOG_FORMAT="xml": want auto, text or json`,
				`CORNER_SHOP_LOG_LEVEL="loud": want debug, info, warn or error`,
				`CORNER_SHOP_LOUD="maybe": want true or false`,
				`CORNER_SHOP_WAIT="soon": want a duration such as 30s or 5m`,
			},
		},
		{
			name:    "bounds",
			environ: []string{"CORNER_SHOP_WAIT=10ms", "CORNER_SHOP_COUNT=0"},
			want:    []string{`CORNER_SHOP_COUNT="0": want at least 1`, `CORNER_SHOP_WAIT="10ms": want at least 1s`},
		},
		{
			name:    "upper bound",
			environ: []string{"CORNER_SHOP_WAIT=61m"},
			want:    []string{`CORNER_SHOP_WAIT="61m": want at most 1h`},
		},
		{
			name:    "a secret is not shown",
			environ: []string{"CORNER_SHOP_API_KEY=hunter2", "CORNER_SHOP_ADMIN_TOKEN=hunter2"},
			want: []string{
				"CORNER_SHOP_ADMIN_TOKEN: want at least 16 characters",
				"CORNER_SHOP_API_KEY: want at least 8 characters",
			},
		},
		{
			name:    "nothing near",
			environ: []string{"CORNER_SHOP_ZEBRA=1"},
			want:    []string{"CORNER_SHOP_ZEBRA is not a variable of corner-shop: see corner-shop config"},
		},
		{
			name: "env file",
			file: "CORNER_SHOP_COUNT=x\nCORNER_SHOP_WIAT=1s\nPATH=/bin\nCORNER_SHOP_ENV=production\n",
			want: []string{
				`.env: CORNER_SHOP_COUNT="x": want a whole number`,
				`.env: CORNER_SHOP_ENV cannot be "production" here: the file is read in development only`,
				`.env: CORNER_SHOP_WIAT is not a variable of corner-shop: did you mean CORNER_SHOP_WAIT?`,
				`.env: PATH is not read: names begin with CORNER_SHOP_`,
			},
		},
		{
			name: "broken env file",
			file: "CORNER_SHOP_COUNT=1\nCORNER_SHOP_API_KEY hunter2\nCORNER_SHOP_LOUD=true\n",
			want: []string{".env:2: want NAME=value"},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			if test.file != "" {
				if err := os.WriteFile(".env", []byte(test.file), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, _, err := build(app.Options{Environ: test.environ, EnvFile: ".env"})
			wrong, ok := errors.AsType[*app.ConfigError](err)
			if !ok {
				t.Fatalf("error = %v, want a ConfigError", err)
			}
			if !slices.Equal(wrong.Problems, test.want) {
				t.Errorf("problems:\n%s\nwant:\n%s", err, strings.Join(test.want, "\n"))
			}
			if strings.Contains(err.Error(), "hunter2") {
				t.Errorf("the secret is in %q", err)
			}
		})
	}
}

func TestEnvFileIsForDevelopment(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile(".env", []byte("CORNER_SHOP_COUNT=9\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	_, c, err := build(app.Options{Environ: []string{"CORNER_SHOP_ENV=production"}, EnvFile: ".env"})
	if err != nil || c.config.Count != 3 {
		t.Errorf("count = %d, error %v; want the default 3", c.config.Count, err)
	}
}

func TestSecretMayBeInAFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.WriteFile("key", []byte("correct-horse\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, c, err := build(app.Options{
		Defaults: map[string]string{"API_KEY": "weakest-of-all"},
		Environ:  []string{"CORNER_SHOP_API_KEY_FILE=key"},
	})
	if err != nil || c.config.APIKey != "correct-horse" {
		t.Fatalf("the key is %q, error %v", c.config.APIKey, err)
	}
	for _, v := range a.Variables() {
		if v.Name == "CORNER_SHOP_API_KEY" && (v.Source != app.FromSecretFile || v.Value != "********") {
			t.Errorf("it is shown as %q from %q", v.Value, v.Source)
		}
	}
	a.Monitor.Add("gossip", func(context.Context) health.Node { return health.Node{Message: "it is correct-horse"} })
	for _, n := range a.Monitor.Latest().Children {
		if strings.Contains(n.Message, "horse") {
			t.Errorf("health shows the secret: %q", n.Message)
		}
	}

	for _, test := range []struct {
		environ []string
		want    string
	}{
		{[]string{"CORNER_SHOP_API_KEY_FILE=nothing"}, "CORNER_SHOP_API_KEY_FILE: open nothing: no such file or directory"},
		{
			[]string{"CORNER_SHOP_API_KEY_FILE=key", "CORNER_SHOP_API_KEY=correct-horse"},
			"CORNER_SHOP_API_KEY and CORNER_SHOP_API_KEY_FILE are both set: keep one of them",
		},
		{[]string{"CORNER_SHOP_COUNT_FILE=key"}, "CORNER_SHOP_COUNT_FILE is not a variable of corner-shop: see corner-shop config"},
	} {
		_, _, err := build(app.Options{Environ: test.environ})
		if err == nil || err.Error() != test.want {
			t.Errorf("with %q the error is %v, want %s", test.environ, err, test.want)
		}
	}
}

func TestKubernetesMayAddItsOwn(t *testing.T) {
	for _, test := range []struct {
		entry string
		ok    bool
	}{
		{"CORNER_SHOP_SERVICE_HOST=10.0.0.1", true},
		{"CORNER_SHOP_SERVICE_PORT=80", true},
		{"CORNER_SHOP_SERVICE_PORT_HTTP=80", true},
		{"CORNER_SHOP_PORT=tcp://10.0.0.1:80", true},
		{"CORNER_SHOP_PORT_80_TCP=tcp://10.0.0.1:80", true},
		{"CORNER_SHOP_PORT_80_TCP_ADDR=10.0.0.1", true},
		{"CORNER_SHOP_PORT_80_TCP_PROTO=tcp", true},
		{"CORNER_SHOP_DB_PORT_5432_TCP_PORT=5432", true}, // the service corner-shop-db
		{"CORNER_SHOP_PORT=8080", false},
		{"CORNER_SHOP_PORTS=80", false},
		{"CORNER_SHOP_HOST=10.0.0.1", false},
	} {
		_, _, err := build(app.Options{Environ: []string{test.entry}})
		if (err == nil) != test.ok {
			t.Errorf("with %s: error %v, want accepted: %t", test.entry, err, test.ok)
		}
	}
}

func TestDefaultThatNobodyReadsIsAnError(t *testing.T) {
	_, _, err := build(app.Options{Defaults: map[string]string{"COUNTS": "4"}})
	if err == nil || !strings.Contains(err.Error(), "did you mean CORNER_SHOP_COUNT?") {
		t.Errorf("error = %v, want one that suggests COUNT", err)
	}
}

func TestComponentsWithOneNameAreRefused(t *testing.T) {
	twins := func(*app.App) ([]app.Component, error) { return []app.Component{&shop{}, &shop{}}, nil }
	_, err := app.New(app.Options{Name: "x", LogTo: io.Discard}, twins)
	if err == nil || err.Error() != `two components are named "shop"` {
		t.Errorf("error = %v", err)
	}
}

func TestProductionNeedsAValue(t *testing.T) {
	var config struct {
		URL string `env:"URL" production:"https://shop.example.com" doc:"Where the shop is"`
	}
	start := func(environ ...string) error {
		a, err := app.New(app.Options{Name: "shop", Environ: environ, LogTo: io.Discard}, func(a *app.App) ([]app.Component, error) {
			a.Config(&config)
			return nil, nil
		})
		if err == nil && a.Variables()[len(a.Variables())-1].Example != "https://shop.example.com" {
			t.Error("the example is not told")
		}
		return err
	}
	if err := start("SHOP_ENV=production"); err == nil || err.Error() != "SHOP_URL: needed in production, such as https://shop.example.com" {
		t.Errorf("without it: %v", err)
	}
	for _, environ := range []string{"SHOP_ENV=development", "SHOP_URL=https://x"} {
		if err := start(environ); err != nil {
			t.Errorf("%s: %v", environ, err)
		}
	}
}

func TestSeveralOfAKind(t *testing.T) {
	type server struct {
		Name  string `env:"NAME" envDefault:"nobody" doc:"What it is called"`
		Token string `env:"TOKEN" secret:"true" min:"8" production:"12345678" doc:"What is shown to it"`
		Ports []int  `env:"PORTS" doc:"Where it listens"`
	}
	var west, east server
	var defaults map[string]string
	build := func(environ ...string) (*app.App, error) {
		west, east = server{}, server{}
		return app.New(app.Options{Name: "shop", Defaults: defaults, Environ: environ, LogTo: io.Discard}, func(a *app.App) ([]app.Component, error) {
			a.ConfigOf("WEST_", &west)
			a.ConfigOf("EAST_", &east)
			return []app.Component{&shop{}}, nil
		})
	}
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("12345678\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	a, err := build("SHOP_WEST_NAME=Lisbon", "SHOP_EAST_TOKEN_FILE="+file, "SHOP_EAST_PORTS=1,2")
	if err != nil {
		t.Fatal(err)
	}
	if west.Name != "Lisbon" || west.Token != "" || east.Name != "nobody" || east.Token != "12345678" || !slices.Equal(east.Ports, []int{1, 2}) {
		t.Errorf("they are %+v and %+v", west, east)
	}
	if !slices.ContainsFunc(a.Variables(), func(v app.Variable) bool { return v.Name == "SHOP_EAST_TOKEN" && v.Value == "********" }) {
		t.Errorf("the variables are %+v", a.Variables())
	}
	defaults = map[string]string{"NORTH_NAME": "Oslo"}
	if _, err = build(); err != nil {
		t.Errorf("a default for one that is left out: %v", err)
	}
	defaults["COLOUR"] = "red"
	if _, err = build(); err == nil || err.Error() != "default SHOP_COLOUR is not a variable of shop: see shop config" {
		t.Errorf("a default that nobody reads: %v", err)
	}
	_, err = build("SHOP_ENV=production", "SHOP_WEST_TOKEN=short", "SHOP_EAST_PORTS=x", "SHOP_NORTH_NAME=Oslo")
	for _, want := range []string{"SHOP_WEST_TOKEN: want at least 8", "SHOP_EAST_TOKEN: needed in production, such as 12345678", "SHOP_EAST_PORTS", "SHOP_NORTH_NAME is not a variable"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("the problems lack %q: %v", want, err)
		}
	}
}
