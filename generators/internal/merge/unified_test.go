package merge

import (
	"bytes"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

func TestDiff(t *testing.T) {
	for _, c := range []struct{ name, a, b, want string }{
		{"equal", "a\n", "a\n", ""},
		{"new file", "", "a\nb\n", "--- a/f\n+++ b/f\n@@ -0,0 +1,2 @@\n+a\n+b\n"},
		{"deleted", "a\n", "", "--- a/f\n+++ b/f\n@@ -1 +0,0 @@\n-a\n"},
		{
			"three lines around a change", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n",
			"--- a/f\n+++ b/f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n",
		},
		{
			"two hunks", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n",
			"--- a/f\n+++ b/f\n@@ -1,4 +1,4 @@\n-a\n+A\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+B\n",
		},
		{
			"contexts that meet", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n",
			"--- a/f\n+++ b/f\n@@ -1,8 +1,8 @@\n-a\n+A\n 1\n 2\n 3\n 4\n 5\n 6\n-b\n+B\n",
		},
		{
			"no line end", "a\nb", "a\nc\n",
			"--- a/f\n+++ b/f\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n",
		},
	} {
		if got := string(Diff([]byte(c.a), []byte(c.b), "a/f", "b/f")); got != c.want {
			t.Errorf("%s: Diff(%q, %q) = %q, want %q", c.name, c.a, c.b, got, c.want)
		}
	}
}

// What Diff says is what git apply does.
func TestDiffApplies(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Logf("there is no git to apply a diff with")
		return
	}
	dir := t.TempDir()
	var patch bytes.Buffer
	want := map[string][]byte{}
	for seed := range uint64(300) {
		c := randomTriple(rand.New(rand.NewPCG(seed, 5)))
		if len(c.ours) == 0 || len(c.theirs) == 0 || bytes.Equal(c.ours, c.theirs) {
			continue // a diff of files that do not exist needs other labels
		}
		name := "file " + strings.Repeat("x", int(seed)%3) + string(rune('a'+seed%26)) + string(rune('0'+seed/26))
		if err := os.WriteFile(filepath.Join(dir, name), c.ours, 0o600); err != nil {
			t.Fatal(err)
		}
		want[name] = c.theirs
		patch.Write(Diff(c.ours, c.theirs, "a/"+name, "b/"+name))
	}
	git := exec.Command("git", "apply", "--whitespace=nowarn", "-")
	git.Dir, git.Stdin = dir, &patch
	git.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := git.CombinedOutput(); err != nil {
		t.Fatalf("git apply: %v\n%s", err, out)
	}
	for name, content := range want {
		if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || !bytes.Equal(got, content) {
			t.Errorf("%s is %q after git apply (%v), want %q", name, got, err, content)
		}
	}
}
