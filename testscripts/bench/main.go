//go:build unix

// Command bench measures aegis as a user would see it, as whole processes, and
// prints ratios against references measured in the same run:
//
//	go run ./testscripts/bench
//
// Every comparison runs its commands alternately, so that a machine whose speed
// drifts slows all of them alike. Files live on tmpfs where there is one.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// cueVersion is the reference's; it matches the library in go.mod.
const cueVersion = "v0.17.1"

func main() {
	rounds := flag.Int("rounds", 40, "how often each command runs")
	flag.Parse()
	if err := run(*rounds); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	dir        string // scratch
	aegis, cue string // binaries
	rounds     int
}

func run(rounds int) error {
	base := ""
	if st, err := os.Stat("/dev/shm"); err == nil && st.IsDir() {
		base = "/dev/shm"
	}
	dir, err := os.MkdirTemp(base, "aegis-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)

	b := &bench{dir: dir, rounds: rounds, aegis: filepath.Join(dir, "aegis"), cue: filepath.Join(dir, "cue")}
	if err := b.build(); err != nil {
		return err
	}
	fmt.Printf("%-44s %7s %7s %7s   %s\n", "whole process, medians of "+fmt.Sprint(rounds)+" alternating runs", "wall", "cpu", "memory", "aim (wall)")
	for _, part := range []func() error{b.validate, b.mistakes, b.entries, b.generate, b.again, b.check, b.option, b.merges} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// build makes both binaries the same way: stripped, without local paths.
func (b *bench) build() error {
	flags := []string{"-trimpath", "-ldflags", "-s -w"}
	build := exec.Command("go", append(append([]string{"build"}, flags...), "-o", b.aegis, "./cmd/aegis")...)
	install := exec.Command("go", append(append([]string{"install"}, flags...), "cuelang.org/go/cmd/cue@"+cueVersion)...)
	install.Env = append(os.Environ(), "GOBIN="+b.dir)
	for _, cmd := range []*exec.Cmd{build, install} {
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, out)
		}
	}
	return nil
}

// workspace lays out a manifest beside the published schema, so that cue can
// check the same thing that aegis checks.
func (b *bench) workspace(name, manifest string) (string, error) {
	dir := filepath.Join(b.dir, name)
	schema, err := exec.Command(b.aegis, "schema").Output()
	if err != nil {
		return "", fmt.Errorf("aegis schema: %w", err)
	}
	files := map[string]string{
		"aegis.cue":          manifest,
		"cue.mod/module.cue": "module: \"bench.local/m@v0\"\nlanguage: version: \"" + cueVersion + "\"\n",
		"schema/schema.cue":  string(schema),
		"check/check.cue": `package check

import (
	"bench.local/m/schema"
	manifest "bench.local/m:shop"
)

schema.#Manifest & manifest
`,
	}
	for path, text := range files {
		file := filepath.Join(dir, path)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	return dir, nil
}
