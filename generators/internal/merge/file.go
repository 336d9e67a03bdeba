package merge

import (
	"bytes"
	"path"
	"slices"
	"strings"
)

// File merges a file by what its name says it is.
func File(name string, base, ours, theirs []byte, opts Options) Result {
	switch b := path.Base(name); {
	case strings.HasSuffix(b, ".go"):
		return Go(base, ours, theirs, opts)
	case b == "go.mod":
		return GoMod(base, ours, theirs, opts)
	case b == "go.sum":
		return GoSum(base, ours, theirs, opts)
	case strings.HasPrefix(b, ".env"):
		return Env(base, ours, theirs, opts)
	}
	return Text(base, ours, theirs, opts)
}

// Reformatted reports whether two texts of the file name differ in nothing but
// line ends and, in Go, in what gofmt, gofumpt or another grouping of the
// imports changes.
func Reformatted(name string, a, b []byte) bool {
	a, b = toLF(a), toLF(b)
	if bytes.Equal(a, b) {
		return true
	}
	if !strings.HasSuffix(name, ".go") || parse(a) != nil || parse(b) != nil {
		return false
	}
	left, right := divide(ended(a)), divide(ended(b))
	if left.whole || right.whole {
		return sameMeaning(splitLines(a), splitLines(b))
	}
	return sameImports(left.imports, right.imports) && sameMeaning(splitLines(left.body()), splitLines(right.body()))
}

func sameImports(a, b section) bool {
	return !slices.ContainsFunc(a.imports(), func(i item) bool { return !b.has(i) }) &&
		!slices.ContainsFunc(b.imports(), func(i item) bool { return !a.has(i) })
}

// Like writes theirs with the line ends of ours, if all of those are alike.
func Like(ours, theirs []byte) []byte {
	if endsOf(ours) == crlf && endsOf(theirs) == lf {
		return bytes.ReplaceAll(theirs, []byte("\n"), []byte("\r\n"))
	}
	return theirs
}

// Similarity is how much of the longer of two texts the other has, too, from 0
// to 1: the part of its lines that are neither blank nor a closing bracket.
func Similarity(a, b []byte) float64 {
	left, right := weighty(a), weighty(b)
	longer := max(len(left), len(right))
	if longer == 0 {
		return 0
	}
	count := map[string]int{}
	for _, line := range left {
		count[line]++
	}
	same := 0
	for _, line := range right {
		if count[line] > 0 {
			count[line]--
			same++
		}
	}
	return float64(same) / float64(longer)
}

// weighty returns the lines that tell one text from another.
func weighty(text []byte) []string {
	var lines []string
	for _, line := range splitLines(text) {
		if trimmed := strings.TrimSpace(string(line)); strings.Trim(trimmed, "{}()[],;") != "" {
			lines = append(lines, trimmed)
		}
	}
	return lines
}
