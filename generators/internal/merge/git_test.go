package merge

import (
	"bytes"
	"errors"
	"flag"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

var cases = flag.Int("cases", 2000, "number of random merges to compare with git merge-file")

// Where git merges without a conflict, so do we, to the same bytes; and we see
// a conflict wherever git does, but for the two kinds that Text promises to
// know better, and then the result is what git gives once they are out of the
// way. Conflicts are shown like git's, but for where one ends and the next
// begins.
func TestTextIsGits(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Logf("there is no git to compare with")
		return
	}
	var mu sync.Mutex
	count := map[string]int{}
	seeds := make(chan uint64)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		dir := t.TempDir()
		workers.Go(func() {
			for seed := range seeds {
				c := randomTriple(rand.New(rand.NewPCG(seed, 4)))
				style := Merge
				if seed%4 == 3 {
					style = Diff3
				}
				got := Text(c.base, c.ours, c.theirs, Options{Style: style, Ours: "ours", Base: "base", Theirs: "theirs"})
				class, ok := compare(t, dir, c, style, got)
				if !ok {
					t.Errorf("seed %d: %s: Text(%q, %q, %q) in style %s is %q", seed, class, c.base, c.ours, c.theirs, style, got.Text)
				}
				mu.Lock()
				count[class]++
				mu.Unlock()
			}
		})
	}
	for seed := range *cases {
		seeds <- uint64(seed)
	}
	close(seeds)
	workers.Wait()
	t.Logf("%d merges: %v", *cases, count)
}

// compare names what a merge of ours has to do with git's, and tells whether
// that is right.
func compare(t *testing.T, dir string, c triple, style Style, got Result) (class string, ok bool) {
	text := got.Text
	if end, ok := commonEnds(c.base, c.ours, c.theirs); ok && !sameEnds(c, end) {
		// Text is to do what git does with files that end their lines in LF.
		c = triple{toLF(c.base), toLF(c.ours), toLF(c.theirs)}
		if end == crlf && bytes.Count(text, []byte("\n")) != bytes.Count(text, []byte("\r\n")) {
			return "line ends are lost", false
		}
		text = toLF(text)
	}
	want, clean := gitMerge(t, dir, c, style)
	if !clean && got.Clean() && style == Diff3 {
		want, clean = gitMerge(t, dir, c, Merge)
		return "clean, where only the diff3 style of git makes a conflict of same lines", clean && bytes.Equal(text, want)
	}
	switch equal := bytes.Equal(text, want); {
	case clean != got.Clean():
		return "clean here or there only", false
	case clean:
		return "clean, same bytes", equal
	case equal:
		return "conflict, same bytes", true
	}
	return "conflict, divided otherwise", sameSides(text, want)
}

func sameEnds(c triple, end ends) bool {
	return endsOf(c.base) == end && endsOf(c.ours) == end && endsOf(c.theirs) == end
}

// sameSides reports whether two texts with conflicts hold the same ours and the
// same theirs.
func sameSides(a, b []byte) bool {
	for _, mark := range []byte("<=") {
		if !bytes.Equal(oneSide(a, mark), oneSide(b, mark)) {
			return false
		}
	}
	return true
}

// oneSide is a text with only those lines of each conflict that follow the
// given marker.
func oneSide(text []byte, wanted byte) []byte {
	var out []byte
	keep := true
	for _, line := range splitLines(text) {
		if len(line) > 0 && bytes.IndexByte([]byte("<|=>"), line[0]) >= 0 && isMarker(line, line[0]) {
			keep = line[0] == wanted || line[0] == '>'
		} else if keep {
			out = append(out, line...)
		}
	}
	return bytes.TrimRight(toLF(out), "\n")
}

// gitMerge is what git makes of a triple, in a folder of the caller's.
func gitMerge(t *testing.T, dir string, c triple, style Style) (text []byte, clean bool) {
	t.Helper()
	for name, content := range map[string][]byte{"base": c.base, "ours": c.ours, "theirs": c.theirs} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Error(err)
		}
	}
	args := []string{"merge-file", "-p", "-L", "ours", "-L", "base", "-L", "theirs"}
	if style == Diff3 {
		args = append(args, "--diff3")
	}
	git := exec.Command("git", append(args, "ours", "base", "theirs")...)
	git.Dir = dir
	git.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	out, err := git.Output()
	// The exit code is the number of conflicts, or more than 127 for an error.
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 0 || exit.ExitCode() > 127) {
		t.Errorf("git merge-file: %v", err)
	}
	return out, err == nil
}
