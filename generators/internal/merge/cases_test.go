package merge

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// triple is one merge to try.
type triple struct{ base, ours, theirs []byte }

// The alphabets of random texts: few lines that come again and again, since
// that is where merges go wrong, and lines as sources have them.
var alphabets = [][]string{
	strings.Fields("a b"),
	strings.Fields("a b c d"),
	strings.Fields("a b c d e f g h i j k l m n o p"),
	{"func f() {", "\treturn nil", "}", "", "\tif err != nil {", "\t}", "\tx := 1", "\t// why", "var x int"},
	{"{", "}", "", "  - a: 1", "  - b: 2", "  c:", "#", "", "}"},
}

// randomTriple makes a text and edits it twice, sometimes in part the same way.
func randomTriple(r *rand.Rand) triple {
	letters := alphabets[r.IntN(len(alphabets))]
	size := r.IntN(30)
	if r.IntN(20) == 0 {
		size *= 20
	}
	base := randomLines(r, letters, size)
	common := base
	if r.IntN(3) == 0 {
		common = edited(r, letters, base, 1+r.IntN(2))
	}
	ours := edited(r, letters, common, 1+r.IntN(4))
	theirs := edited(r, letters, common, 1+r.IntN(4))
	style := r.IntN(12)
	return triple{lastly(r, style, base), lastly(r, style, ours), lastly(r, style, theirs)}
}

func randomLines(r *rand.Rand, letters []string, n int) []string {
	lines := make([]string, n)
	for i := range lines {
		lines[i] = letters[r.IntN(len(letters))]
	}
	return lines
}

// edited returns a copy of lines with n insertions, deletions, replacements,
// repetitions, moves, or parts that are written anew with lines of their own.
func edited(r *rand.Rand, letters, lines []string, n int) []string {
	lines = slices.Clone(lines)
	for range n {
		at := r.IntN(len(lines) + 1)
		to := min(len(lines), at+r.IntN(4))
		some := slices.Clone(lines[at:to])
		switch r.IntN(7) {
		case 0, 1:
			lines = slices.Insert(lines, at, randomLines(r, letters, 1+r.IntN(3))...)
		case 2:
			lines = slices.Delete(lines, at, to)
		case 3:
			lines = slices.Replace(lines, at, to, randomLines(r, letters, r.IntN(4))...)
		case 4:
			lines = slices.Insert(lines, r.IntN(len(lines)+1), some...)
		case 5:
			lines = slices.Delete(lines, at, to)
			lines = slices.Insert(lines, r.IntN(len(lines)+1), some...)
		case 6:
			anew := randomLines(r, letters, r.IntN(20))
			for i := range anew {
				if r.IntN(3) > 0 {
					anew[i] = fmt.Sprint("new ", r.IntN(1000))
				}
			}
			lines = slices.Replace(lines, at, min(len(lines), at+r.IntN(20)), anew...)
		}
	}
	return lines
}

// lastly makes a text of lines. Most end in LF; some in CRLF, some in one or
// the other, and some do not end at all.
func lastly(r *rand.Rand, style int, lines []string) []byte {
	var text bytes.Buffer
	for _, line := range lines {
		text.WriteString(line)
		if style == 0 || style == 1 && r.IntN(8) == 0 {
			text.WriteByte('\r')
		}
		text.WriteByte('\n')
	}
	if style <= 3 && r.IntN(3) == 0 {
		return bytes.TrimRight(text.Bytes(), "\r\n")
	}
	if style == 4 && r.IntN(3) == 0 {
		return bytes.ReplaceAll(text.Bytes(), []byte("\n"), []byte("\r\n"))
	}
	return text.Bytes()
}
