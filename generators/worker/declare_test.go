package worker_test

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/worker"
	"github.com/aegis-stack/aegis/schema"
)

// generate returns what is generated for a manifest.
func generate(t *testing.T, manifest string) generators.Response {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	p, err := s.LoadBytes(map[string][]byte{schema.ManifestName: []byte(manifest)})
	if err != nil {
		t.Fatal(err)
	}
	response, err := worker.Generator.Generate(generators.Request{Project: p, Component: p.Component("worker")})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// taskFiles returns the files of the tasks by their names.
func taskFiles(response generators.Response) map[string]generators.File {
	files := map[string]generators.File{}
	for _, f := range response.Files {
		if name, ok := strings.CutPrefix(f.Path, "internal/tasks/"); ok {
			files[name] = f
		}
	}
	return files
}

// The stand-in is what is generated for testdata/aegis.cue, so that this code is
// compiled, vetted and tested. AEGIS_UPDATE=1 writes it anew.
func TestStandInIsGenerated(t *testing.T) {
	manifest, err := os.ReadFile("testdata/aegis.cue")
	if err != nil {
		t.Fatal(err)
	}
	files := taskFiles(generate(t, string(manifest)))
	for name, f := range files {
		path := filepath.Join("src", "tasks", name)
		if os.Getenv("AEGIS_UPDATE") != "" {
			if err := os.WriteFile(path, f.Content, 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if have, err := os.ReadFile(path); err != nil || !bytes.Equal(have, f.Content) {
			t.Errorf("%s is not what is generated (%v): run the test with AEGIS_UPDATE=1", path, err)
		}
		if want := map[bool]generators.Policy{true: generators.Regenerate, false: generators.CreateOnce}[name == "tasks_gen.go"]; f.Policy != want {
			t.Errorf("%s has the policy %v", name, f.Policy)
		}
		if (f.Policy == generators.Regenerate) != (f.Hint != "") {
			t.Errorf("%s has the hint %q", name, f.Hint)
		}
	}
	have, err := os.ReadDir(filepath.Join("src", "tasks"))
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range have {
		if _, ok := files[entry.Name()]; !ok && !strings.HasSuffix(entry.Name(), "_test.go") {
			t.Errorf("src/tasks/%s is not generated", entry.Name())
		}
	}
}

func TestNoTasks(t *testing.T) {
	response := generate(t, `name: "shop", components: worker: {}`)
	files := taskFiles(response)
	if len(files) != 2 || !strings.Contains(string(files["tasks_gen.go"].Content), `{Name: "default", Concurrency: 10, Priority: 1}`) {
		t.Errorf("without tasks there are %v", files)
	}
	for _, f := range response.Files {
		if strings.HasPrefix(f.Path, "internal/worker/tasks/") {
			t.Errorf("the stand-in is there too: %s", f.Path)
		}
	}
	for _, f := range response.Fragments {
		if node, ok := f.Data["worker/tasks"].(map[string]any); ok && node["folder"] != "internal/tasks" {
			t.Errorf("the tasks are wired from %v", node["folder"])
		}
	}
}
