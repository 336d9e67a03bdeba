package merge

import (
	"bytes"
	"fmt"
	"regexp"
	"slices"
)

// Env merges files like .env.example by variables. A variable is its line,
// whether commented out or not, and the comment above it. Order, blank lines and
// comments of the user's stay; what Aegis adds goes behind what it follows
// there, and what it removes goes, unless the user changed it. A file that
// names a variable twice is merged as text.
func Env(base, ours, theirs []byte, opts Options) Result {
	return merged(base, ours, theirs, func(base, ours, theirs []byte) Result {
		b, ok := parseEnv(base)
		o, okOurs := parseEnv(ours)
		t, okTheirs := parseEnv(theirs)
		if !ok || !okOurs || !okTheirs {
			return byLines(base, ours, theirs, opts)
		}
		return joinEnv(b, o, t, opts)
	})
}

// envFile is the variables and the comments of a file, in order.
type envFile struct {
	entries []envEntry
	rest    [][]byte // blank lines at the end
}

// envEntry is a variable, or a comment that stands alone.
type envEntry struct {
	key    string   // the variable; of a comment, its text and which of its kind it is
	blank  [][]byte // the lines before it
	doc    [][]byte // the comment
	assign [][]byte // the line of the variable; none for a comment
}

func (e envEntry) lines() [][]byte { return slices.Concat(e.doc, e.assign) }

var (
	assignment = regexp.MustCompile(`^\s*(?:export\s+)?([A-Za-z_][A-Za-z0-9_]*)\s*=`)
	// A variable that is commented out has a value of one word, so that prose
	// is not taken for one.
	commentedOut = regexp.MustCompile(`^#\s?([A-Z_][A-Z0-9_]*)=\S*\s*$`)
)

// parseEnv is false if a variable occurs twice.
func parseEnv(text []byte) (envFile, bool) {
	var f envFile
	var e envEntry
	seen := map[string]int{}
	finish := func(key string) {
		seen[key]++
		e.key = key
		f.entries = append(f.entries, e)
		e = envEntry{}
	}
	comment := func() {
		if len(e.doc) > 0 {
			key := "#" + string(bytes.Join(e.doc, nil))
			finish(fmt.Sprintf("%s%d", key, seen[key]))
			seen[key]++
		}
	}
	unique := true
	for _, line := range splitLines(text) {
		if !bytes.HasSuffix(line, []byte("\n")) {
			line = slices.Concat(line, []byte("\n"))
		}
		match := assignment.FindSubmatch(line)
		if match == nil {
			match = commentedOut.FindSubmatch(line)
		}
		switch {
		case match != nil:
			key := string(match[1])
			unique = unique && seen[key] == 0
			e.assign = [][]byte{line}
			finish(key)
		case len(bytes.TrimSpace(line)) == 0:
			comment()
			e.blank = append(e.blank, line)
		default:
			e.doc = append(e.doc, line)
		}
	}
	comment()
	f.rest = e.blank
	return f, unique
}

func (f envFile) find(key string) (envEntry, bool) {
	i := slices.IndexFunc(f.entries, func(e envEntry) bool { return e.key == key })
	if i < 0 {
		return envEntry{}, false
	}
	return f.entries[i], true
}

// joinEnv walks over ours, and behind each entry over what theirs adds there.
func joinEnv(base, ours, theirs envFile, opts Options) Result {
	w := writer{opts: opts}
	added := additions(base, ours, theirs)
	pending := added[""]
	for _, o := range ours.entries {
		b, inBase := base.find(o.key)
		t, inTheirs := theirs.find(o.key)
		// What the user put right below an entry belongs to it.
		if inBase || inTheirs || len(o.blank) > 0 {
			w.entries(pending)
			pending = nil
		}
		switch {
		case inBase && !inTheirs && equalLines(o.lines(), b.lines()):
			// Removed, and the user had not touched it.
		case !inTheirs:
			w.entries([]envEntry{o})
		default:
			w.entry(b, o, t, inBase)
		}
		pending = append(pending, added[o.key]...)
	}
	w.entries(pending)
	w.lines(ours.rest)
	return w.result()
}

// additions returns the entries that theirs has added, by the entry of ours
// that they go behind.
func additions(base, ours, theirs envFile) map[string][]envEntry {
	added := map[string][]envEntry{}
	behind := ""
	for _, t := range theirs.entries {
		_, inBase := base.find(t.key)
		_, inOurs := ours.find(t.key)
		switch {
		case inOurs:
			behind = t.key
		case !inBase:
			added[behind] = append(added[behind], t)
		}
	}
	return added
}

func (w *writer) entries(entries []envEntry) {
	for _, e := range entries {
		w.gap(e)
		w.lines(e.lines())
	}
}

// gap writes the blank lines before an entry, unless all that was before it is
// gone.
func (w *writer) gap(e envEntry) {
	if w.text.Len() > 0 {
		w.lines(e.blank)
	}
}

// entry merges the two parts of an entry that both sides have.
func (w *writer) entry(base, ours, theirs envEntry, inBase bool) {
	doc, okDoc := settledLines(base.doc, ours.doc, theirs.doc)
	assign, okAssign := settledLines(base.assign, ours.assign, theirs.assign)
	if !inBase && okAssign {
		doc, okDoc = ours.doc, true
	}
	w.gap(ours)
	if okDoc && okAssign {
		w.lines(doc)
		w.lines(assign)
		return
	}
	w.conflict("both sides changed "+ours.key, ours.lines(), base.lines(), theirs.lines(), "\n")
}

func settledLines(base, ours, theirs [][]byte) ([][]byte, bool) {
	switch {
	case equalLines(base, theirs), equalLines(ours, theirs):
		return ours, true
	case equalLines(base, ours):
		return theirs, true
	}
	return nil, false
}

// equalLines compares without regard to space at the ends of lines.
func equalLines(a, b [][]byte) bool {
	return slices.EqualFunc(a, b, func(a, b []byte) bool {
		return bytes.Equal(bytes.TrimSpace(a), bytes.TrimSpace(b))
	})
}
