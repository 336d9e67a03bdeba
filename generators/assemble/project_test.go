package assemble

import (
	"bytes"
	"go/format"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/mod/modfile"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// load resolves a manifest with all components that there are.
func load(t *testing.T, manifest string) *schema.Project {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	project, err := s.LoadBytes(map[string][]byte{"aegis.cue": []byte(manifest)})
	if err != nil {
		t.Fatal(err)
	}
	return project
}

// manifests differ in what changes the order of imports: the module path.
var manifests = []string{
	"name: \"shop\"\n",
	"name: \"a-long-name\"\nmodule: \"a.example/x\"\n",
	"name: \"zoo\"\nmodule: \"zoo.example/zoo\"\ncomponents: frontend: title: \"It's \\\"the\\\" zoo\"\n",
}

func TestProjects(t *testing.T) {
	for _, manifest := range manifests {
		project := load(t, manifest)
		files, err := Render(project, all.Generators())
		if err != nil {
			t.Fatal(err)
		}
		again, err := Render(load(t, manifest), all.Generators())
		if err != nil {
			t.Fatal(err)
		}
		for i, f := range files {
			if !bytes.Equal(f.Content, again[i].Content) {
				t.Errorf("%s: two runs differ", f.Path)
			}
			if bytes.Contains(f.Content, []byte("aegis-stack")) {
				t.Errorf("%s speaks of Aegis's own packages", f.Path)
			}
			if !strings.HasSuffix(f.Path, ".go") {
				continue
			}
			if formatted, err := format.Source(f.Content); err != nil || !bytes.Equal(formatted, f.Content) {
				t.Errorf("%s: %s is not formatted (%v)", project.Module, f.Path, err)
			}
		}
	}
}

// TestModulesAreCurrent compares what the code imports with what the
// modules.json say, as far as that goes without the go command.
func TestModulesAreCurrent(t *testing.T) {
	const remedy = "run go generate ./generators/all"
	project := load(t, manifests[0])
	files, err := Render(project, all.Generators())
	if err != nil {
		t.Fatal(err)
	}
	text := texts(t, files)
	mod, err := modfile.Parse("go.mod", []byte(text["go.mod"]), nil)
	if err != nil {
		t.Fatal(err)
	}
	own := aegisGoMod(t)
	if mod.Go.Version != own.Go.Version {
		t.Errorf("go.mod says go %s, Aegis's own go %s; %s", mod.Go.Version, own.Go.Version, remedy)
	}
	pins := map[string]string{}
	for _, r := range own.Require {
		pins[r.Mod.Path] = r.Mod.Version
	}
	direct := map[string]bool{}
	for _, r := range mod.Require {
		if pins[r.Mod.Path] != r.Mod.Version {
			t.Errorf("go.mod requires %s, Aegis's own %s; %s", r.Mod, pins[r.Mod.Path], remedy)
		}
		if !r.Indirect {
			direct[r.Mod.Path] = true
		}
	}
	used := map[string]bool{}
	for path, content := range text {
		if !strings.HasSuffix(path, ".go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), path, content, parser.ImportsOnly)
		if err != nil {
			t.Fatal(err)
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				t.Fatal(err)
			}
			first, _, _ := strings.Cut(imported, "/")
			if !strings.Contains(first, ".") || strings.HasPrefix(imported, project.Module+"/") {
				continue // the standard library, or its own
			}
			provider := ""
			for m := range direct {
				if (imported == m || strings.HasPrefix(imported, m+"/")) && len(m) > len(provider) {
					provider = m
				}
			}
			if provider == "" {
				t.Errorf("%s imports %s, which go.mod does not require; %s", path, imported, remedy)
			}
			used[provider] = true
		}
	}
	for _, m := range slices.Sorted(maps.Keys(direct)) {
		if !used[m] {
			t.Errorf("go.mod requires %s, which nothing imports; %s", m, remedy)
		}
	}
}

func aegisGoMod(t *testing.T) *modfile.File {
	t.Helper()
	name := filepath.Join("..", "..", "go.mod")
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := modfile.Parse(name, text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return file
}

// TestBlueprintIsCurrent checks the files that lie in the blueprint to make it
// run there, and are built from fragments elsewhere.
// AEGIS_UPDATE=1 rewrites them.
func TestBlueprintIsCurrent(t *testing.T) {
	project := load(t, "name: \"service\"\nmodule: \"example.com/service\"\n")
	files, err := Render(project, all.Generators())
	if err != nil {
		t.Fatal(err)
	}
	text := texts(t, files)
	components := text["cmd/service/components_gen.go"]
	for _, c := range project.Components {
		components = strings.ReplaceAll(components, strconv.Quote(project.Module+"/internal/"+c.Name),
			strconv.Quote("github.com/aegis-stack/aegis/generators/"+c.Name+"/src"))
	}
	components = strings.ReplaceAll(components, project.Module+"/internal/", "github.com/aegis-stack/aegis/blueprints/service/")

	for name, want := range map[string]string{
		"cmd/service/components_gen.go": components,
		".env.example":                  text[".env.example"],
	} {
		name = filepath.Join("..", "..", "blueprints", "service", filepath.FromSlash(name))
		if os.Getenv("AEGIS_UPDATE") != "" {
			if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if got, err := os.ReadFile(name); err != nil || string(got) != want {
			t.Errorf("%s is not what a project called service gets (%v), want\n%s", name, err, want)
		}
	}
}
