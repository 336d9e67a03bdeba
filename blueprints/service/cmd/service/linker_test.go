package main

import (
	"bytes"
	"os/exec"
	"path/filepath"
	"testing"
)

// The linker leaves out what is not called, unless something looks for methods
// by a name that it makes up at run time. text/template and html/template do,
// and importing one anywhere makes the binary larger by half.
func TestLinkerLeavesOutWhatIsNotCalled(t *testing.T) {
	output, err := exec.CommandContext(t.Context(),
		"go", "build", "-ldflags=-dumpdep", "-o", filepath.Join(t.TempDir(), "program"), ".").CombinedOutput()
	if err != nil {
		t.Fatalf("go build: %v\n%s", err, output)
	}
	for line := range bytes.Lines(output) {
		if bytes.Contains(line, []byte("<ReflectMethod>")) {
			t.Errorf("methods are looked up by name in %s", line)
		}
	}
}
