package testscripts

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var cueCommand = flag.String("cue", "", "the cue command, to compare its verdicts with those of aegis")

// stricter are the scripts in which aegis refuses what it must not read, or
// reads only to a limit, while the cue command does what it is told.
var stricter = map[string]bool{
	"embed_reads_a_file":         true,
	"tag_reads_the_command_line": true,
	"huge_manifest":              true,
	"package_file_too_large":     true,
	"manifest_links_outside":     true,
	"package_file_links_outside": true,
	"directory_called_aegis_cue": true,
	"manifest_is_a_pipe":         true,
	"manifest_links_nowhere":     true,
	// CUE knows no time zones, nor which of its types Go has.
	"job_payload_does_not_fit": true,
	"payload_of_two_kinds":     true,
	"job_timezone_unknown":     true,
	"missing_manifest":         true,
}

var packageClause = regexp.MustCompile(`(?m)^package (\w+)`)

// TestCueVetAgrees has the real cue command check manifests against the
// published schema: it must accept and refuse what aegis does.
func TestCueVetAgrees(t *testing.T) {
	if *cueCommand == "" {
		t.Skip("needs the cue command: go test ./testscripts -cue $(which cue)")
	}
	schema, err := exec.Command("aegis", "schema").Output()
	if err != nil {
		t.Fatal(err)
	}
	scripts, err := filepath.Glob("mistakes/*.txtar")
	if err != nil || len(scripts) < 60 {
		t.Fatalf("found %d scripts: %v", len(scripts), err)
	}
	for _, script := range scripts {
		name := strings.TrimSuffix(filepath.Base(script), ".txtar")
		if stricter[name] {
			continue
		}
		a, err := txtar.ParseFile(script)
		if err != nil {
			t.Fatal(err)
		}
		files := map[string][]byte{}
		for _, f := range a.Files {
			if strings.HasSuffix(f.Name, ".cue") {
				files[f.Name] = f.Data
			}
		}
		t.Run(name, func(t *testing.T) { agree(t, schema, files) })
	}
	valid, err := filepath.Glob("../blueprints/starters/*.cue")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range append(valid, "../aegis.cue") {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(filepath.Base(name), func(t *testing.T) { agree(t, schema, map[string][]byte{"aegis.cue": text}) })
	}
}

// agree lays out a manifest beside the published schema and asks both commands.
func agree(t *testing.T, schema []byte, files map[string][]byte) {
	dir := t.TempDir()
	pkg := "shop"
	if m := packageClause.FindSubmatch(files["aegis.cue"]); m != nil {
		pkg = string(m[1])
	}
	layout := map[string][]byte{
		"cue.mod/module.cue": []byte("module: \"example.com/m@v0\"\nlanguage: version: \"v0.17.0\"\n"),
		"schema/schema.cue":  schema,
		"check/check.cue": []byte("package check\n\nimport (\n\t\"example.com/m/schema\"\n\tmanifest \"example.com/m:" + pkg +
			"\"\n)\n\nschema.#Manifest & manifest\n"),
	}
	for name, text := range files {
		if name == "aegis.cue" && !packageClause.Match(text) {
			// Only a package can be imported.
			text = append([]byte("package "+pkg+"\n\n"), text...)
		}
		layout[name] = text
	}
	for name, text := range layout {
		target := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(target, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	ours, oursSaid := verdict(t, dir, "aegis", "validate")
	// The manifest's own package too: what is hidden in it is checked nowhere else.
	concrete := "-c"
	for _, text := range files {
		if bytes.Contains(text, []byte("payload")) {
			concrete = "-c=false" // the fields of a payload are types
		}
	}
	theirs, theirsSaid := verdict(t, dir, *cueCommand, "vet", concrete, ".", "./check")
	if ours != theirs {
		t.Errorf("aegis validate accepts: %t\n%s\ncue vet accepts: %t\n%s", ours, oursSaid, theirs, theirsSaid)
	}
}

// verdict runs a command and says whether it accepts what it finds in dir.
func verdict(t *testing.T, dir, name string, args ...string) (accepts bool, said []byte) {
	t.Helper()
	cmd := exec.Command(name, args...)
	cmd.Dir = dir
	said, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return err == nil, said
}
