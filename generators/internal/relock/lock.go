package main

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// lock is a modules.json; the documentation of generators.Modules describes it.
type lock struct {
	Go      string            `json:"go"`
	Require map[string]string `json:"require"`
	Direct  map[string]bool   `json:"direct"`
	Tests   map[string]bool   `json:"tests"`
	Graph   map[string]node   `json:"graph"`
	Sums    map[string]string `json:"sums"`

	tidied tidied
	whole  map[string]bool // of Graph, what counts with all that is below it
}

// node is what one go.mod says.
type node struct {
	Pruned  bool              `json:"pruned,omitempty"`
	Require map[string]string `json:"require,omitempty"`
}

// tidied is what go mod tidy leaves.
type tidied struct{ mod, sum []byte }

// data returns the lock as the fragment that it will be read as.
func (l *lock) data() map[string]any {
	text, err := json.Marshal(l)
	if err != nil {
		panic(err) // maps of texts
	}
	var tree map[string]any
	if err := json.Unmarshal(text, &tree); err != nil {
		panic(err)
	}
	return tree
}

// pins are Aegis's own go directive and the versions that it builds with.
type pins struct {
	goVersion string
	versions  map[string]string
}

func readPins(aegis string) (pins, error) {
	p := pins{versions: map[string]string{}}
	text, err := os.ReadFile(filepath.Join(aegis, "go.mod"))
	if err != nil {
		return p, err
	}
	own, err := modfile.Parse("go.mod", text, nil)
	if err != nil {
		return p, err
	}
	p.goVersion = own.Go.Version
	list, err := goCommand(aegis, "list", "-m", "-f", "{{if not .Main}}{{.Path}} {{.Version}}{{end}}", "all")
	if err != nil {
		return p, err
	}
	for line := range strings.Lines(string(list)) {
		if path, version, ok := strings.Cut(strings.TrimSpace(line), " "); ok {
			p.versions[path] = version
		}
	}
	return p, nil
}

// tidy makes a module of files in dir, has the go command tidy it, and returns
// what came of it. Aegis's versions are pinned by requiring all of them first.
func tidy(dir string, files map[string][]byte, p pins) (*lock, error) {
	for name, text := range files {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			return nil, err
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			return nil, err
		}
	}
	if err := writeGoMod(dir, p, p.versions); err != nil {
		return nil, err
	}
	if _, err := goCommand(dir, "mod", "tidy"); err != nil {
		return nil, err
	}
	// Some of the pins may have stayed only because tests of dependencies found
	// them there. Without them the go command chooses for itself, as it will for
	// the owner of a project.
	first, err := readGoMod(dir)
	if err != nil {
		return nil, err
	}
	// With everything required, some module may have raised the version of
	// another, beyond Aegis's.
	needed := map[string]string{}
	for _, r := range first.Require {
		why, err := goCommand(dir, "mod", "why", "-m", "-vendor", r.Mod.Path)
		if err != nil {
			return nil, err
		}
		if !bytes.Contains(why, []byte("(main module does not need")) {
			needed[r.Mod.Path] = cmp.Or(p.versions[r.Mod.Path], r.Mod.Version)
		}
	}
	if err := writeGoMod(dir, p, needed); err != nil {
		return nil, err
	}
	if _, err := goCommand(dir, "mod", "tidy"); err != nil {
		return nil, err
	}
	second, err := readGoMod(dir)
	if err != nil {
		return nil, err
	}
	l := &lock{
		Go: second.Go.Version, Require: map[string]string{}, Direct: map[string]bool{},
		Tests: map[string]bool{}, Graph: map[string]node{}, Sums: map[string]string{}, whole: map[string]bool{},
	}
	for _, r := range second.Require {
		if needed[r.Mod.Path] != r.Mod.Version {
			// The arithmetic in package render knows no such requirements.
			return nil, fmt.Errorf("%s is required for the tests of dependencies alone: require it from a test of ours", r.Mod)
		}
		l.Require[r.Mod.Path] = r.Mod.Version
		if !r.Indirect {
			l.Direct[r.Mod.Path] = true
		}
	}
	return l, l.read(dir)
}

// read adds the checksums and the module graph of the tidied module in dir.
func (l *lock) read(dir string) error {
	var err error
	if l.tidied.mod, err = os.ReadFile(filepath.Join(dir, "go.mod")); err != nil {
		return err
	}
	l.tidied.sum, err = os.ReadFile(filepath.Join(dir, "go.sum"))
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	lines := bufio.NewScanner(bytes.NewReader(l.tidied.sum))
	for lines.Scan() {
		field := strings.Fields(lines.Text())
		if len(field) != 3 {
			return fmt.Errorf("go.sum: %q", lines.Text())
		}
		l.Sums[field[0]+"@"+field[1]] = field[2]
		if !strings.HasSuffix(field[1], "/go.mod") && l.Require[field[0]] == "" {
			l.Tests[field[0]] = true
		}
	}
	cache, err := goCommand(dir, "env", "GOMODCACHE")
	if err != nil {
		return err
	}
	loader := loader{cache: strings.TrimSpace(string(cache)), graph: l.Graph, unpruned: map[module.Version]bool{}}
	for path, version := range l.Require {
		if err := loader.load(module.Version{Path: path, Version: version}, false); err != nil {
			return err
		}
	}
	for m := range loader.unpruned {
		l.whole[m.String()] = true
	}
	return nil
}

// crossCheck adds to each lock the checksums that a project with others may
// need, and takes out what none of them does. If only tests of dependencies
// import a module, the highest version that any owner's graph names is the
// project's, and that may be the version of an owner who does not import it at
// all. Nothing else in a pruned go.mod makes a difference, unless an unpruned one
// is above it.
func crossCheck(locks []*lock) error {
	tests := map[string]bool{}
	for _, l := range locks {
		maps.Copy(tests, l.Tests)
	}
	for _, l := range locks {
		highest := map[string]string{}
		for _, n := range l.Graph {
			for path, version := range n.Require {
				if semver.Compare(highest[path], version) < 0 {
					highest[path] = version
				}
			}
		}
		for _, path := range slices.Sorted(maps.Keys(tests)) {
			m := module.Version{Path: path, Version: highest[path]}
			if m.Version == "" || l.Sums[m.String()] != "" {
				continue
			}
			text, err := goCommand(".", "mod", "download", "-json", m.String())
			if err != nil {
				return err
			}
			var sums struct {
				Sum      string `json:"Sum"`
				GoModSum string `json:"GoModSum"`
			}
			if err := json.Unmarshal(text, &sums); err != nil {
				return err
			}
			l.Sums[m.String()], l.Sums[m.String()+"/go.mod"] = sums.Sum, sums.GoModSum
		}
		for name, n := range l.Graph {
			if n.Pruned && !l.whole[name] {
				maps.DeleteFunc(n.Require, func(path, _ string) bool { return !tests[path] })
			}
		}
	}
	return nil
}

func writeGoMod(dir string, p pins, versions map[string]string) error {
	file := new(modfile.File)
	if err := file.AddModuleStmt(modulePath); err != nil {
		return err
	}
	if err := file.AddGoStmt(p.goVersion); err != nil {
		return err
	}
	for _, path := range slices.Sorted(maps.Keys(versions)) {
		if err := file.AddRequire(path, versions[path]); err != nil {
			return err
		}
	}
	text, err := file.Format()
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "go.mod"), text, 0o644)
}

func readGoMod(dir string) (*modfile.File, error) {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return nil, err
	}
	return modfile.Parse("go.mod", text, nil)
}

func goCommand(dir string, arguments ...string) ([]byte, error) {
	command := exec.Command("go", arguments...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=mod")
	var failure bytes.Buffer
	command.Stderr = &failure
	out, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w\n%s", strings.Join(arguments, " "), err, failure.Bytes())
	}
	return out, nil
}
