package merge

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
)

// around is the number of unchanged lines shown on either side of a change.
const around = 3

// Diff returns what turns a into b as a unified diff, as git apply and patch
// take it. The labels are the names of the files, "/dev/null" for one that does
// not exist. The diff of equal texts is empty.
func Diff(a, b []byte, labelA, labelB string) []byte {
	if bytes.Equal(a, b) {
		return nil
	}
	from, to := splitLines(a), splitLines(b)
	ids := alphabet{}
	var out bytes.Buffer
	fmt.Fprintf(&out, "--- %s\n+++ %s\n", fileLabel(labelA), fileLabel(labelB))
	for script := diff(ids.all(from), ids.all(to)); len(script) > 0; {
		n := 1
		for n < len(script) && script[n].a.from-script[n-1].a.to <= 2*around {
			n++
		}
		writeHunk(&out, from, to, script[:n])
		script = script[n:]
	}
	return out.Bytes()
}

// fileLabel ends a name with a tab if patch could not tell its end otherwise.
func fileLabel(name string) string {
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

// writeHunk writes edits that are so close that their contexts meet.
func writeHunk(out *bytes.Buffer, from, to [][]byte, script []edit) {
	first, last := script[0], script[len(script)-1]
	before := min(around, first.a.from)
	after := min(around, len(from)-last.a.to)
	a := span{first.a.from - before, last.a.to + after}
	b := span{first.b.from - before, last.b.to + after}
	fmt.Fprintf(out, "@@ -%s +%s @@\n", lineRange(a), lineRange(b))
	at := a.from
	for _, e := range script {
		writeMarked(out, ' ', from[at:e.a.from])
		writeMarked(out, '-', from[e.a.from:e.a.to])
		writeMarked(out, '+', to[e.b.from:e.b.to])
		at = e.a.to
	}
	writeMarked(out, ' ', from[at:a.to])
}

// lineRange counts from 1; an empty range names the line before it.
func lineRange(s span) string {
	switch s.len() {
	case 0:
		return fmt.Sprintf("%d,0", s.from)
	case 1:
		return strconv.Itoa(s.to)
	default:
		return fmt.Sprintf("%d,%d", s.from+1, s.len())
	}
}

func writeMarked(out *bytes.Buffer, mark byte, lines [][]byte) {
	for _, line := range lines {
		out.WriteByte(mark)
		out.Write(line)
		if !bytes.HasSuffix(line, []byte("\n")) {
			out.WriteString("\n\\ No newline at end of file\n")
		}
	}
}
