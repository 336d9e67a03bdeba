package merge

import "slices"

// origin says who changed the lines of a hunk.
type origin int

const (
	oursOnly origin = iota
	theirsOnly
	both // differently: a conflict
)

// hunk is a place where a side changed base. Between hunks, ours and theirs
// have the same lines.
type hunk struct {
	from               origin
	base, ours, theirs span
}

// threeWay returns the hunks of a merge, in order. No two of them touch.
// Conflicts that only agreement on a few lines divides are one.
func threeWay(base, ours, theirs []int, style Style) []hunk {
	var hunks []hunk
	for _, h := range overlay(diff(base, ours), diff(base, theirs), ours, theirs) {
		if h.from != both {
			hunks = append(hunks, h)
			continue
		}
		for _, h := range refine(h, ours, theirs, style) {
			if n := len(hunks); n > 0 && style != Diff3 && hunks[n-1].from == both && h.ours.from-hunks[n-1].ours.to <= near {
				last := &hunks[n-1]
				last.base.to, last.ours.to, last.theirs.to = h.base.to, h.ours.to, h.theirs.to
				continue
			}
			hunks = append(hunks, h)
		}
	}
	return hunks
}

// overlay joins the edits of both sides. Edits that overlap or touch are one
// hunk, unless they are the same edit, which is none.
func overlay(o, t []edit, ours, theirs []int) []hunk {
	var hunks []hunk
	add := func(h hunk) {
		if len(hunks) > 0 {
			last := &hunks[len(hunks)-1]
			if h.ours.from <= last.ours.to || h.theirs.from <= last.theirs.to {
				// Only what follows a conflict reaches back into it.
				last.base.to, last.ours.to, last.theirs.to = h.base.to, h.ours.to, h.theirs.to
				return
			}
		}
		hunks = append(hunks, h)
	}
	// How far the lines of a side are ahead of base, behind the edits so far.
	aheadOurs, aheadTheirs := 0, 0
	for len(o) > 0 || len(t) > 0 {
		switch {
		case len(t) == 0 || len(o) > 0 && o[0].a.to < t[0].a.from:
			e := o[0]
			add(hunk{oursOnly, e.a, e.b, span{e.a.from + aheadTheirs, e.a.to + aheadTheirs}})
			aheadOurs, o = e.b.to-e.a.to, o[1:]
		case len(o) == 0 || t[0].a.to < o[0].a.from:
			e := t[0]
			add(hunk{theirsOnly, e.a, span{e.a.from + aheadOurs, e.a.to + aheadOurs}, e.b})
			aheadTheirs, t = e.b.to-e.a.to, t[1:]
		default:
			eo, et := o[0], t[0]
			same := eo.a == et.a && slices.Equal(ours[eo.b.from:eo.b.to], theirs[et.b.from:et.b.to])
			if !same {
				from, to := min(eo.a.from, et.a.from), max(eo.a.to, et.a.to)
				add(hunk{both, span{from, to},
					span{eo.b.from - (eo.a.from - from), eo.b.to + (to - eo.a.to)},
					span{et.b.from - (et.a.from - from), et.b.to + (to - et.a.to)}})
			}
			// The longer of the two may reach into the next of the other side.
			if eo.a.to <= et.a.to {
				aheadOurs, o = eo.b.to-eo.a.to, o[1:]
			}
			if et.a.to <= eo.a.to {
				aheadTheirs, t = et.b.to-et.a.to, t[1:]
			}
		}
	}
	return hunks
}

// near is the number of agreeing lines up to which two conflicts are shown as
// one, for a person reads that more easily.
const near = 3

// refine narrows a conflict to the lines in which the sides differ, which may
// be none. In the diff3 style it stays whole, since base could not be divided.
func refine(h hunk, ours, theirs []int, style Style) []hunk {
	o, t := ours[h.ours.from:h.ours.to], theirs[h.theirs.from:h.theirs.to]
	if slices.Equal(o, t) {
		return nil
	}
	if style == Diff3 || len(o) == 0 || len(t) == 0 {
		return []hunk{h}
	}
	var hunks []hunk
	for _, e := range diff(o, t) {
		hunks = append(hunks, hunk{
			from:   both,
			base:   h.base,
			ours:   span{h.ours.from + e.a.from, h.ours.from + e.a.to},
			theirs: span{h.theirs.from + e.b.from, h.theirs.from + e.b.to},
		})
	}
	return hunks
}
