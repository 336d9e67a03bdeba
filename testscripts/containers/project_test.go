// Package containers checks the container files of generated projects with the
// libraries that Compose and BuildKit read them with. It is a module of its own,
// so that Aegis does not depend on those:
//
//	go test -C testscripts/containers -count=1 ./...
//
// The go command would take an old result, because it does not see the module
// above.
package containers

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// aegis is the tool, built from the module above.
var aegis string

func TestMain(m *testing.M) { os.Exit(testMain(m)) }

func testMain(m *testing.M) int {
	bin, err := os.MkdirTemp("", "aegis-containers")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(bin) }()
	aegis = filepath.Join(bin, "aegis")
	build := exec.Command("go", "build", "-C", filepath.Join("..", ".."), "-trimpath", "-o", aegis, "./cmd/aegis")
	build.Stderr = os.Stderr
	if err := build.Run(); err != nil {
		fmt.Fprintf(os.Stderr, "build aegis: %v\n", err)
		return 1
	}
	return m.Run()
}

// project generates the project of a manifest and returns its folder.
func project(t *testing.T, manifest string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte(manifest), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, dir, aegis, "generate")
	return dir
}

func run(t *testing.T, dir, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", filepath.Base(name), strings.Join(args, " "), err, out)
	}
	return string(out)
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// component is what "aegis list --json" says of one.
type component struct {
	Name    string
	Always  bool
	Inline  string
	Options []struct{ Path, Allowed string }
}

// choices returns the lines of a manifest that select an optional component, in
// each of its variants.
func choices(t *testing.T) map[string][]string {
	t.Helper()
	var all []component
	if err := json.Unmarshal([]byte(run(t, ".", aegis, "list", "components", "--json")), &all); err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"[^"]*"`)
	out := map[string][]string{}
	for _, c := range all {
		if c.Always {
			continue
		}
		for _, o := range c.Options {
			if o.Path != c.Inline || c.Inline == "" {
				continue
			}
			for _, value := range quoted.FindAllString(o.Allowed, -1) {
				out[c.Name] = append(out[c.Name], fmt.Sprintf("components: %s: %s: %s\n", c.Name, c.Inline, value))
			}
		}
		if out[c.Name] == nil {
			out[c.Name] = []string{fmt.Sprintf("components: %s: {}\n", c.Name)}
		}
	}
	return out
}

// manifests returns a manifest for nothing optional, for each choice, for each
// pair of choices and for everything, in the last variants.
func manifests(t *testing.T) map[string]string {
	t.Helper()
	const head = "name: \"my-shop\"\nmodule: \"example.com/my-shop\"\ndescription: \"It's \\\"my\\\" shop for $5\"\n"
	choices := choices(t)
	names := slices.Sorted(maps.Keys(choices))
	all, out := "", map[string]string{"nothing": head}
	for i, a := range names {
		all += choices[a][len(choices[a])-1]
		for _, x := range choices[a] {
			out[x] = head + x
			for _, b := range names[i+1:] {
				for _, y := range choices[b] {
					out[x+y] = head + x + y
				}
			}
		}
	}
	out["everything"] = head + all
	out["limits"] = head + strings.ReplaceAll(all, "sqlite", "postgres") +
		"deploy: web: {replicas: 2, cpus: 0.5, memory: \"256MiB\"}\ncomponents: frontend: port: 9090\n"
	for _, role := range []string{"scheduler", "worker"} {
		if choices[role] != nil {
			out["limits"] += "deploy: " + role + ": {replicas: 3, cpus: 2, memory: \"1GiB\"}\n"
		}
	}
	return out
}
