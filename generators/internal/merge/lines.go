package merge

import (
	"bytes"
	"slices"
)

// splitLines cuts a text behind each line end. The last line may have none.
func splitLines(text []byte) [][]byte {
	lines := make([][]byte, 0, bytes.Count(text, []byte("\n"))+1)
	for len(text) > 0 {
		n := bytes.IndexByte(text, '\n') + 1
		if n == 0 {
			n = len(text)
		}
		lines = append(lines, text[:n])
		text = text[n:]
	}
	return lines
}

// alphabet gives equal lines equal numbers, counted from 0.
type alphabet map[string]int

func (a alphabet) all(lines [][]byte) []int {
	ids := make([]int, len(lines))
	for i, line := range lines {
		ids[i] = a.id(line)
	}
	return ids
}

func (a alphabet) id(line []byte) int {
	id, ok := a[string(line)]
	if !ok {
		id = len(a)
		a[string(line)] = id
	}
	return id
}

// ends is how the lines of a text end.
type ends int

const (
	noEnds ends = iota // at most one line, without an end
	lf
	crlf
	mixed
)

func endsOf(text []byte) ends {
	all := bytes.Count(text, []byte("\n"))
	switch bytes.Count(text, []byte("\r\n")) {
	case all:
		if all == 0 {
			return noEnds
		}
		return crlf
	case 0:
		return lf
	default:
		return mixed
	}
}

// commonEnds decides how the lines of a merge end when the three can be
// merged as if they ended in LF. That is so when each is of one kind; it is
// not worth it when nobody uses CRLF.
func commonEnds(base, ours, theirs []byte) (ends, bool) {
	b, o, t := endsOf(base), endsOf(ours), endsOf(theirs)
	if b == mixed || o == mixed || t == mixed || b != crlf && o != crlf && t != crlf {
		return mixed, false
	}
	if t == noEnds || o != noEnds && o != b {
		return o, true
	}
	return t, true
}

// endBefore is how the line before line i ends, or the first one. The last line
// may have no end; it counts as ending like the line before it.
func endBefore(lines [][]byte, i int) ends {
	i = max(i-1, 0)
	if i > 0 && i == len(lines)-1 && !bytes.HasSuffix(lines[i], []byte("\n")) {
		i--
	}
	if i >= len(lines) {
		return noEnds
	}
	return endsOf(lines[i])
}

// markerEnd is the line end of a marker in a file that mixes them: CRLF where
// nobody uses anything else.
func markerEnd(near ...ends) string {
	if slices.Contains(near, crlf) && !slices.Contains(near, lf) {
		return "\r\n"
	}
	return "\n"
}

func toLF(text []byte) []byte {
	return bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
}
