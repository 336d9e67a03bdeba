package files

import (
	"os"
	"path/filepath"
	"testing"
)

func TestReplace(t *testing.T) {
	folder := t.TempDir()
	path, next := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	for name, content := range map[string]string{path: "old", next: "new"} {
		if err := Write(name, []byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := Replace(path, next); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(path); err != nil || string(text) != "new" {
		t.Errorf("it is %q (%v)", text, err)
	}
	if entries, err := os.ReadDir(folder); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}

func TestCopy(t *testing.T) {
	folder := t.TempDir()
	from, to := filepath.Join(folder, "a"), filepath.Join(folder, "b")
	if err := Write(from, []byte("content")); err != nil {
		t.Fatal(err)
	}
	if err := Copy(from, to); err != nil {
		t.Fatal(err)
	}
	a, err := Checksum(from)
	if err != nil {
		t.Fatal(err)
	}
	// As sha256sum says.
	if want := "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"; a != want {
		t.Errorf("Checksum = %s, want %s", a, want)
	}
	if b, err := Checksum(to); err != nil || b != a {
		t.Errorf("the copy has the checksum %s (%v)", b, err)
	}
	if err := Copy(filepath.Join(folder, "nothing"), to); err == nil {
		t.Error("what is not there was copied")
	}
}
