package merge

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

var byName = map[string]func(base, ours, theirs []byte, opts Options) Result{
	"text": Text, "go": Go, "env": Env, "gomod": GoMod, "gosum": GoSum,
}

// Each archive below testdata/<function> holds base, ours, theirs and what
// they are merged to; its comment says why. AEGIS_UPDATE=1 rewrites the last.
func TestArchives(t *testing.T) {
	for folder, merge := range byName {
		archives, err := filepath.Glob(filepath.Join("testdata", folder, "*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Fatalf("no archives for %s: %v", folder, err)
		}
		for _, name := range archives {
			t.Run(strings.TrimSuffix(filepath.ToSlash(name), ".txtar"), func(t *testing.T) { testArchive(t, name, merge) })
		}
	}
}

func testArchive(t *testing.T, name string, merge func(base, ours, theirs []byte, opts Options) Result) {
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]*txtar.File{}
	for i := range archive.Files {
		files[archive.Files[i].Name] = &archive.Files[i]
	}
	opts := Options{Ours: "yours", Base: "generated before", Theirs: "generated now"}
	if strings.Contains(string(archive.Comment), "style: diff3") {
		opts.Style = Diff3
	}
	// An archive cannot hold a carriage return in sight.
	content := func(name string) []byte {
		return []byte(strings.ReplaceAll(string(files[name].Data), "␍", "\r"))
	}
	result := merge(content("base"), content("ours"), content("theirs"), opts)
	for _, side := range []string{"ours", "theirs"} {
		settled := merge(content("base"), content(side), content("base"), opts)
		mirrored := merge(content("base"), content("base"), content(side), opts)
		if want := string(content(side)); !settled.Clean() || string(settled.Text) != want || string(mirrored.Text) != want {
			t.Errorf("%s against base alone is not %s", side, side)
		}
	}
	if Unresolved(result.Text) == result.Clean() {
		t.Errorf("with %d conflicts, the result is unresolved: %v", len(result.Conflicts), Unresolved(result.Text))
	}
	got := strings.ReplaceAll(string(result.Text), "\r", "␍")
	for _, c := range result.Conflicts {
		got += "-- conflict: " + c.Reason + "\n"
		if lines := strings.Split(string(result.Text), "\n"); !strings.HasPrefix(lines[c.Line-1], "<<<<<<< yours") {
			t.Errorf("line %d, where a conflict should begin, is %q", c.Line, lines[c.Line-1])
		}
	}
	if os.Getenv("AEGIS_UPDATE") != "" {
		want, ok := files["want"]
		if !ok {
			archive.Files = append(archive.Files, txtar.File{Name: "want"})
			want = &archive.Files[len(archive.Files)-1]
		}
		want.Data = []byte(got)
		if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if want := string(files["want"].Data); got != want {
		t.Errorf("merged to\n%s\nwant\n%s", got, want)
	}
}
