package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// Every code has a page, whose example really causes the mistake that the page
// shows, and only that; without the mistake it validates. AEGIS_UPDATE=1
// rewrites what validate says.
func TestEveryCodeHasAPage(t *testing.T) {
	if dir := os.Getenv("AEGIS_TEST_VALIDATE"); dir != "" {
		os.Exit(run([]string{"validate", "-C", dir, "--color", "never", "--format", os.Getenv("AEGIS_TEST_FORMAT")}, nil, os.Stdout, os.Stderr))
	}
	files, err := filepath.Glob("../../schema/codes/*.txtar")
	if err != nil || len(files) != len(schema.Codes()) {
		t.Errorf("there are %d pages for %d codes: %v", len(files), len(schema.Codes()), err)
	}
	for _, code := range schema.Codes() {
		t.Run(string(code), func(t *testing.T) {
			t.Parallel() // two of them take five seconds each
			page := code.Page()
			if page == nil || page.Title == "" || page.Text == "" {
				t.Fatalf("the page is %+v", page)
			}
			if code == schema.CodeInternal {
				if len(page.Wrong) > 0 {
					t.Error("there is an example of a fault of Aegis: mend it")
				}
				return
			}
			wrong, right := lay(t, page.Wrong), lay(t, page.Right)
			if code == schema.CodeTooLarge {
				fill(t, wrong)
			}
			if said := checkPage(t, right, ""); said != "" {
				t.Errorf("without the mistake, validate says\n%s", said)
			}
			said := checkPage(t, wrong, code)
			if said == page.Says {
				return
			}
			if os.Getenv("AEGIS_UPDATE") == "" {
				t.Fatalf("validate says\n%s\nthe page\n%s", said, page.Says)
			}
			update(t, code, said)
		})
	}
}

func TestMistakesNameTheirPages(t *testing.T) {
	diags := []*schema.Diagnostic{{Code: schema.CodeUnknown}, {Code: schema.CodeSyntax}, {Code: schema.CodeUnknown}}
	if got := more(diags); got != "\nmore: aegis explain AEG002 or AEG010\n" {
		t.Errorf("got %q", got)
	}
}

// lay writes the files of an example into a folder of its own.
func lay(t *testing.T, files []schema.PageFile) string {
	t.Helper()
	dir := t.TempDir()
	if len(files) == 0 {
		t.Fatal("there is no example")
	}
	for _, f := range files {
		if err := os.WriteFile(filepath.Join(dir, f.Name), []byte(f.Text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// fill makes the manifest in dir as large as its comment says.
func fill(t *testing.T, dir string) {
	t.Helper()
	name := filepath.Join(dir, schema.ManifestName)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	text = append(text, bytes.Repeat([]byte("// A mug.\n"), schema.MaxFileBytes/10)...)
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}

// checkPage has the manifest in dir validated and returns what is said, with the
// names of files as in their folder. All mistakes have to be of the code, of
// which "" is none.
func checkPage(t *testing.T, dir string, code schema.Code) string {
	t.Helper()
	said, ok := validate(t, dir, "text")
	if ok != (code == "") {
		t.Errorf("validate accepts the manifest: %t\n%s", ok, said)
	}
	machine, _ := validate(t, dir, "json")
	var report struct{ Diagnostics []struct{ Code schema.Code } }
	if err := json.Unmarshal([]byte(machine), &report); err != nil {
		t.Fatalf("%v: %s", err, machine)
	}
	for _, d := range report.Diagnostics {
		if d.Code != code {
			t.Errorf("the example causes %s", d.Code)
		}
	}
	return strings.ReplaceAll(said, filepath.ToSlash(dir)+"/", "")
}

// validate runs the command in a process of its own: what takes too long ends
// with the process only.
func validate(t *testing.T, dir, format string) (said string, ok bool) {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestEveryCodeHasAPage$")
	cmd.Env = append(os.Environ(), "AEGIS_TEST_VALIDATE="+dir, "AEGIS_TEST_FORMAT="+format)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return string(out), err == nil
}

// update writes into a page what validate says.
func update(t *testing.T, code schema.Code, said string) {
	t.Helper()
	name := fmt.Sprintf("../../schema/codes/%s.txtar", code)
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "-- right/")
	before, _, _ = strings.Cut(before, "-- says --\n")
	if err := os.WriteFile(name, []byte(before+"-- says --\n"+said+"-- right/"+rest), 0o644); err != nil {
		t.Fatal(err)
	}
}
