package merge

import (
	"bytes"
	"strings"
)

// markerWidth is that of git, which editors know.
const markerWidth = 7

// sameLines is why lines conflict.
const sameLines = "both sides changed these lines"

// writer puts a merged text together and notes where its conflicts are.
type writer struct {
	opts      Options
	text      bytes.Buffer
	conflicts []Conflict
}

func (w *writer) lines(lines [][]byte) {
	for _, line := range lines {
		w.text.Write(line)
	}
}

// conflict shows the sides of a conflict; its markers end like the lines of
// the file, which is what end holds.
func (w *writer) conflict(reason string, ours, base, theirs [][]byte, end string) {
	w.conflicts = append(w.conflicts, Conflict{
		Line:   bytes.Count(w.text.Bytes(), []byte("\n")) + 1,
		Reason: reason,
	})
	w.marker('<', w.opts.Ours, end)
	w.whole(ours, end)
	if w.opts.Style == Diff3 {
		w.marker('|', w.opts.Base, end)
		w.whole(base, end)
	}
	w.marker('=', "", end)
	w.whole(theirs, end)
	w.marker('>', w.opts.Theirs, end)
}

func (w *writer) marker(mark byte, label, end string) {
	w.text.WriteString(strings.Repeat(string(mark), markerWidth))
	if label != "" {
		w.text.WriteByte(' ')
		w.text.WriteString(label)
	}
	w.text.WriteString(end)
}

// isMarker reports whether a line is a marker of the kind.
func isMarker(line []byte, mark byte) bool {
	rest, ok := bytes.CutPrefix(line, bytes.Repeat([]byte{mark}, markerWidth))
	return ok && (len(rest) == 0 || bytes.IndexByte([]byte(" \r\n"), rest[0]) >= 0)
}

// whole writes lines of which the last must end, for a marker follows.
func (w *writer) whole(lines [][]byte, end string) {
	w.lines(lines)
	if n := len(lines); n > 0 && !bytes.HasSuffix(lines[n-1], []byte("\n")) {
		w.text.WriteString(end)
	}
}

func (w *writer) result() Result {
	return Result{Text: w.text.Bytes(), Conflicts: w.conflicts}
}
