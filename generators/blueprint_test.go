package generators_test

import (
	"reflect"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

func TestBlueprint(t *testing.T) {
	g := generators.Blueprint("service", tree(
		"cmd/service/main.go", "package main\n",
		"cmd/service/main_test.go", "package main\n",
		"cmd/service/components.go", "package main\n",
		"cmd/service/components_gen.go", "package main\n",
		"app/app.go", "package app\n",
		"app/testdata/x.txt", "x",
		"Makefile", "test:\n",
		".gitignore", "/bin/\n",
		".env.example", "# SERVICE_ADDR=\n",
		".vscode/settings.json", "{}\n",
		"Dockerfile.tmpl", "FROM golang:{{.Go}}\nLABEL title={{.Quoted `a \"$b\"`}}\n",
		"compose.jsonnet", "function(model) { dev: (import 'compose.libsonnet')(model).variables({ A: model.shutdownSeconds }) }",
		"README.md.tmpl", "# {{.Name}}\n{{range .Components}}- {{.Name}}\n{{end}}",
		"workflow.jsonnet", "local on = import 'on.libsonnet'; function(model) on(model)",
		"on.libsonnet", "function(model) { on: { schedule: model.ci.schedule } }",
		"modules.json", `{"go": "1.26.0"}`,
	))
	if g.Schema() != nil {
		t.Error("a blueprint has a schema")
	}
	r := request(schema.Component{Name: "backend"})
	r.Component = nil
	r.Project.Env = []schema.Env{{Name: "ENV", Default: "development", Doc: "Where."}, {Name: "SHUTDOWN_TIMEOUT", Default: "1m500ms"}}

	response, err := g.Generate(r)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		".gitignore merge 644",
		".vscode/settings.json merge 644",
		"Dockerfile regenerate 644",
		"Makefile merge 644",
		"README.md merge 644",
		"internal/app/app.go merge 644",
		"internal/app/testdata/x.txt merge 644",
		"cmd/shop/components.go create-once 644",
		"cmd/shop/main.go create-once 644",
		"cmd/shop/main_test.go merge 644",
	}
	if got := describe(response.Files); got != strings.Join(want, ", ") {
		t.Errorf("the files are\n%s, want\n%s", got, strings.Join(want, ", "))
	}
	for _, f := range response.Files {
		if f.Path == "README.md" && string(f.Content) != "# shop\n- backend\n" {
			t.Errorf("the README is %q", f.Content)
		}
		if f.Path == "Dockerfile" && (string(f.Content) != "FROM golang:1.26\nLABEL title=\"a \\\"\\$b\\\"\"\n" || f.Hint == "") {
			t.Errorf("the Dockerfile is %q, with the hint %q", f.Content, f.Hint)
		}
	}
	for document, want := range map[generators.Document]map[string]any{
		generators.Modules:  {"go": "1.26.0"},
		generators.Workflow: {"on": map[string]any{"schedule": "1 2 * * *"}},
		generators.Compose:  {"dev": map[string]any{"SHOP_A": 61.0}},
		generators.Environment: {
			"ENV":              map[string]any{"default": "development", "doc": "Where.", "secret": false},
			"SHUTDOWN_TIMEOUT": map[string]any{"default": "1m500ms", "doc": "", "secret": false},
		},
	} {
		if got := fragment(t, response, document); !reflect.DeepEqual(got, want) {
			t.Errorf("the fragment of %s is %v, want %v", document, got, want)
		}
	}
}

func TestBlueprintTemplateMistakes(t *testing.T) {
	for text, want := range map[string]string{
		"{{.Nope}}": "execute template:",
		"{{":        "parse template:",
	} {
		g := generators.Blueprint("service", tree("README.md.tmpl", text))
		if _, err := g.Generate(request(schema.Component{})); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("the template %q failed with %v, want %q", text, err, want)
		} else if !strings.Contains(err.Error(), "README.md.tmpl:1") {
			t.Errorf("the template %q failed without a position: %v", text, err)
		}
	}
}
