package assemble

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// newManifest makes a folder with a manifest and an empty memory.
func newManifest(t *testing.T) (options Options, manifest string) {
	t.Helper()
	cache := t.TempDir()
	for _, variable := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} { // whatever the system asks
		t.Setenv(variable, cache)
	}
	dir := t.TempDir()
	manifest = filepath.Join(dir, "aegis.cue")
	write(t, manifest, "name: \"shop\"\n")
	return Options{Dir: dir, Version: "v1.2.3"}, manifest
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestGenerate(t *testing.T) {
	options, manifest := newManifest(t)
	dir := options.Dir
	set, err := Check(options)
	if err != nil || !set.Pending() {
		t.Fatalf("Check: %v", err)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Fatalf("Check wrote something: %v, %v", entries, err)
	}
	set, err = Generate(options)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range set.Changes {
		if c.Action != Create {
			t.Errorf("%s %s", c.Action, c.Path)
		}
	}
	if set, err = Generate(options); err != nil || set.Pending() {
		t.Errorf("the second run had something to do (%v)", err)
	}

	generated := filepath.Join(dir, "cmd", "shop", "components_gen.go")
	write(t, generated, "package main\n")
	var conflict *ConflictError
	set, err = Generate(options)
	if !errors.As(err, &conflict) || len(conflict.Changes) != 1 || !strings.Contains(conflict.Changes[0].Hint, "cmd/shop/components.go") {
		t.Errorf("after an edit by hand: %v", err)
	}
	if len(set.Conflicts()) != 1 {
		t.Errorf("the changeset has the conflicts %v", set.Conflicts())
	}
	options.Replace = []string{"cmd/shop/components_gen.go"}
	if _, err = Generate(options); err != nil {
		t.Errorf("replacing: %v", err)
	}

	// Elsewhere, the project is the same and the manifest stays where it is.
	options = Options{Dir: dir, OutputDir: filepath.Join(t.TempDir(), "new"), Version: "v1.2.3"}
	if _, err := Generate(options); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(options.OutputDir, "aegis.cue")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the manifest was copied (%v)", err)
	}

	write(t, manifest, "name: \"Shop\"\n")
	if _, err := Generate(options); len(schema.Diagnostics(err)) == 0 {
		t.Errorf("a bad manifest failed with %v", err)
	}
}

// TestMemory checks when the manifest need not be evaluated again, and that it
// is whenever something could have changed.
func TestMemory(t *testing.T) {
	for _, test := range []struct {
		name    string
		change  func(t *testing.T, o *Options)
		recalls bool
		changes string // what Generate finds then, beside unchanged files
	}{
		{"nothing", func(*testing.T, *Options) {}, true, ""},
		{"a shared file edited", func(t *testing.T, o *Options) {
			t.Helper()
			write(t, filepath.Join(o.Dir, "internal", "app", "app.go"), "package app\n")
		}, true, "keep internal/app/app.go"},
		{"a generated file deleted", func(t *testing.T, o *Options) {
			t.Helper()
			if err := os.Remove(filepath.Join(o.Dir, "cmd", "shop", "components_gen.go")); err != nil {
				t.Fatal(err)
			}
		}, false, "create cmd/shop/components_gen.go"},
		{"a shared file deleted", func(t *testing.T, o *Options) {
			t.Helper()
			if err := os.Remove(filepath.Join(o.Dir, "Makefile")); err != nil {
				t.Fatal(err)
			}
		}, false, "keep Makefile"},
		{"the manifest saved as it was", func(t *testing.T, o *Options) {
			t.Helper()
			write(t, filepath.Join(o.Dir, "aegis.cue"), "name: \"shop\"\n")
		}, true, ""},
		{"the manifest", func(t *testing.T, o *Options) {
			t.Helper()
			write(t, filepath.Join(o.Dir, "aegis.cue"), "name: \"shop\"\nlog: level: \"debug\"\n")
		}, false, "update .env.example, update cmd/shop/components_gen.go"},
		{"another file of the manifest", func(t *testing.T, o *Options) {
			t.Helper()
			write(t, filepath.Join(o.Dir, "more.cue"), "package shop\n")
		}, false, ""},
		{"another Aegis", func(_ *testing.T, o *Options) { o.Version = "v1.2.4" }, false, ""},
		{"another folder", func(t *testing.T, o *Options) {
			t.Helper()
			copied := filepath.Join(t.TempDir(), "copy")
			if err := os.CopyFS(copied, os.DirFS(o.Dir)); err != nil {
				t.Fatal(err)
			}
			o.OutputDir = copied
		}, false, ""},
		{"a decision", func(_ *testing.T, o *Options) { o.Keep = []string{"Makefile"} }, false, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			options, _ := newManifest(t)
			if _, err := Generate(options); err != nil {
				t.Fatal(err)
			}
			test.change(t, &options)
			if _, set := recall(options); (set != nil) != test.recalls {
				t.Errorf("it was recalled: %v", set != nil)
			}
			set, err := Generate(options)
			if err != nil {
				t.Fatal(err)
			}
			var changes []string
			for _, c := range set.Changes {
				if c.Action != Unchanged {
					changes = append(changes, string(c.Action)+" "+c.Path)
				}
			}
			if got := strings.Join(changes, ", "); got != test.changes {
				t.Errorf("it did %q, want %q", got, test.changes)
			}
			options.Keep = nil
			if _, set := recall(options); set == nil {
				t.Error("the run was not remembered")
			}
		})
	}
}

func TestNoMemory(t *testing.T) {
	options, _ := newManifest(t)
	for _, variable := range []string{"XDG_CACHE_HOME", "HOME", "LocalAppData"} {
		t.Setenv(variable, "")
	}
	for range 2 {
		if _, err := Generate(options); err != nil {
			t.Fatal(err)
		}
	}
	if _, set := recall(options); set != nil {
		t.Error("something was recalled")
	}
}
