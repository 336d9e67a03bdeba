//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// option measures a generate after one option was edited, and checks that it
// touches only the files that the option is in.
func (b *bench) option() error {
	dir := filepath.Join(b.dir, "option")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	project := filepath.Join(b.dir, "option-project")
	port := 8081
	edit := func() error {
		port ^= 1
		text := strings.Replace(manifest, "port: 8081", fmt.Sprint("port: ", port), 1)
		return os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte(text), 0o644)
	}
	if err := edit(); err != nil {
		return err
	}
	generate := []string{b.aegis, "generate", "--output-dir", project}
	if err := b.once(dir, generate...); err != nil {
		return err
	}
	before, err := times(project)
	if err != nil {
		return err
	}
	if err := edit(); err != nil {
		return err
	}
	if err := b.once(dir, generate...); err != nil {
		return err
	}
	after, err := times(project)
	if err != nil {
		return err
	}
	var touched []string
	for path, t := range after {
		name, _ := filepath.Rel(project, path)
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !before[path].Equal(t) && !strings.HasPrefix(name, ".aegis") {
			touched = append(touched, name)
		}
	}
	slices.Sort(touched)
	ours := &subject{dir: dir, args: generate, before: edit}
	ref := &subject{dir: dir, args: []string{b.aegis, "validate"}}
	if err := b.compare(ours, ref); err != nil {
		return err
	}
	ratio("generate after one option / validate", ours, ref, "")
	fmt.Printf("  of %d files and folders, %d changed: %s\n", len(after), len(touched), strings.Join(touched, ", "))
	return nil
}

// check measures a check of a project in step.
func (b *bench) check() error {
	dir := filepath.Join(b.dir, "generate")
	project := filepath.Join(b.dir, "project")
	ours := &subject{dir: dir, args: []string{b.aegis, "generate", "--check", "--output-dir", project}}
	ref := &subject{dir: dir, args: []string{b.aegis, "validate"}}
	if err := b.compare(ours, ref); err != nil {
		return err
	}
	ratio("generate --check in step / validate", ours, ref, "<= 1.20")
	return nil
}

// merges measures what edits cost: in one project Aegis changes files that
// nobody edited, in the other files that the user edited, too. There are far
// more of them than a project has, so that nothing else counts.
func (b *bench) merges() error {
	const files = 1000
	program := filepath.Join(b.dir, "merges")
	build := exec.Command("go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, "./generators/internal/worktree/benchmerge")
	if out, err := build.CombinedOutput(); err != nil {
		return fmt.Errorf("build benchmerge: %w\n%s", err, out)
	}
	few := *b
	few.rounds = max(5, b.rounds/4)
	subjects := map[string]*subject{}
	for _, kind := range []string{"untouched", "edited"} {
		dir := filepath.Join(b.dir, "merges-"+kind)
		prepare := func() error {
			if err := os.RemoveAll(dir); err != nil {
				return err
			}
			return few.once(b.dir, program, "-files", fmt.Sprint(files), "-prepare", kind, dir)
		}
		subjects[kind] = &subject{dir: b.dir, args: []string{program, "-files", fmt.Sprint(files), dir}, before: prepare}
	}
	if err := few.compare(subjects["edited"], subjects["untouched"]); err != nil {
		return err
	}
	ratio(fmt.Sprintf("%d edited files merged / %d updated", files, files), subjects["edited"], subjects["untouched"], "")
	return nil
}

// once runs a command that is not measured.
func (b *bench) once(dir string, args ...string) error {
	var out bytes.Buffer
	cmd := exec.Command(args[0], args[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = dir, &out, &out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w\n%s", strings.Join(args, " "), err, out.String())
	}
	return nil
}
