package generators_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// tree makes an embedded folder of path and text pairs.
func tree(pairs ...string) fstest.MapFS {
	fsys := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

const (
	app      = `"github.com/aegis-stack/aegis/blueprints/service/app"`
	database = `"github.com/aegis-stack/aegis/generators/database/src"`
)

func request(component schema.Component) generators.Request {
	return generators.Request{
		Project:   &schema.Project{Name: "shop", Module: "example.com/shop", CI: schema.CI{Schedule: "1 2 * * *"}, Components: []schema.Component{component}},
		Component: &component,
	}
}

// describe lists files as "path policy mode".
func describe(files []generators.File) string {
	var out []string
	for _, f := range files {
		out = append(out, fmt.Sprintf("%s %s %o", f.Path, f.Policy, f.Mode))
	}
	return strings.Join(out, ", ")
}

func fragment(t *testing.T, response generators.Response, document generators.Document) map[string]any {
	t.Helper()
	for _, f := range response.Fragments {
		if f.Document == document {
			return f.Data
		}
	}
	t.Fatalf("there is no fragment of %s", document)
	return nil
}

func TestFromFS(t *testing.T) {
	worker := generators.FromFS("worker", tree(
		"component.cue", "package schema\n",
		"README.md", "# worker\n",
		"modules.json", `{"require": {"example.com/queue": "v1.2.3"}}`,
		"workflow.jsonnet", "function(model) { jobs: { [model.component.name]: { 'runs-on': model.name } } }",
		"worker.go", "package worker\n",
		"src/worker.go", "package worker\n\nimport (\n\t"+app+"\n\tdb "+database+"\n)\n\nfunc New(a *app.App, d *db.Component) (*Component, error) { return nil, nil }\n",
		"src/worker_test.go", "package worker\n",
		"src/assets/run.sh", "#!/bin/sh\n",
		"src/assets/.keep", "",
	))
	if got := string(worker.Schema()); got != "package schema\n" {
		t.Errorf("Schema() = %q", got)
	}
	response, err := worker.Generate(request(schema.Component{
		Name: "worker",
		Env:  []schema.Env{{Name: "QUEUE", Default: "mail", Doc: "The queue."}, {Name: "KEY", Secret: true}},
	}))
	if err != nil {
		t.Fatal(err)
	}
	const files = "internal/worker/assets/.keep merge 644, internal/worker/assets/run.sh merge 755, " +
		"internal/worker/worker.go merge 644, internal/worker/worker_test.go merge 644, internal/worker/README.md merge 644"
	if got := describe(response.Files); got != files {
		t.Errorf("the files are %s, want %s", got, files)
	}
	for document, want := range map[generators.Document]map[string]any{
		generators.Modules:  {"require": map[string]any{"example.com/queue": "v1.2.3"}},
		generators.Workflow: {"jobs": map[string]any{"worker": map[string]any{"runs-on": "shop"}}},
		generators.Wiring: {"worker": map[string]any{
			"package": "worker", "folder": "internal/worker", "type": "Component", "needs": []any{"database"},
		}},
		generators.Environment: {
			"QUEUE": map[string]any{"default": "mail", "doc": "The queue.", "secret": false},
			"KEY":   map[string]any{"default": "", "doc": "", "secret": true},
		},
	} {
		if got := fragment(t, response, document); !reflect.DeepEqual(got, want) {
			t.Errorf("the fragment of %s is %v, want %v", document, got, want)
		}
	}
}

func TestVariants(t *testing.T) {
	g := generators.FromFS("database", tree(
		"component.cue", "",
		"modules.json", `{"require": {"example.com/sql": "v1.0.0"}}`,
		"modules.sqlite.json", `{"require": {"example.com/sqlite": "v1.0.0"}}`,
		"modules.postgres.json", `{"require": {"example.com/pgx": "v1.0.0"}}`,
		"src/database.go", "package database\n",
		"src/sqlite/open.go", "package sqlite\n",
		"src/sqlite/files/lock.go", "package files\n",
		"src/postgres/open.go", "package postgres\n",
		"src/migrations/sqlite/1.sql", "",
	), "sqlite", "postgres")
	for _, test := range []struct {
		variants       []string
		files, modules string
	}{
		{nil, "internal/database/database.go merge 644, internal/database/migrations/sqlite/1.sql merge 644", "sql"},
		{[]string{"sqlite"}, "internal/database/database.go merge 644, internal/database/migrations/sqlite/1.sql merge 644, " +
			"internal/database/sqlite/files/lock.go merge 644, internal/database/sqlite/open.go merge 644", "sql sqlite"},
		{[]string{"postgres"}, "internal/database/database.go merge 644, internal/database/migrations/sqlite/1.sql merge 644, " +
			"internal/database/postgres/open.go merge 644", "sql pgx"},
	} {
		response, err := g.Generate(request(schema.Component{Name: "database", Variants: test.variants}))
		if err != nil {
			t.Fatal(err)
		}
		if got := describe(response.Files); got != test.files {
			t.Errorf("with %v the files are %s, want %s", test.variants, got, test.files)
		}
		var modules []string
		for _, f := range response.Fragments {
			if require, ok := f.Data["require"].(map[string]any); ok {
				for path := range require {
					modules = append(modules, strings.TrimPrefix(path, "example.com/"))
				}
			}
		}
		if got := strings.Join(modules, " "); got != test.modules {
			t.Errorf("with %v it requires %s, want %s", test.variants, got, test.modules)
		}
	}
	_, err := g.Generate(request(schema.Component{Name: "database", Variants: []string{"oracle"}}))
	if err == nil || err.Error() != `database has no variant "oracle"` {
		t.Errorf("an unknown variant failed with %v", err)
	}
}

func TestConstructors(t *testing.T) {
	const problem = ": the constructor is not func New(a *app.App, deps ...*<component>.Component) (*Component, error)"
	for _, test := range []struct{ imports, signature, needs, fails string }{
		{app, "func New(a *app.App) (*Component, error)", "[]", ""},
		{app, "func New(*app.App) (*Component, error)", "[]", ""},
		{app + ";" + database, "func New(a *app.App, d *database.Component) (*Component, error)", "[database]", ""},
		{app + ";" + `"github.com/aegis-stack/aegis/generators/b/src";` + database,
			"func New(a *app.App, d, e *database.Component, _ *b.Component) (*Component, error)", "[database database b]", ""},
		{"kernel " + app, "func New(a *kernel.App) (*Component, error)", "[]", ""},
		{app, "func New() (*Component, error)", "", "x/src/x.go:5:1" + problem},
		{app, "func New(a app.App) (*Component, error)", "", "x/src/x.go:5:12" + problem},
		{`"example.com/app"`, "func New(a *app.App) (*Component, error)", "", "x/src/x.go:5:12" + problem},
		{app, "func New(a *app.App, n int) (*Component, error)", "", "x/src/x.go:5:24" + problem},
		{app + ";" + database, "func New(a *app.App, d *database.DB) (*Component, error)", "", "x/src/x.go:5:24" + problem},
		{app, "func New(a *app.App) *Component", "", "x/src/x.go:5:1" + problem},
		{app, "func New(a *app.App)", "", "x/src/x.go:5:1" + problem},
		{app, "func New(a *app.App) (Component, error)", "", "x/src/x.go:5:1" + problem},
	} {
		g := generators.FromFS("x", tree(
			"component.cue", "",
			"src/a_test.go", "package x\n\nfunc New(broken {\n",
			"src/x.go", "package x\n\nimport ("+test.imports+")\n\n"+test.signature+" { panic(0) }\n",
		))
		response, err := g.Generate(request(schema.Component{Name: "x"}))
		if test.fails != "" {
			if err == nil || err.Error() != test.fails {
				t.Errorf("%s failed with %v, want %q", test.signature, err, test.fails)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s failed with %v", test.signature, err)
			continue
		}
		entry, ok := fragment(t, response, generators.Wiring)["x"].(map[string]any)
		if got := fmt.Sprint(entry["needs"]); !ok || got != test.needs {
			t.Errorf("%s needs %s, want %s", test.signature, got, test.needs)
		}
	}
}

func TestVariantConstructors(t *testing.T) {
	const (
		imports = "import (\n\t" + app + "\n\t" + database + "\n)\n\n"
		problem = ": the constructor is not func New"
	)
	for _, test := range []struct {
		name, base, variant string
		chosen              []string
		want                string // needs of the component; of the variant
		fails               string
	}{
		{"an engine", "a *app.App, e Engine", "func New(a *app.App) (database.Engine, error)", []string{"sqlite"}, "[database/sqlite] []", ""},
		{"an engine with a need", "a *app.App, e Engine",
			"func New(a *app.App, d *database.Component) (database.Engine, error)", []string{"sqlite"}, "[database/sqlite] [database]", ""},
		{"nothing to construct", "a *app.App", "func Open()", []string{"sqlite"}, "[] <nil>", ""},
		{"none chosen", "a *app.App, e Engine", "", nil, "", "database/src/d.go:5:24: no variant was chosen that makes the Engine"},
		{"another made", "a *app.App, e Engine", "func New(a *app.App) (database.Driver, error)", []string{"sqlite"}, "",
			"database/src/d.go:5:24: no variant was chosen that makes the Engine"},
		{"none made", "a *app.App, e Engine", "func New(a *app.App) (*Engine, error)", []string{"sqlite"}, "", "database/src/sqlite/s.go:8:1" + problem},
		{"two made", "a *app.App, e Engine", "func New(a *app.App) (database.Engine, error)", []string{"sqlite", "postgres"}, "",
			"database/src/d.go:5:24: database/sqlite, database/postgres all make a Engine"},
		{"any number", "a *app.App, e ...Engine", "func New(a *app.App) (database.Engine, error)", []string{"sqlite", "postgres"},
			"[database/sqlite database/postgres] []", ""},
		{"any number, none chosen", "a *app.App, e ...Engine", "", nil, "[] <nil>", ""},
		{"of a variant", "a *app.App, e Engine", "func New(a *app.App, e Engine) (database.Engine, error)", []string{"sqlite"}, "",
			"database/src/sqlite/s.go:8:24" + problem},
		{"not exported", "a *app.App, e string", "", nil, "", "database/src/d.go:5:24" + problem},
	} {
		t.Run(test.name, func(t *testing.T) {
			g := generators.FromFS("database", tree(
				"component.cue", "",
				"src/d.go", "package database\n\nimport "+app+"\n\nfunc New("+test.base+") (*Component, error)\n",
				"src/sqlite/s.go", "package sqlite\n\n"+imports+test.variant+"\n",
				"src/postgres/s.go", "package postgres\n\n"+imports+test.variant+"\n",
			), "sqlite", "postgres")
			response, err := g.Generate(request(schema.Component{Name: "database", Variants: test.chosen}))
			if test.fails != "" {
				if err == nil || !strings.HasPrefix(err.Error(), test.fails) {
					t.Errorf("it failed with %v, want %q", err, test.fails)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			nodes := fragment(t, response, generators.Wiring)
			component, _ := nodes["database"].(map[string]any)
			variant, _ := nodes["database/sqlite"].(map[string]any)
			if got := fmt.Sprint(component["needs"], variant["needs"]); got != test.want {
				t.Errorf("the needs are %s, want %s", got, test.want)
			}
		})
	}
}

func TestWithAltersResponses(t *testing.T) {
	g := generators.With(generators.FromFS("x", tree("component.cue", "", "README.md", "# x\n", "src/x.go", "package x\n")),
		func(r generators.Request, response *generators.Response) error {
			response.Files = append(response.Files[:1], generators.File{Path: r.Project.Name + ".go", Policy: generators.Regenerate})
			return nil
		})
	response, err := g.Generate(request(schema.Component{Name: "x"}))
	if got := describe(response.Files); err != nil || got != "internal/x/x.go merge 644, shop.go regenerate 0" {
		t.Errorf("the files are %s (%v)", got, err)
	}
}

func TestNoConstructorNoWiring(t *testing.T) {
	g := generators.FromFS("x", tree("component.cue", "", "src/x.go", "package x\n\ntype T struct{}\n\nfunc (T) New() {}\n"))
	response, err := g.Generate(request(schema.Component{Name: "x"}))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range response.Fragments {
		if f.Document == generators.Wiring {
			t.Errorf("there is a wiring: %v", f.Data)
		}
	}
}

func TestFolderMistakes(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"modules.json", "{", "modules.json: unexpected end"},
		{"compsoe.jsonnet", "function(model) {}", "compsoe.jsonnet: no shared document has this name"},
		{"workflow.jsonnet", "function(model) {\n  a: model.nope }", "workflow.jsonnet:2:6: Field does not exist: nope"},
		{"src/b.go", "package x\n\nfunc New(\n", "x/src/b.go:3:11"},
	} {
		g := generators.FromFS("x", tree("component.cue", "", "src/x.go", "package x\n", test.name, test.text))
		if _, err := g.Generate(request(schema.Component{Name: "x"})); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("a bad %s failed with %v, want %q", test.name, err, test.want)
		}
	}
}
