package plan

import (
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
)

func file(owner, path string) File {
	return File{Owner: owner, File: generators.File{Path: path, Policy: generators.Merge, Mode: 0o644}}
}

func TestNewSorts(t *testing.T) {
	got, err := New([]File{file("b", "internal/b/b.go"), file("a", "Makefile"), file("a", "internal/a.go"), file("a", ".github/x.yml")})
	if err != nil {
		t.Fatal(err)
	}
	var paths []string
	for _, f := range got {
		paths = append(paths, f.Path)
	}
	const want = ".github/x.yml Makefile internal/a.go internal/b/b.go"
	if strings.Join(paths, " ") != want {
		t.Errorf("New returned %q, want %q", paths, want)
	}
}

func TestNewRefuses(t *testing.T) {
	for _, test := range []struct {
		name  string
		files []File
		want  []string
	}{
		{"two owners", []File{file("worker", "a.go"), file("cache", "a.go")}, []string{"a.go: both cache and worker bring it"}},
		{"case", []File{file("a", "README.md"), file("b", "readme.md")}, []string{"README.md of a and readme.md of b differ in case only"}},
		{"case beyond ASCII", []File{file("a", "straße/Ä.go"), file("b", "straße/ä.go")}, []string{"differ in case only"}},
		{"case of a folder", []File{file("a", "Docs/a.md"), file("b", "docs/b.md")}, []string{`docs/b.md of b lies in "docs", but Docs/a.md of a in "Docs": they differ in case only`}},
		{"file and folder", []File{file("a", "docs"), file("b", "docs/x/b.md")}, []string{"docs of a is a file, but docs/x/b.md of b needs a folder there"}},
		{"file and folder in another case", []File{file("a", "DOCS"), file("b", "docs/b.md")}, []string{"needs a folder there"}},
		{"parent", []File{file("a", "../a.go")}, []string{`a: "../a.go" leaves the project`}},
		{"inner parent", []File{file("a", "x/../../a.go")}, []string{"not a clean path"}},
		{"absolute", []File{file("a", "/etc/passwd")}, []string{`"/etc/passwd" leaves the project`}},
		{"backslash", []File{file("a", `..\a.go`)}, []string{"not a clean path"}},
		{"empty", []File{file("a", "")}, []string{"not a clean path"}},
		{"drive", []File{file("a", "c:/a.go")}, []string{"cannot exist on Windows"}},
		{"device", []File{file("a", "internal/nul.go")}, []string{`cannot exist on Windows because of "nul.go"`}},
		{"numbered device", []File{file("a", "COM1/a.go")}, []string{`because of "COM1"`}},
		{"final stop", []File{file("a", "a./b.go")}, []string{`because of "a."`}},
		{"state", []File{file("a", ".Aegis/state.json")}, []string{"Aegis's own notes"}},
		{"manifest", []File{file("a", "aegis.cue")}, []string{"never generated"}},
		{"all at once", []File{file("a", "x"), file("b", "x"), file("a", "y/z"), file("b", "y"), file("c", "../c")},
			[]string{"3 errors", "c: \"../c\"", "x: both a and b", "y of b is a file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(test.files)
			if err == nil {
				t.Fatal("New accepted it")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("New failed with %q, want it to contain %q", err, want)
				}
			}
		})
	}
}

func TestNewAcceptsWhatOnlyLooksReserved(t *testing.T) {
	for _, path := range []string{"internal/console.go", "com10/a.go", "nullable.go", "..a/b", ".env.example", ".aegisrc", "sub/aegis.cue"} {
		if _, err := New([]File{file("a", path)}); err != nil {
			t.Errorf("New refused %q: %v", path, err)
		}
	}
}
