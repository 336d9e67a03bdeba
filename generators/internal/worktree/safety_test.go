package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

func TestConflictsWriteNothing(t *testing.T) {
	p := newProject(t)
	p.write("b", "theirs")
	p.write("c/d", "theirs")
	_, err := p.generate(file("a", generators.Merge, "ours"), file("b", generators.Merge, "ours"), file("c", generators.Merge, "ours"))
	var conflict *ConflictError
	if !errors.As(err, &conflict) {
		t.Fatalf("it failed with %v", err)
	}
	const want = "b: exists already and was not generated\nc: c is a folder, which is in the way"
	if err.Error() != want {
		t.Errorf("the error is %q, want %q", err, want)
	}
	for _, c := range conflict.Changes {
		if c.Hint == "" {
			t.Errorf("%s has no way out", c.Path)
		}
	}
	if tree := p.tree(); tree != "b=theirs c/d=theirs" {
		t.Errorf("the project is %q", tree)
	}
	if _, err := os.Stat(filepath.Join(p.dir, plan.StateDir)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a state: %v", err)
	}
}

func TestEmptyFolderInTheWay(t *testing.T) {
	p := newProject(t)
	if err := os.Mkdir(filepath.Join(p.dir, "a"), 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := p.generate(file("a", generators.Merge, "1")); err == nil || err.Error() != "a: a is a folder, which is in the way" {
		t.Errorf("it failed with %v", err)
	}
}

func TestLinksAreNotFollowed(t *testing.T) {
	outside := t.TempDir()
	secret := filepath.Join(outside, "secret")
	if err := os.WriteFile(secret, []byte("1"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name, link, target, want string
	}{
		{"a file", "a", secret, "a: a is a symbolic link, which is in the way"},
		{"a dangling file", "a", filepath.Join(outside, "new"), "a: a is a symbolic link, which is in the way"},
		{"a folder", "d", outside, "d/e/b: d is a symbolic link, which is in the way"},
		{"a folder within", "d", "real", "d/e/b: d is a symbolic link, which is in the way"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := newProject(t)
			p.write("real/x", "x")
			if err := os.Symlink(test.target, filepath.Join(p.dir, test.link)); err != nil {
				t.Fatal(err)
			}
			_, err := p.generate(file("a", generators.Merge, "1"), file("d/e/b", generators.Merge, "1"))
			if err == nil || err.Error() != test.want {
				t.Errorf("it failed with %v, want %q", err, test.want)
			}
		})
	}
	t.Run("the state", func(t *testing.T) {
		p := newProject(t)
		if err := os.Symlink(outside, filepath.Join(p.dir, plan.StateDir)); err != nil {
			t.Fatal(err)
		}
		if _, err := p.generate(file("a", generators.Merge, "1")); err == nil {
			t.Error("the state was written through a link")
		}
	})
	entries, err := os.ReadDir(outside)
	if err != nil || len(entries) != 1 {
		t.Errorf("outside there are %v, %v", entries, err)
	}
}

// Whoever puts something else in the place of a file has deleted it.
func TestLinkInsteadOfFile(t *testing.T) {
	p := newProject(t)
	mine, ours := file("a", generators.Merge, "1"), file("b", generators.Regenerate, "1")
	if _, err := p.generate(mine, ours); err != nil {
		t.Fatal(err)
	}
	p.remove("a")
	if err := os.Symlink("x", filepath.Join(p.dir, "a")); err != nil {
		t.Fatal(err)
	}
	p.write("x", "yours")
	mine.Content = []byte("2")
	for range 2 {
		if got, err := p.generate(mine, ours); err != nil || got != "keep a (a symbolic link of yours is in its place)" {
			t.Errorf("it did %q, %v", got, err)
		}
	}
	if tree := p.tree(); tree != "a=yours b=1 x=yours" {
		t.Errorf("the project is %q", tree)
	}
	if _, err := p.decide(Options{Replace: []string{"a"}}, mine, ours); err == nil || err.Error() != "a: a is a symbolic link, which is in the way" {
		t.Errorf("replacing it failed with %v", err)
	}
	p.remove("a")
	p.write("a", "1") // as it was generated once
	if got, err := p.generate(mine, ours); err != nil || got != "update a" {
		t.Errorf("it did %q, %v", got, err)
	}
	p.remove("b")
	if err := os.Symlink("x", filepath.Join(p.dir, "b")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.generate(mine, ours); err == nil || err.Error() != "b: b is a symbolic link, which is in the way" {
		t.Errorf("what is not the user's failed with %v", err)
	}
}

func TestLinkInsteadOfOldFile(t *testing.T) {
	p := newProject(t)
	if _, err := p.generate(file("a", generators.Merge, "1"), file("b", generators.Merge, "1")); err != nil {
		t.Fatal(err)
	}
	p.remove("a")
	if err := os.Symlink("b", filepath.Join(p.dir, "a")); err != nil {
		t.Fatal(err)
	}
	got, err := p.generate(file("b", generators.Merge, "1"))
	if err != nil || got != "keep a (no longer generated, but edited)" {
		t.Errorf("it did %q, %v", got, err)
	}
	if tree := p.tree(); tree != "a=1 b=1" {
		t.Errorf("the project is %q", tree)
	}
}

func TestModes(t *testing.T) {
	p := newProject(t)
	script := file("run", generators.Merge, "#!/bin/sh\n")
	script.Mode = 0o755
	if _, err := p.generate(script); err != nil {
		t.Fatal(err)
	}
	info, err := os.Stat(filepath.Join(p.dir, "run"))
	if err != nil || info.Mode()&0o100 == 0 {
		t.Errorf("the script is %v, %v", info.Mode(), err)
	}
}
