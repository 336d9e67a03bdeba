package all

import (
	"bytes"
	"os"
	"slices"
	"testing"

	"github.com/aegis-stack/aegis/generators/internal/registry"
)

func TestListIsCurrent(t *testing.T) {
	components, err := registry.Components(os.DirFS(".."))
	if err != nil {
		t.Fatal(err)
	}
	want, err := registry.Source(components)
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile("list_gen.go")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("list_gen.go is old, run go generate ./generators/all:\n%s", want)
	}
	var names []string
	for _, g := range Generators() {
		names = append(names, g.Name())
	}
	if !slices.IsSorted(names) || len(names) != len(components)+1 {
		t.Errorf("the generators are %v", names)
	}
}

func TestSchema(t *testing.T) {
	s, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	project, err := s.LoadBytes(map[string][]byte{"aegis.cue": []byte("name: \"shop\"\n")})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"backend", "cli", "frontend"} {
		if project.Component(name) == nil {
			t.Errorf("%s is not part of the project", name)
		}
	}
}

func TestReadme(t *testing.T) {
	for _, g := range Generators() {
		// Whatever the manifest can name, aegis explain must be able to explain.
		if g.Schema() != nil && !bytes.HasPrefix(Readme(g.Name()), []byte("# "+g.Name()+"\n")) {
			t.Errorf("the README.md of %s does not start with its name", g.Name())
		}
	}
	if text := Readme("nobody"); text != nil {
		t.Errorf("nobody has the README %q", text)
	}
}
