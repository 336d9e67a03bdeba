package assemble

import (
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// folder makes an embedded folder of path and text pairs.
func folder(pairs ...string) fs.FS {
	fsys := fstest.MapFS{"component.cue": {Data: []byte("package schema\n")}}
	for i := 0; i < len(pairs); i += 2 {
		fsys[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return fsys
}

// source is the Go file of a component that needs others.
func source(name string, needs ...string) string {
	var imports, parameters strings.Builder
	for _, need := range needs {
		fmt.Fprintf(&imports, "\t%q\n", "github.com/aegis-stack/aegis/generators/"+need+"/src")
		fmt.Fprintf(&parameters, ", _ *%s.Component", need)
	}
	return fmt.Sprintf(`package %s

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
%s)

type Component struct{}

func New(a *app.App%s) (*Component, error) { return nil, nil }
`, name, &imports, &parameters)
}

func projectOf(names ...string) *schema.Project {
	p := &schema.Project{Name: "shop", Module: "example.com/shop"}
	for _, name := range names {
		p.Components = append(p.Components, schema.Component{Name: name, Kind: schema.Infrastructure})
	}
	return p
}

var (
	kernel = generators.Blueprint("service", fstest.MapFS{
		"app/app.go":          {Data: []byte("package app\n\ntype App struct{}\n")},
		"cmd/service/main.go": {Data: []byte("package main\n\nfunc main() {}\n")},
	})
	cache  = generators.FromFS("cache", folder("src/cache.go", source("cache")))
	worker = generators.FromFS("worker", folder("src/worker.go", source("worker", "cache")))
)

// texts returns the files by path.
func texts(t *testing.T, files []File) map[string]string {
	t.Helper()
	out := map[string]string{}
	last := ""
	for _, f := range files {
		if f.Path <= last {
			t.Errorf("%s follows %s", f.Path, last)
		}
		last = f.Path
		out[f.Path] = string(f.Content)
	}
	return out
}

func TestRender(t *testing.T) {
	project := projectOf("cache", "worker")
	files, err := Render(project, []generators.Generator{worker, kernel, cache})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, f := range files {
		got = append(got, fmt.Sprintf("%s %s %s", f.Path, f.Owner, f.Policy))
	}
	want := []string{
		".env.example aegis merge",
		"cmd/shop/components_gen.go aegis regenerate",
		"cmd/shop/main.go service create-once",
		"internal/app/app.go service merge",
		"internal/cache/cache.go cache merge",
		"internal/worker/worker.go worker merge",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("the files are\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	text := texts(t, files)
	for path, want := range map[string]string{
		"internal/worker/worker.go":  "import (\n\t\"example.com/shop/internal/app\"\n\t\"example.com/shop/internal/cache\"\n)\n",
		"cmd/shop/components_gen.go": "worker.New(a, cacheComponent)",
	} {
		if !strings.Contains(text[path], want) {
			t.Errorf("%s is\n%s\nwant it to contain\n%s", path, text[path], want)
		}
	}
}

// Contracts that lie in a blueprint are part of a project when somebody uses
// them, or another contract that is used does.
func TestRenderLeavesOutContracts(t *testing.T) {
	const service = "github.com/aegis-stack/aegis/blueprints/service/"
	contracts := generators.Blueprint("service", fstest.MapFS{
		"app/app.go":            {Data: []byte("package app\n\ntype App struct{}\n")},
		"app/none/none.go":      {Data: []byte("package none\n")},
		"jobs/jobs.go":          {Data: []byte("package jobs\n\nimport _ \"" + service + "clock\"\n")},
		"jobs/jobs_test.go":     {Data: []byte("package jobs_test\n\nimport _ \"" + service + "jobs\"\n")},
		"jobs/assets/a/x.css":   {Data: []byte("x")},
		"jobs/testdata/x.txt":   {Data: []byte("x")},
		"clock/clock.go":        {Data: []byte("package clock\n")},
		"cmd/service/main.go":   {Data: []byte("package main\n\nfunc main() {}\n")},
		"cmd/service/x_test.go": {Data: []byte("package main\n\nimport _ \"" + service + "testkit\"\n")},
		"testkit/kit.go":        {Data: []byte("package testkit\n")},
	})
	timer := generators.FromFS("timer", folder("src/timer.go", strings.Replace(source("timer"), "import (", "import (\n\t_ \""+service+"jobs\"", 1)))
	for _, test := range []struct{ with, want string }{
		{"cache", "app cache testkit"},
		{"timer", "app clock jobs/assets/a jobs jobs/testdata testkit timer"},
	} {
		files, err := Render(projectOf(test.with), []generators.Generator{contracts, cache, timer})
		if err != nil {
			t.Fatal(err)
		}
		var folders []string
		for _, f := range files {
			if name, ok := strings.CutPrefix(path.Dir(f.Path), "internal/"); ok && !slices.Contains(folders, name) {
				folders = append(folders, name)
			}
		}
		if got := strings.Join(folders, " "); got != test.want {
			t.Errorf("with %s there are %s, want %s", test.with, got, test.want)
		}
	}
}

// What is not active leaves no trace.
func TestRenderInactive(t *testing.T) {
	files, err := Render(projectOf("cache"), []generators.Generator{worker, kernel, cache})
	if err != nil {
		t.Fatal(err)
	}
	for path, text := range texts(t, files) {
		if strings.Contains(path+text, "worker") {
			t.Errorf("%s mentions the worker:\n%s", path, text)
		}
	}
}

func TestRenderRefuses(t *testing.T) {
	for _, test := range []struct {
		name    string
		project *schema.Project
		gens    []generators.Generator
		want    []string
	}{
		{"no generator", projectOf("cache", "redis"), []generators.Generator{kernel, cache},
			[]string{`component "redis" has no generator`}},
		{"a need that is not active", projectOf("worker"), []generators.Generator{kernel, cache, worker},
			[]string{"wiring: worker needs cache, which is not part of the project"}},
		{"several folders with mistakes", projectOf("a", "b"), []generators.Generator{
			generators.FromFS("a", folder("src/a.go", "package a\n", "nonsense.jsonnet", "")),
			generators.FromFS("b", folder("src/b.go", "package b\n", "modules.json", "{")),
		}, []string{"2 errors", "generate a: nonsense.jsonnet", "generate b: modules.json"}},
		{"an import that is not emitted", projectOf("a"), []generators.Generator{
			generators.FromFS("a", folder("src/a.go", "package a\n\nimport _ \"github.com/aegis-stack/aegis/schema\"\n")),
		}, []string{`a: internal/a/a.go:3:10: import "github.com/aegis-stack/aegis/schema" is not part of an application`}},
		{"a file of the blueprint", projectOf("app"), []generators.Generator{
			kernel, generators.FromFS("app", folder("src/app.go", "package app\n")),
		}, []string{"internal/app/app.go: both app and service bring it"}},
		{"documents that clash", projectOf("a", "b"), []generators.Generator{
			generators.FromFS("a", folder("src/a.go", "package a\n", "workflow.jsonnet", "function(model) { name: 'a', on: 'push' }")),
			generators.FromFS("b", folder("src/b.go", "package b\n", "workflow.jsonnet", "function(model) { name: 'b', on: 'pull' }")),
		}, []string{"2 errors", "workflow: name: a and b disagree", "workflow: on: a and b disagree"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := Render(test.project, test.gens)
			if err == nil {
				t.Fatal("Render succeeded")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("Render failed with\n%v\nwant %q", err, want)
				}
			}
		})
	}
}

// A name from a manifest cannot lead out of the project even if the schema let
// it through.
func TestRenderStaysInside(t *testing.T) {
	project := projectOf()
	project.Name = "../../etc"
	_, err := Render(project, []generators.Generator{kernel})
	if err == nil || !strings.Contains(err.Error(), "leaves the project") {
		t.Errorf("Render failed with %v", err)
	}
}
