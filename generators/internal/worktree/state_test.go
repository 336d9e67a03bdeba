package worktree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

func TestNothingToDoTouchesNothing(t *testing.T) {
	p := newProject(t)
	files := []plan.File{file("a/b", generators.Merge, "1"), file("c", generators.CreateOnce, "1"), file("d", generators.Regenerate, "1")}
	if _, err := p.generate(files...); err != nil {
		t.Fatal(err)
	}
	p.write("c", "mine")
	old := time.Unix(1e9, 0)
	err := filepath.WalkDir(p.dir, func(name string, _ fs.DirEntry, err error) error {
		return errors.Join(err, os.Chtimes(name, old, old))
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, version := range []string{"v1.2.3", "v1.3.0"} {
		set, err := Compare(p.dir, files, version, Decisions{})
		if err != nil || set.Pending() {
			t.Fatalf("there is something to do: %q, %v", summary(set), err)
		}
		if err := set.Apply(); err != nil {
			t.Fatal(err)
		}
	}
	err = filepath.WalkDir(p.dir, func(name string, e fs.DirEntry, err error) error {
		info, infoErr := e.Info()
		if err := errors.Join(err, infoErr); err != nil {
			return err
		}
		if !info.ModTime().Equal(old) {
			t.Errorf("%s was touched", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestState(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("b", generators.Merge, "1"), file("a", generators.CreateOnce, "2")); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(filepath.Join(p.dir, stateName))
	if err != nil {
		t.Fatal(err)
	}
	want := fmt.Sprintf(`{
  "format": 1,
  "aegis": "v1.2.3",
  "files": [
    {"path":"a","owner":"test","policy":"create-once","sha256":%q},
    {"path":"b","owner":"test","policy":"merge","sha256":%q}
  ]
}
`, checksum([]byte("2")), checksum([]byte("1")))
	if string(text) != want {
		t.Errorf("the state is\n%s\nwant\n%s", text, want)
	}
}

func TestBadStates(t *testing.T) {
	for _, test := range []struct{ text, want string }{
		{"{", "read .aegis/state.json: unexpected end"},
		{`{"format": 7, "aegis": "v9.0.0"}`, "written by Aegis v9.0.0"},
		{`{"format": 1, "files": [{"path": "../victim"}]}`, "leaves the project"},
		{`{"format": 1, "files": [{"path": "aegis.cue"}]}`, "never generated"},
	} {
		p := newProject(t)
		p.write(stateName, test.text)
		if _, err := p.generate(file("a", generators.Merge, "1")); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("with the state %s it failed with %v, want %q", test.text, err, test.want)
		}
	}
}

func TestAgain(t *testing.T) {
	files := []plan.File{
		file("merge", generators.Merge, "1"), file("once", generators.CreateOnce, "1"), file("ours", generators.Regenerate, "1"),
	}
	for _, test := range []struct {
		name     string
		meantime func(project)
		answers  bool
	}{
		{"nothing", func(project) {}, true},
		{"edited", func(p project) { p.write("merge", "mine"); p.write("once", "mine") }, true},
		{"deleted", func(p project) { p.remove("merge"); p.remove("once") }, true},
		{"a generated file edited", func(p project) { p.write("ours", "mine") }, false},
		{"a generated file deleted", func(p project) { p.remove("ours") }, false},
		{"a link in the way", func(p project) {
			p.remove("merge")
			if err := os.Symlink("ours", filepath.Join(p.dir, "merge")); err != nil {
				p.t.Fatal(err)
			}
		}, false},
		{"no state", func(p project) { p.remove(stateName) }, false},
		{"an edited file retired", func(p project) {
			if _, err := p.generate(append(files, file("old", generators.Merge, "1"))...); err != nil {
				p.t.Fatal(err)
			}
			p.write("old", "mine")
			if _, err := p.generate(files...); err != nil {
				p.t.Fatal(err)
			}
		}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(files...); err != nil {
				t.Fatal(err)
			}
			test.meantime(p)
			again, err := Again(p.dir)
			if err != nil || (again != nil) != test.answers {
				t.Fatalf("Again returned %v, %v", again, err)
			}
			if again == nil {
				return
			}
			set, err := Compare(p.dir, files, "v1.2.3", Decisions{})
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(again.Changes, set.Changes) || again.Fingerprint() != set.Fingerprint() {
				t.Errorf("Again says %v, Compare %v", again.Changes, set.Changes)
			}
		})
	}
	// A deleted file whose text changed may come back with the old text. The
	// state alone cannot tell that it is to be updated then.
	p := newProject(t)
	if _, err := p.generate(files...); err != nil {
		t.Fatal(err)
	}
	p.remove("merge")
	set, err := Compare(p.dir, []plan.File{file("merge", generators.Merge, "2"), files[1], files[2]}, "v1.2.3", Decisions{})
	if err != nil || set.Fingerprint() != "" {
		t.Errorf("the fingerprint is %q, %v", set.Fingerprint(), err)
	}

	if again, err := Again(filepath.Join(t.TempDir(), "missing")); again != nil || err != nil {
		t.Errorf("Again of a missing folder: %v, %v", again, err)
	}
}
