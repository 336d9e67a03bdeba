package worktree

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

func (p project) undo() (string, error) {
	p.t.Helper()
	s, err := Open(p.dir, func() {})
	if err != nil {
		p.t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	changes, err := s.Undo(false)
	var did []string
	for _, c := range changes {
		did = append(did, fmt.Sprintf("%s %s (%s)", c.Action, c.Path, c.Owner))
	}
	return strings.Join(did, ", "), err
}

func TestUndo(t *testing.T) {
	p := newProject(t)
	p.write("aegis.cue", "name: \"x\"\n")
	if _, err := p.generate(file("f", generators.Merge, poem), file("old/f", generators.Merge, "1"), file("empty", generators.Merge, "")); err != nil {
		t.Fatal(err)
	}
	p.write("f", replaced(poem, "one", "mine"))
	if err := os.Chmod(filepath.Join(p.dir, "old/f"), 0o755); err != nil {
		t.Fatal(err)
	}
	before := p.all()
	set, err := Compare(p.dir, []plan.File{file("f", generators.Merge, replaced(poem, "seven", "7")), file("new/f", generators.Merge, "2")}, first)
	if err != nil {
		t.Fatal(err)
	}
	set.Edit("aegis.cue", "as asked for", []byte("name: \"x\"\n"), []byte("name: \"y\"\n"))
	if err := apply(p.dir, set); err != nil {
		t.Fatal(err)
	}
	if p.read("aegis.cue") != "name: \"y\"\n" {
		t.Error("the manifest was not written")
	}
	// An edit since then is not thrown away.
	p.write("new/f", "mine")
	var conflict *ConflictError
	after := p.all()
	if _, err := p.undo(); !errors.As(err, &conflict) || err.Error() != "new/f: changed since the run that is to be undone" || p.all() != after {
		t.Errorf("with an edit: %v\n%s", err, p.all())
	}
	p.write("new/f", "2")
	got, err := p.undo()
	const want = "update aegis.cue (), create empty (), update f (test), delete new/f (test), create old/f ()"
	if err != nil || got != want {
		t.Errorf("it did %q, %v, want %q", got, err, want)
	}
	if p.all() != before {
		t.Errorf("the project is\n%s\nwant\n%s", p.all(), before)
	}
	if info, err := os.Stat(filepath.Join(p.dir, "old/f")); err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("its mode is lost: %v, %v", info, err)
	}
	if _, err := p.undo(); !errors.Is(err, ErrNothingToUndo) {
		t.Errorf("undoing twice: %v", err)
	}
	// A run that writes nothing leaves what can be undone.
	if _, err := p.generate(file("f", generators.Merge, poem)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.generate(file("f", generators.Merge, poem)); err != nil {
		t.Fatal(err)
	}
	if _, err := p.undo(); err != nil || p.all() != before {
		t.Errorf("undoing failed with %v and left\n%s", err, p.all())
	}
}

func TestUndoOfTheFirstRun(t *testing.T) {
	p := newProject(t)
	p.write("own", "mine")
	if _, err := p.generate(file("a/b/c", generators.Merge, "1"), file("d", generators.CreateOnce, "1")); err != nil {
		t.Fatal(err)
	}
	if got, err := p.undo(); err != nil || got != "delete a/b/c (test), delete d (test)" {
		t.Errorf("it did %q, %v", got, err)
	}
	if p.all() != "own=mine" {
		t.Errorf("the project is\n%s", p.all())
	}
}
