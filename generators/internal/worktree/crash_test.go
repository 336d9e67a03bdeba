package worktree

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// The lives of a project that is interrupted: what is generated first, what
// the user does then, and what is generated next.
var crashes = []struct {
	name        string
	was, next   []plan.File
	edit        func(project)
	undo        bool
	user        []string // lines of the user's that must survive everything
	conflicting bool
}{
	{name: "the first run", next: []plan.File{
		file("a", generators.Merge, poem), file("b/c", generators.Merge, poem), file("b/d/e", generators.Regenerate, poem), file("once", generators.CreateOnce, "1\n"),
	}, edit: func(p project) { p.write("own", "mine\n") }, user: []string{"own=mine\n"}},
	{name: "everything at once",
		was: []plan.File{
			file("merged", generators.Merge, poem), file("updated", generators.Merge, poem), file("moved", generators.Merge, poem+"last\n"),
			file("gone/f", generators.Merge, poem), file("edited/f", generators.Merge, poem), file("ours", generators.Regenerate, "1\n"),
			file("becomes", generators.Merge, "1\n"), file("folder/f", generators.Merge, "1\n"), file("once", generators.CreateOnce, "1\n"),
			file("renamed", generators.Merge, "a\nb\nc\nthree\nd\ne\nf\n"),
		},
		next: []plan.File{
			file("merged", generators.Merge, replaced(poem, "seven", "7")), file("updated", generators.Merge, replaced(poem, "seven", "7")),
			file("moved", generators.Merge, replaced(poem, "seven", "7")+"last\n"), file("ours", generators.Regenerate, "2\n"), file("new/f", generators.Merge, "alpha\nbeta\nthree\ngamma\n"),
			file("becomes/f", generators.Merge, "1\n"), file("folder", generators.Merge, "2\n"), file("once", generators.CreateOnce, "2\n"),
			file("elsewhere/renamed", generators.Merge, "a\nb\nc\nthree\nd\nE\nf\n"),
		},
		edit: func(p project) {
			p.write("merged", replaced(poem, "one", "mine 1"))
			p.write("once", "mine 2\n")
			p.write("edited/f", poem+"mine 3\n")
			p.move("moved", "moved.away")
			p.move("moved.away", "there/moved")
			p.write("gone/own", "mine 4\n")
			p.write("renamed", "a\nmine 5\nc\nthree\nd\ne\nf\n")
		}, user: []string{"mine 1", "mine 2", "mine 3", "mine 4", "mine 5"}},
	{name: "a conflict", conflicting: true,
		was:  []plan.File{file("f", generators.Merge, poem), file("g", generators.Merge, poem)},
		next: []plan.File{file("f", generators.Merge, replaced(poem, "one", "1")), file("g", generators.Merge, replaced(poem, "one", "1"))},
		edit: func(p project) { p.write("f", replaced(poem, "one", "mine 1")) }, user: []string{"mine 1"}},
	{name: "a component that goes",
		was:  []plan.File{file("a/1", generators.Merge, poem), file("a/2", generators.Merge, poem), file("a/b/3", generators.Regenerate, poem), file("c", generators.Merge, poem)},
		next: []plan.File{file("c", generators.Merge, poem)},
		edit: func(p project) { p.write("a/2", poem+"mine\n") }, user: []string{"mine"}},
	{name: "undo", undo: true,
		was:  []plan.File{file("renamed", generators.Merge, poem+"last\n"), file("f", generators.Merge, poem), file("g/h", generators.Merge, poem), file("old/f", generators.Merge, poem)},
		next: []plan.File{file("f", generators.Merge, replaced(poem, "seven", "7")), file("g/h", generators.Merge, "2\n"), file("new/f", generators.Merge, "2\n"), file("new/name", generators.Merge, poem+"last\n")},
		edit: func(p project) {
			p.write("f", replaced(poem, "one", "mine 1"))
			p.write("renamed", replaced(poem, "one", "mine 2")+"last\n")
		}, user: []string{"mine 1", "mine 2"}},
}

// inMemory puts the projects of a test where syncing them costs nothing, if there
// is such a place.
func inMemory(t *testing.T) {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
}

// errKilled ends a run without anything else being done to the disk.
var errKilled = errors.New("killed")

// prepareCrash makes the project in which a run will be interrupted.
func prepareCrash(t *testing.T, i int) project {
	t.Helper()
	p := newProject(t)
	c := crashes[i]
	if c.was != nil {
		if _, err := p.generate(c.was...); err != nil {
			t.Fatal(err)
		}
	}
	c.edit(p)
	if c.undo {
		if _, err := p.generate(c.next...); err != nil {
			t.Fatal(err)
		}
	}
	return p
}

// interruptible is the run that will be interrupted: step is called before each
// thing that it does to the disk.
func interruptible(dir string, i int, step func(string) error) error {
	c := crashes[i]
	s, err := open(dir, func() {}, step)
	if err != nil {
		return err
	}
	defer func() { _ = s.Close() }()
	if c.undo {
		_, err := s.Undo(false)
		return err
	}
	set, err := Compare(dir, c.next, Options{Origin: Origin{"v2", "2"}, Style: merge.Merge})
	if err != nil {
		return err
	}
	err = set.Apply(s)
	var conflict *ConflictError
	if c.conflicting && errors.As(err, &conflict) {
		return nil
	}
	return err
}

// A run is interrupted before everything that it does to the disk. Afterwards
// there is the old project, or the next run makes the new one; and every line of
// the user's is there in between.
func TestKilled(t *testing.T) {
	inMemory(t)
	var points, losses atomic.Int64
	for i, c := range crashes {
		reference := prepareCrash(t, i)
		old := reference.all()
		var steps []string
		if err := interruptible(reference.dir, i, func(what string) error { steps = append(steps, what); return nil }); err != nil {
			t.Fatalf("%s: %v", c.name, err)
		}
		next := reference.all()
		for n := range steps {
			for _, how := range []string{"killed", "disk full", "killed, and the next run too"} {
				points.Add(1)
				p := prepareCrash(t, i)
				if lost := survive(p, i, n, how, old, next, reference.dir); lost != "" {
					losses.Add(1)
					t.Errorf("%s, %s before step %d, %q: %s", c.name, how, n, steps[n], lost)
				}
			}
		}
	}
	t.Logf("%d points, %d losses", points.Load(), losses.Load())
	if points.Load() < 500 {
		t.Errorf("only %d points", points.Load())
	}
}

// survive interrupts a run and says what is lost.
func survive(p project, i, n int, how, old, next, reference string) string {
	if how == "disk full" {
		// Full for this one write only; the run tidies up by itself.
		count := n
		err := interruptible(p.dir, i, func(string) error {
			if count--; count == -1 {
				return syscall.ENOSPC
			}
			return nil
		})
		if !errors.Is(err, syscall.ENOSPC) {
			return fmt.Sprintf("it ended with %v", err)
		}
	} else {
		kill(func() { _ = interruptible(p.dir, i, panicking(n)) })
	}
	if lost := p.missing(crashes[i].user); lost != "" {
		return lost
	}
	if how == "killed, and the next run too" {
		kill(func() { _ = interruptible(p.dir, i, panicking(3)) })
		if lost := p.missing(crashes[i].user); lost != "" {
			return lost
		}
	}
	stopped, err := Interrupted(p.dir)
	if err != nil {
		return err.Error()
	}
	here := func(text string) string { return strings.ReplaceAll(text, reference, p.dir) }
	if !stopped && p.all() != here(old) && p.all() != here(next) {
		return "the project is neither old nor new:\n" + p.all()
	}
	// The next run completes or repeats it.
	err = interruptible(p.dir, i, func(string) error { return nil })
	var conflict *ConflictError
	undone := crashes[i].undo && errors.Is(err, ErrNothingToUndo)
	marked := crashes[i].conflicting && errors.As(err, &conflict)
	if err != nil && !undone && !marked {
		return "the next run failed: " + err.Error()
	}
	if got := p.all(); got != here(next) {
		return "the next run made\n" + got + "\nwant\n" + here(next)
	}
	for _, name := range []string{stageDir, nextUndoDir, journalName, journalName + ".new"} {
		if _, err := os.Lstat(filepath.Join(p.dir, name)); err == nil {
			return name + " is left"
		}
	}
	return ""
}

// panicking ends a run before step n, like a signal that cannot be caught: no
// code of the run is executed any more that does anything to the disk.
func panicking(n int) func(string) error {
	dead := false
	return func(string) error {
		if n--; n < 0 || dead {
			dead = true
			panic(errKilled)
		}
		return nil
	}
}

func kill(run func()) {
	defer func() {
		if r := recover(); r != nil && r != any(errKilled) {
			panic(r)
		}
	}()
	run()
}

// missing says which line of the user's is not in the project.
func (p project) missing(lines []string) string {
	tree := p.tree()
	for _, line := range lines {
		if !strings.Contains(tree, line) {
			return fmt.Sprintf("%q is lost:\n%s", line, tree)
		}
	}
	return ""
}

// What the user edits between an interruption and the next run is not
// overwritten, and is merged later.
func TestEditedAfterInterruption(t *testing.T) {
	inMemory(t)
	var steps []string
	reference := prepareCrash(t, 1)
	if err := interruptible(reference.dir, 1, func(what string) error { steps = append(steps, what); return nil }); err != nil {
		t.Fatal(err)
	}
	edited := 0
	for n := range steps {
		p := prepareCrash(t, 1)
		kill(func() { _ = interruptible(p.dir, 1, panicking(n)) })
		var mine []string
		for _, name := range []string{"merged", "updated", "there/moved", "gone/f", "new/f", "renamed", "elsewhere/renamed"} {
			if text, err := os.ReadFile(filepath.Join(p.dir, name)); err == nil {
				line := "late " + name
				p.write(name, replaced(string(text), "three\n", "three\n"+line+"\n"))
				mine = append(mine, line)
				edited++
			}
		}
		if err := interruptible(p.dir, 1, func(string) error { return nil }); err != nil {
			t.Errorf("before step %d, %q: %v", n, steps[n], err)
		}
		if lost := p.missing(append(mine, crashes[1].user...)); lost != "" {
			t.Errorf("before step %d, %q: %s", n, steps[n], lost)
		}
		if text := p.read("updated"); strings.Contains(text, "seven") {
			t.Errorf("before step %d, %q: the update is lost: %s", n, steps[n], text)
		}
	}
	t.Logf("%d edits after %d interruptions", edited, len(steps))
}

// A real process, ended by a real signal.
func TestSIGKILL(t *testing.T) {
	if at := os.Getenv("AEGIS_KILL_AT"); at != "" {
		n, err := strconv.Atoi(at)
		if err != nil {
			t.Fatal(err)
		}
		_ = interruptible(os.Getenv("AEGIS_KILL_IN"), 1, func(string) error {
			if n--; n < 0 {
				self, err := os.FindProcess(os.Getpid())
				if err == nil {
					_ = self.Kill()
				}
				time.Sleep(time.Minute)
			}
			return nil
		})
		return
	}
	inMemory(t)
	reference := prepareCrash(t, 1)
	old, steps := reference.all(), 0
	if err := interruptible(reference.dir, 1, func(string) error { steps++; return nil }); err != nil {
		t.Fatal(err)
	}
	next := reference.all()
	for n := 0; n < steps; n += 13 {
		p := prepareCrash(t, 1)
		cmd := exec.Command(os.Args[0], "-test.run", "^TestSIGKILL$")
		cmd.Env = append(os.Environ(), "AEGIS_KILL_AT="+strconv.Itoa(n), "AEGIS_KILL_IN="+p.dir)
		if err := cmd.Run(); err == nil {
			t.Fatalf("step %d: it was not killed", n)
		}
		if lost := p.missing(crashes[1].user); lost != "" {
			t.Errorf("step %d: %s", n, lost)
		}
		if stopped, err := Interrupted(p.dir); err != nil || !stopped && p.all() != strings.ReplaceAll(old, reference.dir, p.dir) && p.all() != strings.ReplaceAll(next, reference.dir, p.dir) {
			t.Errorf("step %d: %v; the project is neither old nor new:\n%s", n, err, p.all())
		}
		if err := interruptible(p.dir, 1, func(string) error { return nil }); err != nil || p.all() != strings.ReplaceAll(next, reference.dir, p.dir) {
			t.Errorf("step %d: the next run made (%v)\n%s", n, err, p.all())
		}
	}
}

// Compare does not take half a project for the user's edits.
func TestInterruptedIsTold(t *testing.T) {
	p := prepareCrash(t, 1)
	kill(func() {
		_ = interruptible(p.dir, 1, func(what string) error {
			if what == "rename "+stageDir+"/1 to updated" || strings.HasSuffix(what, " to updated") {
				panic(errKilled)
			}
			return nil
		})
	})
	if _, err := Compare(p.dir, crashes[1].next, first); !errors.Is(err, ErrInterrupted) {
		t.Errorf("Compare failed with %v", err)
	}
	if again, err := Again(p.dir); again != nil || err != nil {
		t.Errorf("Again returned %v, %v", again, err)
	}
}

// Two runs at once: the second waits, and says so.
func TestTwoRunsAtOnce(t *testing.T) {
	p := newProject(t)
	s, err := Open(p.dir, func() { t.Error("nobody was there to wait for") })
	if err != nil {
		t.Fatal(err)
	}
	waits := make(chan bool, 1)
	var group sync.WaitGroup
	group.Go(func() {
		second, err := Open(p.dir, func() { waits <- true })
		if err != nil {
			t.Error(err)
			return
		}
		set, err := Compare(p.dir, []plan.File{file("a", generators.Merge, "1")}, first)
		if err != nil || set.Pending() {
			t.Errorf("the second finds %v, %v", set, err)
		}
		if err := second.Close(); err != nil {
			t.Error(err)
		}
	})
	<-waits
	set, err := Compare(p.dir, []plan.File{file("a", generators.Merge, "1")}, first)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(set.Apply(s), s.Close()); err != nil {
		t.Fatal(err)
	}
	group.Wait()
}

// A file that changes between looking and writing is not overwritten.
func TestChangedMeanwhile(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("a", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	set, err := Compare(p.dir, []plan.File{file("a", generators.Merge, "2")}, first)
	if err != nil {
		t.Fatal(err)
	}
	p.write("a", "mine")
	if err := apply(p.dir, set); err == nil || !strings.Contains(err.Error(), "a changed while aegis ran") {
		t.Errorf("it failed with %v", err)
	}
	if p.read("a") != "mine" || !bytes.Contains([]byte(p.read(stateName)), []byte(checksum([]byte("1")))) {
		t.Errorf("something was written: %s", p.all())
	}
}

// A folder that appears while its files are about to be moved there keeps what
// is in it.
func TestFolderMadeMeanwhile(t *testing.T) {
	p := newProject(t)
	s, err := open(p.dir, func() {}, func(what string) error {
		if strings.HasSuffix(what, " to a") {
			p.write("a/own", "mine")
			p.write("a/b/taken", "mine, too")
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = s.Close() }()
	set, err := Compare(p.dir, []plan.File{file("a/b/c", generators.Merge, "1"), file("a/b/taken", generators.Merge, "2"), file("d", generators.Merge, "3")}, first)
	if err != nil {
		t.Fatal(err)
	}
	if err := set.Apply(s); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"a/own": "mine", "a/b/c": "1", "a/b/taken": "mine, too", "d": "3"} {
		if got := p.read(name); got != want {
			t.Errorf("%s holds %q, want %q", name, got, want)
		}
	}
	if state := p.read(stateName); strings.Contains(state, "taken") || !strings.Contains(state, "a/b/c") {
		t.Errorf("the state says:\n%s", state)
	}
}
