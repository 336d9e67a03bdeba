package worktree

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

const poem = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n"

func replaced(text, old, new string) string { return strings.Replace(text, old, new, 1) }

func TestEditsAreMerged(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("f", generators.Merge, poem)); err != nil {
		t.Fatal(err)
	}
	p.write("f", replaced(poem, "one", "ONE"))
	next := file("f", generators.Merge, replaced(poem, "seven", "7"))
	got, err := p.decide(Options{Origin: Origin{"v2", "1"}}, next)
	if err != nil || got != "merge f (edited by you; Aegis changed from v1.2.3 to v2)" {
		t.Errorf("it did %q, %v", got, err)
	}
	want := replaced(replaced(poem, "one", "ONE"), "seven", "7")
	if text := p.read("f"); text != want {
		t.Errorf("it is\n%s\nwant\n%s", text, want)
	}
	if base := p.read(baseName("f")); base != string(next.Content) {
		t.Errorf("the base is\n%s", base)
	}
	if got, err := p.generate(next); err != nil || got != "keep f (edited by you)" {
		t.Errorf("once more: %q, %v", got, err)
	}
}

func TestConflicts(t *testing.T) {
	for style, want := range map[merge.Style]string{
		merge.Merge: "<<<<<<< yours\nONE\n=======\n1\n>>>>>>> generated now\n",
		merge.Diff3: "<<<<<<< yours\nONE\n||||||| generated before\none\n=======\n1\n>>>>>>> generated now\n",
	} {
		t.Run(string(style), func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(file("f", generators.Merge, poem), file("g", generators.Merge, "1")); err != nil {
				t.Fatal(err)
			}
			mine := replaced(poem, "one", "ONE")
			p.write("f", mine)
			next := []plan.File{file("f", generators.Merge, replaced(poem, "one", "1")), file("g", generators.Merge, "2")}

			before := p.all()
			var conflict *ConflictError
			if _, err := p.decide(Options{Style: Fail}, next...); !errors.As(err, &conflict) || conflict.Written || p.all() != before {
				t.Errorf("in the style fail: %v; the project is\n%s\nwant\n%s", err, p.all(), before)
			}
			got, err := p.decide(Options{Style: style}, next...)
			if !errors.As(err, &conflict) || !conflict.Written || got != "conflict f (edited by you, and the same lines changed by Aegis), update g" {
				t.Errorf("it did %q, %v", got, err)
			}
			if text := p.read("f"); text != want+poem[4:] {
				t.Errorf("it is\n%s\nwant\n%s", text, want+poem[4:])
			}
			// Until that is resolved, nothing happens.
			before = p.all()
			third := []plan.File{file("f", generators.Merge, replaced(poem, "one", "1")), file("g", generators.Merge, "3")}
			for _, o := range []Options{{}, {Style: Fail}, {Style: style}} {
				if _, err := p.decide(o, third...); !errors.As(err, &conflict) || conflict.Written || err.Error() != "f: the conflict is not resolved yet" || p.all() != before {
					t.Errorf("before it was resolved: %v; the project is\n%s\nwant\n%s", err, p.all(), before)
				}
			}
			p.write("f", mine)
			if got, err := p.generate(third...); err != nil || got != "keep f (edited by you), update g" {
				t.Errorf("when it was resolved: %q, %v", got, err)
			}
			if again, err := Again(p.dir); err != nil || again == nil {
				t.Errorf("it is still marked: %v, %v", again, err)
			}
			// Text like a conflict is only taken for one where Aegis wrote one.
			p.write("f", want)
			if got, err := p.generate(third...); err != nil || got != "keep f (edited by you)" {
				t.Errorf("with markers of the user's: %q, %v", got, err)
			}
		})
	}
}

// all is the whole project with its notes, except for what is local.
func (p project) all() string {
	p.t.Helper()
	text := p.tree()
	err := filepath.WalkDir(filepath.Join(p.dir, plan.StateDir), func(name string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if e != nil && e.Name() == "local" {
				return filepath.SkipDir
			}
			return err
		}
		content, err := os.ReadFile(name)
		text += "\n" + name + "=" + string(content)
		return err
	})
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		p.t.Fatal(err)
	}
	return text
}

const source = "package a\n\nimport (\n\t\"fmt\"\n\t\"os\"\n)\n\n// F does.\nfunc F() {\n\tfmt.Println(os.Args)\n}\n"

// Formatting is no edit, whatever the policy.
func TestReformatting(t *testing.T) {
	regrouped := "package a\n\nimport (\n\t\"os\"\n\n\t\"fmt\"\n)\n\n// F does.\nfunc F() {\n\tfmt.Println(os.Args)\n}\n"
	changed := replaced(source, "os.Args)", "os.Args, 1)")
	for _, test := range []struct {
		name   string
		policy generators.Policy
		ours   string
		next   string
		did    string
		is     string
	}{
		{"regenerate, nothing new", generators.Regenerate, regrouped, source, "keep a.go (as generated, but formatted otherwise)", regrouped},
		{"regenerate, something new", generators.Regenerate, regrouped, changed, "update a.go", changed},
		{"regenerate, CRLF", generators.Regenerate, crlf(source), changed, "update a.go", crlf(changed)},
		{"regenerate, edited", generators.Regenerate, changed, source, "conflict a.go (edited by hand, but generated anew each time)", changed},
		{"merge, nothing new", generators.Merge, regrouped, source, "keep a.go (edited by you)", regrouped},
		{"merge, something new", generators.Merge, regrouped, changed, "update a.go", replaced(regrouped, "os.Args)", "os.Args, 1)")},
		{"merge, CRLF", generators.Merge, crlf(source), changed, "update a.go", crlf(changed)},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(file("a.go", test.policy, source)); err != nil {
				t.Fatal(err)
			}
			p.write("a.go", test.ours)
			if got, _ := p.generate(file("a.go", test.policy, test.next)); got != test.did {
				t.Errorf("it did %q, want %q", got, test.did)
			}
			if text := p.read("a.go"); text != test.is {
				t.Errorf("it is\n%q\nwant\n%q", text, test.is)
			}
		})
	}
	// Reformatted files go with their component.
	p := newProject(t)
	if _, err := p.generate(file("a.go", generators.Merge, source), file("b", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	p.write("a.go", regrouped)
	if got, err := p.generate(file("b", generators.Merge, "1")); err != nil || got != "delete a.go (no longer generated)" {
		t.Errorf("it did %q, %v", got, err)
	}
}

func crlf(text string) string { return strings.ReplaceAll(text, "\n", "\r\n") }

// A file that is no longer generated comes back as it was left.
func TestRetiredComesBack(t *testing.T) {
	p := newProject(t)
	other := file("o", generators.Merge, "1")
	if _, err := p.generate(file("f", generators.Merge, poem), other); err != nil {
		t.Fatal(err)
	}
	p.write("f", replaced(poem, "one", "ONE"))
	if got, err := p.generate(other); err != nil || got != "keep f (no longer generated, but edited)" {
		t.Errorf("it did %q, %v", got, err)
	}
	if got, err := p.generate(file("f", generators.Merge, replaced(poem, "seven", "7")), other); err != nil || got != "merge f (edited by you; Aegis generates it otherwise now)" {
		t.Errorf("it did %q, %v", got, err)
	}
	if text := p.read("f"); text != replaced(replaced(poem, "one", "ONE"), "seven", "7") {
		t.Errorf("it is\n%s", text)
	}
	// Once the edit is taken back, it goes.
	p.write("f", replaced(poem, "seven", "7"))
	if got, err := p.generate(other); err != nil || got != "delete f (no longer generated)" {
		t.Errorf("it did %q, %v", got, err)
	}
}

func TestLostNotes(t *testing.T) {
	edited := replaced(poem, "one", "ONE")
	next := file("f", generators.Merge, replaced(poem, "seven", "7"))
	for _, test := range []struct {
		name            string
		ours            string
		harm            func(project)
		refused, adopts string
	}{
		{"no base of an edited file", edited, func(p project) { p.remove(baseName("f")) },
			"conflict f (edited by you and changed by Aegis, but .aegis/base/f.base, which tells the two apart, is missing or damaged)", "keep f (taken for edited by you)"},
		{"a damaged base", edited, func(p project) { p.write(baseName("f"), "garbage") },
			"conflict f (edited by you and changed by Aegis, but .aegis/base/f.base, which tells the two apart, is missing or damaged)", "keep f (taken for edited by you)"},
		{"no notes", edited, func(p project) {
			if err := os.RemoveAll(filepath.Join(p.dir, plan.StateDir)); err != nil {
				p.t.Fatal(err)
			}
		}, "conflict f (exists already and was not generated)", "keep f (taken for edited by you)"},
		{"no base, but nothing edited", poem, func(p project) { p.remove(baseName("f")) }, "", "update f"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(file("f", generators.Merge, poem)); err != nil {
				t.Fatal(err)
			}
			p.write("f", test.ours)
			test.harm(p)
			if test.refused != "" {
				got, err := p.generate(next)
				var conflict *ConflictError
				if got != test.refused || !errors.As(err, &conflict) || p.read("f") != test.ours {
					t.Errorf("it did %q, %v, want %q", got, err, test.refused)
				}
			}
			if got, err := p.decide(Options{Adopt: true}, next); err != nil || got != test.adopts {
				t.Errorf("adopting did %q, %v, want %q", got, err, test.adopts)
			}
			// From then on everything is as ever.
			if base := p.read(baseName("f")); base != string(next.Content) {
				t.Errorf("the base is\n%s", base)
			}
			if got, err := p.generate(next); err != nil || got != "" && got != "keep f (edited by you)" {
				t.Errorf("afterwards: %q, %v", got, err)
			}
		})
	}
	// A base that is lost while nothing was edited comes back.
	p := newProject(t)
	if _, err := p.generate(file("f", generators.Merge, poem)); err != nil {
		t.Fatal(err)
	}
	p.remove(baseName("f"))
	if got, err := p.generate(file("f", generators.Merge, poem)); err != nil || got != "" || p.read(baseName("f")) != poem {
		t.Errorf("it did %q, %v", got, err)
	}
}

func TestMovedFiles(t *testing.T) {
	long := source + "\n// G does more.\nfunc G() int {\n\treturn 1\n}\n\n// H too.\nfunc H() int {\n\treturn 2\n}\n"
	changed := replaced(long, "return 2", "return 3")
	next := []plan.File{file("x/a.go", generators.Merge, changed), file("x/b.go", generators.Merge, "package x\n"), file("c.go", generators.Regenerate, source)}
	was := []plan.File{file("x/a.go", generators.Merge, long), next[1], next[2]}
	for _, test := range []struct {
		name string
		move func(project)
		did  string
		tree map[string]string
	}{
		{"renamed", func(p project) { p.move("x/a.go", "x/other.go") }, "update x/a.go at x/other.go", map[string]string{"x/other.go": changed}},
		{"moved and edited", func(p project) {
			p.move("x/a.go", "y/z/a.go")
			p.write("y/z/a.go", replaced(replaced(long, "package a", "package z"), "return 1", "return 11"))
		}, "merge x/a.go at y/z/a.go", map[string]string{"y/z/a.go": replaced(replaced(changed, "package a", "package z"), "return 1", "return 11")}},
		{"moved with another that is like it", func(p project) {
			p.write("w/a.go", replaced(long, "return 1", "return 11"))
			p.move("x/a.go", "y/a.go")
		}, "update x/a.go at y/a.go", map[string]string{"y/a.go": changed, "w/a.go": replaced(long, "return 1", "return 11")}},
		{"regenerated one moved", func(p project) { p.move("c.go", "d.go") }, "update x/a.go", map[string]string{"d.go": source}},
		{"regenerated one moved and edited", func(p project) {
			p.move("c.go", "d.go")
			p.write("d.go", source+"// mine\n")
		}, "create c.go, update x/a.go", map[string]string{"c.go": source, "d.go": source + "// mine\n"}},
		{"written anew", func(p project) { p.move("x/a.go", "y/a.go"); p.write("y/a.go", "package y\n\nvar x = 1\n") },
			"keep x/a.go", map[string]string{"y/a.go": "package y\n\nvar x = 1\n"}},
		{"moved where nobody looks", func(p project) { p.move("x/a.go", "node_modules/a.go") }, "keep x/a.go", nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(was...); err != nil {
				t.Fatal(err)
			}
			test.move(p)
			set, err := Compare(p.dir, next, first)
			if err != nil {
				t.Fatal(err)
			}
			var did []string
			for _, c := range set.Changes {
				if c.Action != Unchanged {
					line := string(c.Action) + " " + c.Path
					if c.Moved != "" {
						line += " at " + c.Moved
					}
					did = append(did, line)
				}
			}
			if got := strings.Join(did, ", "); got != test.did {
				t.Errorf("it does %q, want %q", got, test.did)
			}
			if err := apply(p.dir, set); err != nil {
				t.Fatal(err)
			}
			for name, want := range test.tree {
				if text := p.read(name); text != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, text, want)
				}
			}
			if _, err := os.Stat(filepath.Join(p.dir, "x/a.go")); strings.Contains(test.did, " at ") && err == nil {
				t.Error("the old file is there again")
			}
			if again, err := Again(p.dir); err != nil || again == nil && !strings.HasPrefix(test.did, "keep") {
				t.Errorf("it does not rest: %v, %v", again, err)
			}
		})
	}
	// Moved back, it is where it was; gone with its component, it goes from where
	// it is.
	p := newProject(t)
	if _, err := p.generate(was...); err != nil {
		t.Fatal(err)
	}
	p.move("x/a.go", "x/other.go")
	if _, err := p.generate(was...); err != nil || !strings.Contains(p.read(stateName), "x/a.go => x/other.go\n") {
		t.Errorf("the move is not noted (%v):\n%s", err, p.read(stateName))
	}
	p.move("x/other.go", "x/a.go")
	if got, err := p.generate(next...); err != nil || got != "update x/a.go" {
		t.Errorf("moved back: %q, %v", got, err)
	}
	p.move("x/a.go", "x/other.go")
	if got, err := p.generate(next[1:]...); err != nil || got != "delete x/a.go (no longer generated)" {
		t.Errorf("retired: %q, %v", got, err)
	}
	if _, err := os.Stat(filepath.Join(p.dir, "x/other.go")); err == nil {
		t.Error("what was moved is still there")
	}
}

func (p project) move(from, to string) {
	p.t.Helper()
	if err := os.MkdirAll(filepath.Dir(filepath.Join(p.dir, to)), 0o755); err != nil {
		p.t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(p.dir, from), filepath.Join(p.dir, to)); err != nil {
		p.t.Fatal(err)
	}
}

// What is in the way is told all at once, before anything is written.
func TestWhatIsInTheWay(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("read-only", generators.Merge, "1"), file("old/f", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"read-only", "old"} {
		if err := os.Chmod(filepath.Join(p.dir, name), 0o500); err != nil {
			t.Fatal(err)
		}
		defer func() { _ = os.Chmod(filepath.Join(p.dir, name), 0o700) }()
	}
	p.write("Readme", "mine")
	p.write("foreign", "mine")
	p.write("folder/f", "mine")
	before := p.all()
	_, err := p.generate(file("read-only", generators.Merge, "2"), file("README/f", generators.Merge, "1"),
		file("foreign", generators.Merge, "1"), file("folder", generators.Merge, "1"), file("fine", generators.Merge, "1"))
	const want = `README/f: Readme is in the way: the two differ in case only
folder: folder is a folder, which is in the way
foreign: exists already and was not generated
old/f: old is a read-only folder
read-only: read-only is read-only`
	if err == nil || err.Error() != want {
		t.Errorf("it failed with\n%v\nwant\n%s", err, want)
	}
	if p.all() != before {
		t.Errorf("something was written:\n%s", p.all())
	}
}

// Aegis generates a file elsewhere now: what the user did to it goes along.
func TestRenamedByAegis(t *testing.T) {
	long := source + "\n// G does more.\nfunc G() int {\n\treturn 1\n}\n\n// H too.\nfunc H() int {\n\treturn 2\n}\n"
	mine := replaced(long, "return 1", "return 11")
	next := replaced(replaced(long, "package a", "package z"), "return 2", "return 3")
	was := []plan.File{
		file("x/a.go", generators.Merge, long), file("x/b.go", generators.Merge, "package x\n"),
		file("cmd/shop/own.go", generators.CreateOnce, source), file("c.go", generators.Regenerate, source),
	}
	now := []plan.File{
		file("z/n.go", generators.Merge, next), file("x/b.go", generators.Merge, "package x\n"),
		file("cmd/store/own.go", generators.CreateOnce, source), file("d.go", generators.Regenerate, source),
	}
	for _, test := range []struct {
		name string
		edit func(project)
		did  string
		tree map[string]string
		gone []string
	}{
		{"untouched", func(project) {},
			"delete c.go (no longer generated), delete cmd/shop/own.go (no longer generated), create cmd/store/own.go, create d.go, delete x/a.go (no longer generated), create z/n.go",
			map[string]string{"z/n.go": next, "cmd/store/own.go": source}, []string{"x/a.go", "cmd/shop"}},
		{"edited", func(p project) { p.write("x/a.go", mine); p.write("cmd/shop/own.go", "package main\n") },
			"delete c.go (no longer generated), delete cmd/shop/own.go (is cmd/store/own.go now), merge cmd/store/own.go (was cmd/shop/own.go; yours since it was created), create d.go, delete x/a.go (is z/n.go now), merge z/n.go (was x/a.go; edited by you; Aegis generates it otherwise now)",
			map[string]string{"z/n.go": replaced(next, "return 1", "return 11"), "cmd/store/own.go": "package main\n"}, []string{"x/a.go", "cmd/shop"}},
		{"edited alike", func(p project) { p.write("x/a.go", next) },
			"delete c.go (no longer generated), delete cmd/shop/own.go (no longer generated), create cmd/store/own.go, create d.go, delete x/a.go (is z/n.go now), merge z/n.go (was x/a.go; )",
			map[string]string{"z/n.go": next}, []string{"x/a.go"}},
		{"deleted", func(p project) { p.remove("x/a.go") },
			"delete c.go (no longer generated), delete cmd/shop/own.go (no longer generated), create cmd/store/own.go, create d.go, keep z/n.go (deleted by you)",
			nil, []string{"z", "x/a.go"}},
		{"moved", func(p project) { p.move("x/a.go", "mine/a.go"); p.write("mine/a.go", mine) },
			"delete c.go (no longer generated), delete cmd/shop/own.go (no longer generated), create cmd/store/own.go, create d.go, merge z/n.go (edited by you; Aegis generates it otherwise now)",
			map[string]string{"mine/a.go": replaced(next, "return 1", "return 11")}, []string{"z", "x/a.go"}},
		{"taken", func(p project) { p.write("x/a.go", mine); p.write("z/n.go", next) },
			"delete c.go (no longer generated), delete cmd/shop/own.go (no longer generated), create cmd/store/own.go, create d.go, keep x/a.go (no longer generated, but edited)",
			map[string]string{"x/a.go": mine, "z/n.go": next}, nil},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			if _, err := p.generate(was...); err != nil {
				t.Fatal(err)
			}
			test.edit(p)
			before := p.tree()
			got, err := p.generate(now...)
			if err != nil || got != test.did {
				t.Errorf("it did\n%s (%v), want\n%s", got, err, test.did)
			}
			for name, want := range test.tree {
				if text := p.read(name); text != want {
					t.Errorf("%s is\n%s\nwant\n%s", name, text, want)
				}
			}
			for _, name := range test.gone {
				if _, err := os.Stat(filepath.Join(p.dir, name)); err == nil {
					t.Errorf("%s is still there", name)
				}
			}
			if again, err := Compare(p.dir, now, first); err != nil || again.Pending() {
				t.Errorf("again: %v, %v", again, err)
			}
			if _, err := p.undo(); err != nil {
				t.Errorf("undo: %v", err)
			}
			if after := p.tree(); after != before {
				t.Errorf("undo makes\n%s\nof\n%s", after, before)
			}
		})
	}
}
