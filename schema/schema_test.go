package schema_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/schema"
)

// realSchema is the schema of the components that Aegis comes with.
func realSchema(tb testing.TB) *schema.Schema {
	tb.Helper()
	files, err := filepath.Glob("../generators/*/component.cue")
	if err != nil || len(files) == 0 {
		tb.Fatalf("found no components: %v", err)
	}
	var sources []schema.Source
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		sources = append(sources, schema.Source{Name: filepath.Base(filepath.Dir(f)), CUE: text})
	}
	return newSchema(tb, sources)
}

func newSchema(tb testing.TB, sources []schema.Source) *schema.Schema {
	tb.Helper()
	s, err := schema.New(sources)
	if err != nil {
		tb.Fatal(err)
	}
	return s
}

func load(s *schema.Schema, manifest string) (*schema.Project, error) {
	return s.LoadBytes(map[string][]byte{schema.ManifestName: []byte(manifest)})
}

func mustLoad(tb testing.TB, s *schema.Schema, manifest string) *schema.Project {
	tb.Helper()
	p, err := load(s, manifest)
	if err != nil {
		tb.Fatalf("load %q: %v", manifest, err)
	}
	return p
}

func TestANameIsEnough(t *testing.T) {
	p := mustLoad(t, realSchema(t), `name: "shop"`)
	if p.Name != "shop" || p.Module != "shop" || p.CI.Schedule != "17 4 * * 1" {
		t.Errorf("got %q, %q, %q", p.Name, p.Module, p.CI.Schedule)
	}
	var names []string
	for _, c := range p.Components {
		names = append(names, c.Name)
		if len(c.Reasons) == 0 {
			t.Errorf("%s has no reason to be there", c.Name)
		}
		for _, r := range c.Reasons {
			if r.By == "aegis.cue" {
				t.Errorf("%s is said to be requested", c.Name)
			}
		}
	}
	if want := []string{"backend", "cli", "frontend"}; !slices.Equal(names, want) {
		t.Errorf("components %q, want %q", names, want)
	}
	backend := p.Component("backend")
	want := map[string]any{
		"port": 8080, "readTimeout": "15s", "writeTimeout": "30s", "idleTimeout": "2m", "bodyLimit": 1048576,
		"rateLimit": map[string]any{"requests": 50, "burst": 100},
	}
	if !reflect.DeepEqual(backend.Options, want) {
		t.Errorf("backend options %v, want %v", backend.Options, want)
	}
	if p.Component("worker") != nil {
		t.Error("found a component that does not exist")
	}
}

func TestOptionsBecomeEnvironmentDefaults(t *testing.T) {
	p := mustLoad(t, realSchema(t), `
name: "shop"
log: {level: "warn", format: "json"}
shutdownTimeout: "1m"
components: backend: {port: 9090, rateLimit: requests: 0}
components: frontend: {port: 9091, title: "My shop", theme: "dark", refresh: "5s"}
`)
	defaults := map[string]string{}
	for _, e := range p.Env {
		defaults[e.Name] = e.Default
	}
	for _, c := range p.Components {
		for _, e := range c.Env {
			defaults[e.Name] = e.Default
			if e.Doc == "" || strings.Contains(e.Doc, "\n") {
				t.Errorf("%s is documented with %q, want one line", e.Name, e.Doc)
			}
		}
		if !slices.IsSortedFunc(c.Env, func(a, b schema.Env) int { return strings.Compare(a.Name, b.Name) }) {
			t.Errorf("the variables of %s are not sorted", c.Name)
		}
	}
	want := map[string]string{
		"ENV": "development", "LOG_LEVEL": "warn", "LOG_FORMAT": "json", "ADMIN_TOKEN": "", "SHUTDOWN_TIMEOUT": "1m",
		"ADDR": ":9090", "READ_TIMEOUT": "15s", "WRITE_TIMEOUT": "30s", "IDLE_TIMEOUT": "2m", "BODY_LIMIT": "1048576",
		"RATE_LIMIT": "0", "RATE_BURST": "100", "CORS_ORIGINS": "", "TRUSTED_PROXIES": "",
		"DASHBOARD_ADDR": ":9091", "DASHBOARD_TITLE": "My shop", "DASHBOARD_THEME": "dark", "DASHBOARD_REFRESH": "5s",
	}
	if !reflect.DeepEqual(defaults, want) {
		t.Errorf("defaults %v\nwant %v", defaults, want)
	}
	if got := p.Component("frontend").Ports; !reflect.DeepEqual(got, map[string]int{"dashboard": 9091}) {
		t.Errorf("ports %v", got)
	}
}

// Each of these is a way to write a manifest that people may expect to work.
func TestManifestsThatAreRight(t *testing.T) {
	s := realSchema(t)
	for name, manifest := range map[string]string{
		"package clause":    "package shop\n\nname: \"shop\"\n",
		"json":              `{"name": "shop", "components": {"backend": {"port": 9090}}}`,
		"byte order mark":   "\ufeffname: \"shop\"\n",
		"crlf":              "name: \"shop\"\r\n\r\nlog: {\r\n\tlevel: \"debug\"\r\n}\r\n",
		"no final new line": `name: "shop"`,
		"standard library":  "import \"strings\"\n\nname: strings.ToLower(\"SHOP\")\n",
		"schema import":     "import \"" + schema.ImportPath + "\"\n\nschema.#Manifest & {name: \"shop\"}\n",
		"qualified import":  "import \"" + schema.ImportPath + ":schema\"\n\nschema.#Manifest\nname: \"shop\"\n",
		"named import":      "import s \"" + schema.ImportPath + "\"\n\ns.#Manifest & {name: \"shop\"}\n",
		"hidden fields":     "_n: \"shop\"\n_D: port: 9090\nlet p = 9091\nname: _n\ncomponents: backend: _D\ncomponents: frontend: port: p\n",
		"comprehension":     "name: \"shop\"\nif true {components: {for n in [\"cli\", \"backend\"] {(n): {}}}}\n",
		"refer to schema":   "name: \"shop\"\nmodule: \"example.com/\" + name\ncomponents: backend: port: 9000\ncomponents: frontend: port: components.backend.port + 1\n",
		"same value twice":  "name: \"shop\"\nname: \"shop\"\n",
		"own attribute":     "name: \"shop\" @editor(color=blue)\n",
		"enabled":           "name: \"shop\"\ncomponents: frontend: enabled: true\n",
		"number suffix":     "name: \"shop\"\ncomponents: backend: bodyLimit: 8Ki\n",
		"underscored":       "name: \"shop\"\ncomponents: backend: bodyLimit: 1_000_000\n",
	} {
		t.Run(name, func(t *testing.T) {
			if p := mustLoad(t, s, manifest); p.Name != "shop" {
				t.Errorf("name is %q", p.Name)
			}
		})
	}
}

func TestAPackageIsReadTogether(t *testing.T) {
	s := realSchema(t)
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write("aegis.cue", "package shop\n\nname: \"shop\"\ncomponents: backend: port: _port\n")
	write("ports.cue", "package shop\n\n_port: 9090\n")
	// None of these is a part of it, so that none may be read as such.
	write("other.cue", "package other\n\nnonsense: true\n")
	write("loose.cue", "nonsense: true\n")
	write("shop_test.cue", "package shop\n\nnonsense: true\n")
	write("shop_tool.cue", "package shop\n\nnonsense: true\n")
	write("_draft.cue", "package shop\n\nnonsense: true\n")
	write("broken.cue", "pack age\n")
	write("notes.txt", "package shop\n\nnonsense: true\n")
	if err := os.Mkdir(filepath.Join(dir, "dir.cue"), 0o755); err != nil {
		t.Fatal(err)
	}
	p, err := s.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Component("backend").Options["port"]; got != 9090 {
		t.Errorf("port is %v, want what ports.cue says", got)
	}

	// A manifest without a package is whole in itself.
	write("aegis.cue", "name: \"shop\"\n")
	if p, err = s.Load(dir); err != nil {
		t.Fatal(err)
	}
	if got := p.Component("backend").Options["port"]; got != 8080 {
		t.Errorf("port is %v, want the default", got)
	}
}

func TestErrorsAreDiagnosticsInOrder(t *testing.T) {
	s := realSchema(t)
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte("log: level: 1\nname: 2\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err := s.Load(dir)
	var many *multierror.Error
	if !errors.As(err, &many) {
		t.Fatalf("error is a %T", err)
	}
	diags := schema.Diagnostics(fmt.Errorf("validate: %w", err))
	if len(diags) != 2 || len(many.Errors) != 2 {
		t.Fatalf("got %d diagnostics in %d errors, want 2", len(diags), len(many.Errors))
	}
	d := diags[0]
	if want := filepath.ToSlash(filepath.Join(dir, "aegis.cue")); d.File != want || d.Line != 1 || d.Column != 13 || d.Path != "log.level" {
		t.Errorf("first is %s:%d:%d %s", d.File, d.Line, d.Column, d.Path)
	}
	if d.Code != schema.CodeType || d.Severity != schema.Error || d.Code.Title() == "" || d.Text != "log: level: 1" {
		t.Errorf("first has code %s, severity %s, line %q", d.Code, d.Severity, d.Text)
	}
	if diags[1].Line != 2 {
		t.Errorf("second is on line %d", diags[1].Line)
	}
	if got := schema.Diagnostics(errors.New("disk on fire")); got != nil {
		t.Errorf("made %v of another error", got)
	}
}

// The same manifest gives the same project and the same words, whatever order
// maps have today.
func TestLoadingIsDeterministic(t *testing.T) {
	s := realSchema(t)
	right := "name: \"shop\"\ncomponents: {backend: port: 9090, frontend: port: 9091}\n"
	wrong := "nam: \"shop\"\ncomponents: {backend: prt: 9090, bakend: {}, frontend: port: 0}\nlog: level: \"x\"\n"
	first := mustLoad(t, s, right)
	_, firstErr := load(s, wrong)
	for range 20 {
		if p := mustLoad(t, s, right); !reflect.DeepEqual(p, first) {
			t.Fatalf("got %v, then %v", first, p)
		}
		if _, err := load(s, wrong); err.Error() != firstErr.Error() {
			t.Fatalf("got\n%v\nthen\n%v", firstErr, err)
		}
	}
}

func TestASchemaMayBeUsedConcurrently(t *testing.T) {
	s := realSchema(t)
	done := make(chan error)
	for i := range 4 {
		go func() {
			_, err := load(s, fmt.Sprintf("name: \"shop%d\"\n", i))
			done <- err
		}()
	}
	for range 4 {
		if err := <-done; err != nil {
			t.Error(err)
		}
	}
}
