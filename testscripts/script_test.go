// Package testscripts runs the scripts below this folder: each does what a user
// does and compares what they see. A script's name is the behaviour it shows.
//
//	AEGIS_UPDATE=1 go test ./testscripts
//
// rewrites the expected output; read that diff like code.
package testscripts

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

// testMain builds the tool once and puts it first on the PATH, so that the
// scripts run what a user would install.
func testMain(m *testing.M) int {
	bin, err := os.MkdirTemp("", "aegis-scripts")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(bin)
	// The go command caches the results of tests whose inputs it saw unchanged,
	// and it does not see what the build below reads.
	for _, dir := range []string{"../cmd", "../schema", "../generators", "../blueprints"} {
		if err := filepath.WalkDir(dir, func(_ string, _ fs.DirEntry, err error) error { return err }); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
	}
	build := exec.Command("go", "build", "-trimpath", "-o", bin, "../cmd/aegis")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "build aegis: %v\n", err)
		return 1
	}
	path := bin + string(os.PathListSeparator) + os.Getenv("PATH")
	if err := os.Setenv("PATH", path); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

func TestScripts(t *testing.T) {
	for _, dir := range scriptFolders(t) {
		t.Run(dir, func(t *testing.T) {
			t.Parallel()
			testscript.Run(t, testscript.Params{
				Dir:                 dir,
				UpdateScripts:       os.Getenv("AEGIS_UPDATE") != "",
				RequireExplicitExec: true,
				RequireUniqueNames:  true,
				Setup:               setup,
				Cmds:                commands,
			})
		})
	}
}

// scriptFolders lists the folders that hold scripts.
func scriptFolders(t *testing.T) []string {
	t.Helper()
	scripts, err := filepath.Glob("*/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	var dirs []string
	for _, s := range scripts {
		if dir := filepath.Dir(s); len(dirs) == 0 || dirs[len(dirs)-1] != dir {
			dirs = append(dirs, dir)
		}
	}
	if len(dirs) == 0 {
		t.Fatal("no scripts found")
	}
	return dirs
}

// setup lets the go command work inside a script, from the caches of the
// machine, and keeps the user's own settings out.
func setup(env *testscript.Env) error {
	out, err := exec.Command("go", "env", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS").Output()
	if err != nil {
		return fmt.Errorf("go env: %w", err)
	}
	values := strings.Split(string(out), "\n")
	env.Setenv("GOCACHE", values[0])
	env.Setenv("GOMODCACHE", values[1])
	env.Setenv("GOPROXY", values[2])
	env.Setenv("GOFLAGS", values[3])
	env.Setenv("NO_COLOR", "1")
	root, err := filepath.Abs("..")
	if err != nil {
		return err
	}
	env.Setenv("AEGIS_ROOT", root)
	env.Values[serviceKey{}] = new(service)
	env.Values[terminalKey{}] = new(*terminal)
	env.Setenv("TERM", "xterm-256color")
	return nil
}
