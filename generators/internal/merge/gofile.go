package merge

import (
	"bytes"
	"errors"
	"go/format"
	"go/parser"
	"go/scanner"
	"go/token"
	"slices"
)

// Go merges Go source files. Where [Text] finds no conflict and the imports
// agree, the result is Text's. Beyond that, imports are merged as a set, in the
// user's grouping; and what only one side formatted differently, by gofmt,
// gofumpt or by hand, is no conflict: the change of meaning is taken and the
// formatting kept. A result that would not parse is a conflict. A file of the
// user's that does not parse is merged as text.
func Go(base, ours, theirs []byte, opts Options) Result {
	return merged(base, ours, theirs, func(base, ours, theirs []byte) Result {
		if parse(ours) != nil {
			return byLines(base, ours, theirs, opts)
		}
		base, ours, theirs = ended(base), ended(ours), ended(theirs)
		b, o, t := divide(base), divide(ours), divide(theirs)
		if b.whole || o.whole || t.whole {
			return joinGo(base, ours, theirs, ours, opts, func(r Result) Result { return r })
		}
		return joinGo(b.body(), o.body(), t.body(), ours, opts, func(r Result) Result { return assemble(b, o, t, r) })
	})
}

// ended returns the text with an end to its last line, for another may come to
// stand behind it.
func ended(text []byte) []byte {
	if bytes.HasSuffix(text, []byte("\n")) {
		return text
	}
	return slices.Concat(text, []byte("\n"))
}

func parse(text []byte) error {
	_, err := parser.ParseFile(token.NewFileSet(), "", text, parser.SkipObjectResolution)
	return err
}

// joinGo tries the merges of three bodies from the plainest to the one that
// knows most. Complete makes a file of a body; user is the file that ours is of.
func joinGo(base, ours, theirs, user []byte, opts Options, complete func(Result) Result) Result {
	plain := complete(byLines(base, ours, theirs, opts))
	if plain.Clean() && parse(plain.Text) == nil {
		return tidied(plain, user)
	}
	result := complete(byMeaning(base, ours, theirs, opts))
	if !result.Clean() {
		return result
	}
	broken := parse(result.Text)
	switch {
	case broken == nil:
		return tidied(result, user)
	case !plain.Clean():
		return plain
	}
	return complete(standoff(base, ours, theirs, opts, "the merged file would not parse: "+message(broken)))
}

// tidied formats a merged file if the user's was formatted: a merge moves
// what stands in columns.
func tidied(result Result, user []byte) Result {
	if formatted, err := format.Source(user); err != nil || !bytes.Equal(formatted, user) {
		return result
	}
	if formatted, err := format.Source(result.Text); err == nil {
		result.Text = formatted
	}
	return result
}

// message is what the first of the parser's errors says. Where it says so is
// of no use: no file looks like that.
func message(err error) string {
	var list scanner.ErrorList
	if errors.As(err, &list) && len(list) > 0 {
		return list[0].Msg
	}
	return err.Error()
}

// byMeaning merges by lines, without regard to the formatting of a line, to
// where lines are broken, and to blank lines.
func byMeaning(base, ours, theirs []byte, opts Options) Result {
	b, ok := read(base)
	o, okOurs := read(ours)
	t, okTheirs := read(theirs)
	if !ok || !okOurs || !okTheirs {
		return byLines(base, ours, theirs, opts)
	}
	keys := alphabet{}
	long := map[int]bool{}
	ids := func(s source) []int {
		ids := make([]int, len(s.keys))
		for i, key := range s.keys {
			ids[i] = keys.id([]byte(key))
			long[ids[i]] = long[ids[i]] || s.long[i]
		}
		return ids
	}
	isLong := func(id int) bool { return long[id] }
	bi := ids(b)
	ov, tv := viewOf(b, o, bi, ids(o)), viewOf(b, t, bi, ids(t))
	w := writer{opts: opts}
	i, j := 0, 0
	for _, h := range threeWay(bi, ov.ids, tv.ids, opts.Style) {
		w.lines(agreed(ov, tv, i, j, h.ours.from-i))
		i, j = h.ours.to, h.theirs.to
		mine, fresh := ov.lines(h.ours), tv.lines(h.theirs)
		snippets := !slices.ContainsFunc(ov.ids[h.ours.from:h.ours.to], isLong) && !slices.ContainsFunc(tv.ids[h.theirs.from:h.theirs.to], isLong)
		switch {
		case h.from == oursOnly || h.from == both && snippets && sameMeaning(mine, fresh):
			w.lines(mine)
		case h.from == theirsOnly:
			w.lines(fresh)
		default:
			w.conflict(sameLines, mine, b.lines[h.base.from:h.base.to], fresh, markerEnd(endBefore(o.lines, 1)))
		}
	}
	w.lines(agreed(ov, tv, i, j, len(ov.ids)-i))
	if last := ov.added(len(ov.ids)); len(last) > 0 {
		w.lines(last)
	} else {
		w.lines(tv.added(len(tv.ids)))
	}
	return w.result()
}

// standoff is one conflict around everything in which the sides differ.
func standoff(base, ours, theirs []byte, opts Options, reason string) Result {
	b, o, t := splitLines(base), splitLines(ours), splitLines(theirs)
	ids := alphabet{}
	bi, oi, ti := ids.all(b), ids.all(o), ids.all(t)
	before, after := commonEdges(oi, ti)
	// Base is shown without what it has in common with both.
	left, _ := commonEdges(bi, oi[:before])
	_, right := commonEdges(bi[left:], oi[len(oi)-after:])
	w := writer{opts: opts}
	w.lines(o[:before])
	w.conflict(reason, o[before:len(o)-after], b[left:len(b)-right], t[before:len(t)-after], markerEnd(endBefore(o, before)))
	w.lines(o[len(o)-after:])
	return w.result()
}
