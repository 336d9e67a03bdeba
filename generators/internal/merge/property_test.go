package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// checkLaws checks what holds for every merge of lines.
func checkLaws(t *testing.T, c triple) {
	t.Helper()
	for _, style := range []Style{Merge, Diff3} {
		opts := Options{Style: style, Ours: "ours", Base: "base", Theirs: "theirs"}
		for _, law := range []struct {
			name               string
			base, ours, theirs []byte
			want               []byte
		}{
			{"theirs equals base: ours", c.base, c.ours, c.base, c.ours},
			{"ours equals base: theirs", c.base, c.base, c.theirs, c.theirs},
			{"both the same: that", c.base, c.ours, c.ours, c.ours},
		} {
			if got := Text(law.base, law.ours, law.theirs, opts); !got.Clean() || !bytes.Equal(got.Text, law.want) {
				t.Errorf("%s: Text(%q, %q, %q) = %q, want %q", law.name, law.base, law.ours, law.theirs, got.Text, law.want)
			}
		}
		there, back := Text(c.base, c.ours, c.theirs, opts), Text(c.base, c.theirs, c.ours, opts)
		if there.Clean() != back.Clean() {
			t.Errorf("%s: Text(%q, %q, %q) is clean: %v; the other way around: %v", style, c.base, c.ours, c.theirs, there.Clean(), back.Clean())
		}
		for _, conflict := range there.Conflicts {
			if lines := splitLines(there.Text); !bytes.HasPrefix(lines[conflict.Line-1], []byte("<<<<<<< ours")) {
				t.Errorf("%s: Text(%q, %q, %q): line %d does not begin a conflict: %q", style, c.base, c.ours, c.theirs, conflict.Line, there.Text)
			}
		}
	}
}

func TestLaws(t *testing.T) {
	for seed := range uint64(3000) {
		checkLaws(t, randomTriple(rand.New(rand.NewPCG(seed, 6))))
	}
}

// Every line that a side added is in the result, whether clean or not, and so
// is every line of base that nobody removed. All of them are unlike any other.
func TestNoLineIsLost(t *testing.T) {
	for seed := range uint64(5000) {
		r := rand.New(rand.NewPCG(seed, 7))
		letters := alphabets[r.IntN(len(alphabets))]
		var base []string
		for i := range 1 + r.IntN(30) {
			base = append(base, letters[r.IntN(len(letters))])
			if r.IntN(2) == 0 {
				base = append(base, fmt.Sprint("base ", i))
			}
		}
		ours, mine := signed(r, letters, base, "mine")
		theirs, fresh := signed(r, letters, base, "theirs")
		result := Text(joined(base), joined(ours), joined(theirs), Options{})
		got := strings.Split(string(result.Text), "\n")
		for _, line := range slices.Concat(mine, fresh) {
			if !slices.Contains(got, line) {
				t.Errorf("seed %d: %q is lost: Text(%q, %q, %q) = %q", seed, line, base, ours, theirs, got)
			}
		}
		for _, line := range base {
			if strings.HasPrefix(line, "base") && slices.Contains(ours, line) && slices.Contains(theirs, line) && !slices.Contains(got, line) {
				t.Errorf("seed %d: %q is lost: Text(%q, %q, %q) = %q", seed, line, base, ours, theirs, got)
			}
		}
	}
}

// signed edits lines and adds some that nothing else has, and returns those
// that are left of them.
func signed(r *rand.Rand, letters, lines []string, name string) (all, own []string) {
	lines = edited(r, letters, lines, 1+r.IntN(3))
	for i := range 1 + r.IntN(5) {
		own = append(own, fmt.Sprint(name, " ", i))
		lines = slices.Insert(lines, r.IntN(len(lines)+1), own[i])
	}
	return lines, own
}

func joined(lines []string) []byte { return []byte(strings.Join(lines, "\n") + "\n") }

func FuzzText(f *testing.F) {
	f.Add([]byte("a\nb\nc\n"), []byte("a\nx\nc\n"), []byte("a\nb\nc\nd\n"))
	f.Add([]byte("a\r\nb\r\nc"), []byte("a\nb\nc\n"), []byte("a\r\nB\r\nc"))
	f.Add([]byte("}\n\n}\n\n}\n"), []byte("}\n}\n\n}\n"), []byte("}\n\n}\n}\n"))
	f.Add([]byte(""), []byte("a"), []byte("b"))
	f.Fuzz(func(t *testing.T, base, ours, theirs []byte) {
		checkLaws(t, triple{base, ours, theirs})
	})
}

func BenchmarkText(b *testing.B) {
	var files []triple
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 8))
		letters := alphabets[3]
		base := randomLines(r, letters, 150)
		for i := range base {
			if r.IntN(2) == 0 {
				base[i] = fmt.Sprintf("\tstatement(%d)", r.IntN(200))
			}
		}
		files = append(files, triple{joined(base), joined(edited(r, letters, base, 4)), joined(edited(r, letters, base, 4))})
	}
	for b.Loop() {
		for _, c := range files {
			Text(c.base, c.ours, c.theirs, Options{})
		}
	}
}
