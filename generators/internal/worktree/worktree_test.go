package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

func file(path string, policy generators.Policy, text string) plan.File {
	return plan.File{Owner: "test", File: generators.File{
		Path: path, Policy: policy, Mode: 0o644, Content: []byte(text), Hint: "edit the other file",
	}}
}

// project is a folder that is generated into again and again.
type project struct {
	t   *testing.T
	dir string
}

func newProject(t *testing.T) project {
	t.Helper()
	return project{t, t.TempDir()}
}

func (p project) write(path, text string) {
	p.t.Helper()
	name := filepath.Join(p.dir, path)
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		p.t.Fatal(err)
	}
}

func (p project) read(path string) string {
	p.t.Helper()
	text, err := os.ReadFile(filepath.Join(p.dir, path))
	if err != nil {
		p.t.Fatal(err)
	}
	return string(text)
}

func (p project) remove(path string) {
	p.t.Helper()
	if err := os.Remove(filepath.Join(p.dir, path)); err != nil {
		p.t.Fatal(err)
	}
}

// tree returns what is in the folder, except for the state: "path=text", a
// folder without files as "path/".
func (p project) tree() string {
	p.t.Helper()
	var entries []string
	err := filepath.WalkDir(p.dir, func(name string, e fs.DirEntry, err error) error {
		rel, _ := filepath.Rel(p.dir, name)
		if err != nil || rel == "." {
			return err
		}
		if rel == plan.StateDir || rel == ".git" {
			return fs.SkipDir
		}
		if e.IsDir() {
			if inside, err := os.ReadDir(name); err != nil || len(inside) > 0 {
				return err
			}
			entries = append(entries, rel+"/")
			return nil
		}
		text, err := os.ReadFile(name)
		entries = append(entries, filepath.ToSlash(rel)+"="+string(text))
		return err
	})
	if err != nil {
		p.t.Fatal(err)
	}
	return strings.Join(entries, " ")
}

// generate applies files and returns what happened, "action path (reason)",
// without what was unchanged.
func (p project) generate(files ...plan.File) (string, error) {
	return p.decide(first, files...)
}

func (p project) decide(d Options, files ...plan.File) (string, error) {
	p.t.Helper()
	if d.Origin == (Origin{}) {
		d.Origin = first.Origin
	}
	set, err := Compare(p.dir, files, d)
	if err != nil {
		return "", err
	}
	if err := set.Blocked(); err != nil {
		return summary(set), err
	}
	return summary(set), apply(p.dir, set)
}

// apply opens a session for one changeset.
func apply(dir string, set *Changeset) error {
	s, err := Open(dir, func() {})
	if err != nil {
		return err
	}
	return errors.Join(set.Apply(s), s.Close())
}

// first is what the first version of Aegis generates from the first manifest.
var first = Options{Origin: Origin{Version: "v1.2.3", Manifest: "1"}}

func summary(set *Changeset) string {
	var lines []string
	for _, c := range set.Changes {
		if c.Action == Unchanged {
			continue
		}
		line := string(c.Action) + " " + c.Path
		if c.Reason != "" && c.Reason != "Aegis generates it otherwise now" {
			line += " (" + c.Reason + ")"
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, ", ")
}

// TestPolicies runs through the lives that files can have: generated once,
// then changed on disk, in the plan, or both.
func TestPolicies(t *testing.T) {
	const (
		regenerate = generators.Regenerate
		merge      = generators.Merge
		once       = generators.CreateOnce
	)
	edit := func(p project) { p.write("f", "mine") }
	remove := func(p project) { p.remove("f") }
	nothing := func(project) {}
	for _, test := range []struct {
		name     string
		policy   generators.Policy
		meantime func(project)
		next     string // the text of the second plan
		decision Options
		want     string
		refused  bool
		tree     string
	}{
		{name: "regenerate, changed by us", policy: regenerate, meantime: nothing, next: "two", want: "update f", tree: "f=two"},
		{name: "regenerate, deleted", policy: regenerate, meantime: remove, next: "one", want: "create f (was deleted)", tree: "f=one"},
		{name: "regenerate, edited", policy: regenerate, meantime: edit, next: "one", refused: true,
			want: "conflict f (edited by hand, but generated anew each time)", tree: "f=mine"},
		{name: "regenerate, edited, replaced", policy: regenerate, meantime: edit, next: "one", decision: Options{Replace: []string{"f"}},
			want: "update f (replaced as asked for)", tree: "f=one"},
		{name: "regenerate, edited, kept", policy: regenerate, meantime: edit, next: "one", decision: Options{Keep: []string{"f"}}, refused: true,
			want: "conflict f (edited by hand, but generated anew each time)", tree: "f=mine"},
		{name: "regenerate, edited to what we want", policy: regenerate, meantime: edit, next: "mine", want: "", tree: "f=mine"},

		{name: "merge, changed by us", policy: merge, meantime: nothing, next: "two", want: "update f", tree: "f=two"},
		{name: "merge, edited", policy: merge, meantime: edit, next: "one", want: "keep f (edited by you)", tree: "f=mine"},
		{name: "merge, both the same", policy: merge, meantime: edit, next: "mine", want: "", tree: "f=mine"},
		{name: "merge, both different", policy: merge, meantime: edit, next: "two", decision: Options{Style: Fail}, refused: true,
			want: "conflict f (edited by you, and the same lines changed by Aegis)", tree: "f=mine"},
		{name: "merge, both different, kept", policy: merge, meantime: edit, next: "two", decision: Options{Keep: []string{"f"}},
			want: "keep f (edited by you)", tree: "f=mine"},
		{name: "merge, both different, replaced", policy: merge, meantime: edit, next: "two", decision: Options{Replace: []string{"f"}},
			want: "update f (replaced as asked for)", tree: "f=two"},
		{name: "merge, deleted", policy: merge, meantime: remove, next: "two", want: "keep f (deleted by you)", tree: ""},
		{name: "merge, deleted, wanted back", policy: merge, meantime: remove, next: "two", decision: Options{Replace: []string{"f"}},
			want: "create f (replaced as asked for)", tree: "f=two"},

		{name: "create once, changed by us", policy: once, meantime: nothing, next: "two", want: "", tree: "f=one"},
		{name: "create once, edited", policy: once, meantime: edit, next: "two", want: "keep f (yours since it was created)", tree: "f=mine"},
		{name: "create once, deleted", policy: once, meantime: remove, next: "two", want: "keep f (deleted by you)", tree: ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if got, err := p.generate(file("f", test.policy, "one")); err != nil || got != "create f" {
				t.Fatalf("the first run: %q, %v", got, err)
			}
			test.meantime(p)
			got, err := p.decide(test.decision, file("f", test.policy, test.next))
			if got != test.want {
				t.Errorf("the second run: %q, want %q", got, test.want)
			}
			var conflict *ConflictError
			if refused := errors.As(err, &conflict); refused != test.refused || err != nil && !refused {
				t.Errorf("the second run failed with %v", err)
			}
			if tree := p.tree(); tree != test.tree {
				t.Errorf("the project is %q, want %q", tree, test.tree)
			}
			if test.refused {
				return
			}
			// Whatever was decided holds from now on.
			if again, err := p.generate(file("f", test.policy, test.next)); err != nil || again != "" && again[:4] != "keep" {
				t.Errorf("the third run: %q, %v", again, err)
			}
		})
	}
}

func TestForeignFiles(t *testing.T) {
	for _, test := range []struct {
		policy  generators.Policy
		text    string
		want    string
		refused bool
	}{
		{generators.Regenerate, "ours", "", false},
		{generators.Merge, "ours", "", false},
		{generators.CreateOnce, "ours", "", false},
		{generators.Regenerate, "theirs", "conflict f (exists already and was not generated)", true},
		{generators.Merge, "theirs", "conflict f (exists already and was not generated)", true},
		{generators.CreateOnce, "theirs", "keep f (was here before)", false},
	} {
		p := newProject(t)
		p.write("f", test.text)
		got, err := p.generate(file("f", test.policy, "ours"))
		if got != test.want || (err != nil) != test.refused {
			t.Errorf("%s over %q: %q, %v, want %q", test.policy, test.text, got, err, test.want)
		}
		if tree := p.tree(); tree != "f="+test.text {
			t.Errorf("%s over %q left %q", test.policy, test.text, tree)
		}
	}

	// An identical file is adopted: it is ours to update from then on.
	p := newProject(t)
	p.write("f", "one")
	if _, err := p.generate(file("f", generators.Merge, "one")); err != nil {
		t.Fatal(err)
	}
	if got, err := p.generate(file("f", generators.Merge, "two")); err != nil || got != "update f" {
		t.Errorf("after adopting: %q, %v", got, err)
	}
}

func TestNoLongerPlanned(t *testing.T) {
	p := newProject(t)
	all := []plan.File{
		file("keep", generators.Merge, "1"),
		file("x/a", generators.Merge, "1"),
		file("x/y/b", generators.Regenerate, "1"),
		file("x/y/c", generators.CreateOnce, "1"),
		file("z/d", generators.Merge, "1"),
	}
	if _, err := p.generate(all...); err != nil {
		t.Fatal(err)
	}
	p.write("x/y/c", "mine")
	p.write("z/own", "mine")
	got, err := p.generate(all[0])
	const want = "delete x/a (no longer generated), delete x/y/b (no longer generated), " +
		"keep x/y/c (no longer generated, but edited), delete z/d (no longer generated)"
	if err != nil || got != want {
		t.Errorf("it did %q, %v, want %q", got, err, want)
	}
	if tree := p.tree(); tree != "keep=1 x/y/c=mine z/own=mine" {
		t.Errorf("the project is %q", tree)
	}

	// Folders that are left empty go, all the way up.
	p.remove("x/y/c")
	if _, err := p.generate(file("keep", generators.Merge, "1"), file("n/o/p", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.generate(all[0]); err != nil {
		t.Fatal(err)
	}
	if tree := p.tree(); tree != "keep=1 x/y/ z/own=mine" {
		t.Errorf("the project is %q", tree)
	}
}

// A file that was ours may make way for a folder, and a folder for a file.
func TestFileBecomesFolder(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("a", generators.Merge, "1"), file("b/c", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	if got, err := p.generate(file("a/c", generators.Merge, "1"), file("b", generators.Merge, "1")); err != nil {
		t.Fatalf("it did %q, %v", got, err)
	}
	if tree := p.tree(); tree != "a/c=1 b=1" {
		t.Errorf("the project is %q", tree)
	}
}

// A link that takes the place of an untouched file is not deleted with it, nor
// is what it points to.
func TestCompareLooksOnly(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "project")
	set, err := Compare(dir, []plan.File{file("a/b", generators.Merge, "1")}, first)
	if err != nil || summary(set) != "create a/b" || !set.Pending() {
		t.Fatalf("it would do %q, %v", summary(set), err)
	}
	if _, err := os.Stat(dir); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the folder is there: %v", err)
	}
	if err := apply(dir, set); err != nil {
		t.Fatal(err)
	}
	if got := (project{t, dir}).tree(); got != "a/b=1" {
		t.Errorf("the project is %q", got)
	}
}

func TestUnknownDecision(t *testing.T) {
	_, err := newProject(t).decide(Options{Keep: []string{"b"}}, file("a", generators.Merge, "1"))
	if err == nil || !strings.Contains(err.Error(), `"b" is not a generated file`) {
		t.Errorf("it failed with %v", err)
	}
}

func TestConflictsAreListed(t *testing.T) {
	p := newProject(t)
	p.write("a", "theirs")
	set, err := Compare(p.dir, []plan.File{file("a", generators.Merge, "1"), file("b", generators.Merge, "1")}, first)
	if err != nil {
		t.Fatal(err)
	}
	paths := []string{}
	for _, c := range set.Conflicts() {
		paths = append(paths, c.Path)
	}
	if !slices.Equal(paths, []string{"a"}) {
		t.Errorf("the conflicts are %v", paths)
	}
}

// Again must agree with Compare whenever it answers at all.
