// Package merge brings together what Aegis generates now with what a user
// made of what it generated before: base is the text that was last generated,
// ours what lies in the project, theirs what is generated now. Everything here
// is a function of those three; nothing reads a disk or a clock.
//
// Start with [Text], which merges by lines and gives what `git merge-file`
// gives. [Go], [GoMod], [GoSum] and [Env] know more of their files and so meet
// fewer conflicts. [Diff] shows two texts as a patch.
package merge

import "bytes"

// Style is how a conflict is written into a text. Its values are what the
// --conflict flag takes.
type Style string

const (
	// Merge shows ours and theirs, and is what the empty style means.
	Merge Style = "merge"
	// Diff3 shows base between the two.
	Diff3 Style = "diff3"
)

// Options says how conflicts are written.
type Options struct {
	Style Style
	// Base, Ours and Theirs are the labels behind the conflict markers.
	Base, Ours, Theirs string
}

// Result is a merged text.
type Result struct {
	// Text is whole even when there are conflicts: each shows both sides
	// between markers.
	Text []byte
	// Conflicts lie in the order of the text.
	Conflicts []Conflict
}

// Conflict is a place where both sides changed the same lines.
type Conflict struct {
	Line   int    // of the opening marker in the merged text, from 1
	Reason string // why a person must decide
}

// Clean reports whether nobody needs to look at the result.
func (r Result) Clean() bool { return len(r.Conflicts) == 0 }

// Unresolved reports whether a text still holds a conflict: its markers, in
// their order, each at the beginning of a line.
func Unresolved(text []byte) bool {
	wanted := "<=>"
	for _, line := range splitLines(text) {
		if isMarker(line, wanted[0]) {
			if wanted = wanted[1:]; wanted == "" {
				return true
			}
		}
	}
	return false
}

// Text merges by lines. A result without conflicts is what git merge-file
// gives. Beyond git, changes of all line ends between LF and CRLF are no
// conflict, and neither is a place where both sides came to the same lines,
// whatever the style.
func Text(base, ours, theirs []byte, opts Options) Result {
	return merged(base, ours, theirs, func(base, ours, theirs []byte) Result {
		return byLines(base, ours, theirs, opts)
	})
}

// merged answers what needs no thought, byte for byte, takes line ends that
// differ out of the way, and leaves the rest to by.
func merged(base, ours, theirs []byte, by func(base, ours, theirs []byte) Result) Result {
	if text, ok := settled(base, ours, theirs); ok {
		return Result{Text: text}
	}
	ends, ok := commonEnds(base, ours, theirs)
	if !ok {
		return by(base, ours, theirs)
	}
	base, ours, theirs = toLF(base), toLF(ours), toLF(theirs)
	var result Result
	if text, ok := settled(base, ours, theirs); ok {
		result.Text = text
	} else {
		result = by(base, ours, theirs)
	}
	if ends == crlf {
		result.Text = bytes.ReplaceAll(result.Text, []byte("\n"), []byte("\r\n"))
	}
	return result
}

// settled answers when at most one side changed anything, or both the same.
func settled(base, ours, theirs []byte) (text []byte, ok bool) {
	switch {
	case bytes.Equal(base, theirs), bytes.Equal(ours, theirs):
		return ours, true
	case bytes.Equal(base, ours):
		return theirs, true
	}
	return nil, false
}

func byLines(base, ours, theirs []byte, opts Options) Result {
	b, o, t := splitLines(base), splitLines(ours), splitLines(theirs)
	ids := alphabet{}
	bi, oi, ti := ids.all(b), ids.all(o), ids.all(t)
	w := writer{opts: opts}
	at := 0
	for _, h := range threeWay(bi, oi, ti, opts.Style) {
		w.lines(o[at:h.ours.from])
		at = h.ours.to
		switch h.from {
		case oursOnly:
			w.lines(o[h.ours.from:h.ours.to])
		case theirsOnly:
			w.lines(t[h.theirs.from:h.theirs.to])
		case both:
			end := markerEnd(endBefore(o, h.ours.from), endBefore(t, h.theirs.from), endBefore(b, 0))
			w.conflict(sameLines, o[h.ours.from:h.ours.to], b[h.base.from:h.base.to], t[h.theirs.from:h.theirs.to], end)
		}
	}
	w.lines(o[at:])
	return w.result()
}
