package worktree

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
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
		set, err := Compare(p.dir, files, Options{Origin: Origin{Version: version}})
		if err != nil || set.Pending() {
			t.Fatalf("there is something to do: %q, %v", summary(set), err)
		}
		if err := apply(p.dir, set); err != nil {
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
	files := []plan.File{file("b", generators.Merge, "1"), file("a", generators.CreateOnce, "2"), file("with space", generators.Regenerate, "3")}
	if _, err := p.generate(files...); err != nil {
		t.Fatal(err)
	}
	want := stateHead + fmt.Sprintf(`format 2
aegis v1.2.3
manifest 1

%s create-once test a
%s merge test b
%s regenerate test "with space"

end
`, checksum([]byte("2")), checksum([]byte("1")), checksum([]byte("3")))
	if got := p.read(stateName); got != want {
		t.Errorf("the state is\n%s\nwant\n%s", got, want)
	}
	for name, want := range map[string]string{"b": "1", "with space": "3"} {
		if got := p.read(baseName(name)); got != want {
			t.Errorf("the base of %s is %q", name, got)
		}
	}
	if _, err := os.Stat(filepath.Join(p.dir, baseName("a"))); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a create-once file has a base: %v", err)
	}
}

// Whatever can stand in a state is read back as it was written.
func TestStateIsReadBack(t *testing.T) {
	s := state{origin: Origin{"v1", "2"}, files: map[string]entry{}}
	for i, e := range []entry{
		{Path: "a b", Moved: "c d", Policy: generators.Merge}, {Path: "=-", Policy: generators.Regenerate, Mark: deleted},
		{Path: "é", Moved: "x = y", Policy: generators.CreateOnce, Mark: retired}, {Path: "m", Policy: generators.Merge, Mark: unresolved},
	} {
		e.Owner, e.SHA256 = "test", checksum([]byte{byte(i)})
		s.files[e.Path] = e
	}
	got := state{files: map[string]entry{}}
	if err := got.parse(s.encode()); err != nil {
		t.Fatal(err)
	}
	if !maps.Equal(got.files, s.files) || got.origin != s.origin {
		t.Errorf("it is read as %v, want %v", got, s)
	}
}

func TestBadStates(t *testing.T) {
	line := checksum(nil) + " merge test "
	for _, test := range []struct{ text, want string }{
		{"", ".aegis/state: it is not complete"},
		{"format 2\n" + line + "a\n", ".aegis/state: it is not complete"},
		{"{}\nend\n", `.aegis/state:1: "{}" is not what Aegis writes`},
		{"format 2\n<<<<<<< ours\nend\n", `.aegis/state:2: "<<<<<<< ours" is not what Aegis writes`},
		{line + "a b\nend\n", "is not what Aegis writes"},
		{line + "\nend\n", "is not what Aegis writes"},
		{checksum(nil) + " merge,odd test a\nend\n", "is not what Aegis writes"},
		{line + "../victim\nend\n", "leaves the project"},
		{line + "a => ../victim\nend\n", "leaves the project"},
		{line + "aegis.cue\nend\n", "never generated"},
	} {
		p := newProject(t)
		p.write(stateName, test.text)
		_, err := p.generate(file("a", generators.Merge, "1"))
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "--adopt") {
			t.Errorf("with the state %s it failed with %v, want %q and the way out", test.text, err, test.want)
		}
		if got, err := p.decide(Options{Adopt: true}, file("a", generators.Merge, "1")); err != nil || got != "create a" {
			t.Errorf("adopting with the state %s: %q, %v", test.text, got, err)
		}
	}
	p := newProject(t)
	p.write(stateName, "format 7\nend\n")
	if _, err := p.decide(Options{Adopt: true}, file("a", generators.Merge, "1")); err == nil || !strings.Contains(err.Error(), `it has format "7", this Aegis knows 2`) {
		t.Errorf("with a state of the future it failed with %v", err)
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
		{"deleted", func(p project) { p.remove("merge"); p.remove("once") }, false},
		{"deleted, and generated since", func(p project) {
			p.remove("merge")
			p.remove("once")
			if _, err := p.generate(files...); err != nil {
				p.t.Fatal(err)
			}
		}, true},
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
			set, err := Compare(p.dir, files, first)
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
	set, err := Compare(p.dir, []plan.File{file("merge", generators.Merge, "2"), files[1], files[2]}, first)
	if err != nil || set.Fingerprint() != "" {
		t.Errorf("the fingerprint is %q, %v", set.Fingerprint(), err)
	}

	if again, err := Again(filepath.Join(t.TempDir(), "missing")); again != nil || err != nil {
		t.Errorf("Again of a missing folder: %v, %v", again, err)
	}
}
