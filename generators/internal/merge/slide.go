package merge

// slide moves groups of changed lines of s up and down over equal lines:
// whether the first or the last of two equal lines was added is for us to say.
// A group goes down as far as it can, or to the last place where it meets a
// group of the other side, so that a deletion and an insertion become one
// change. Groups that meet on the way become one.
func slide(s, other *side) {
	g, o := s.firstGroup(), other.firstGroup()
	for {
		if g.len() > 0 {
			s.settle(&g, other, &o)
		}
		if !s.next(&g) {
			return
		}
		other.next(&o)
	}
}

// settle slides the group g; o is kept the group of the other side that
// stands between the same unchanged lines.
func (s *side) settle(g *span, other *side, o *span) {
	var highest int // end of g when it is as far up as it gets
	var met bool
	for size := -1; size != g.len(); {
		size = g.len()
		for s.up(g) {
			other.previous(o)
		}
		highest = g.to
		met = o.len() > 0
		for s.down(g) {
			other.next(o)
			met = met || o.len() > 0
		}
	}
	if g.to == highest || !met {
		return
	}
	for o.len() == 0 {
		s.up(g)
		other.previous(o)
	}
}

// firstGroup returns the group of changed lines before the first unchanged
// one. Like all groups, it may be empty.
func (s *side) firstGroup() span {
	g := span{}
	for g.to < len(s.ids) && s.changed[g.to] {
		g.to++
	}
	return g
}

// next moves g to the group behind the next unchanged line, if there is one.
func (s *side) next(g *span) bool {
	if g.to == len(s.ids) {
		return false
	}
	g.from, g.to = g.to+1, g.to+1
	for g.to < len(s.ids) && s.changed[g.to] {
		g.to++
	}
	return true
}

// previous moves g to the group before the unchanged line before it.
func (s *side) previous(g *span) {
	if g.from == 0 {
		return
	}
	g.from, g.to = g.from-1, g.from-1
	for g.from > 0 && s.changed[g.from-1] {
		g.from--
	}
}

// up moves g up by one line, if the line before it equals its last.
func (s *side) up(g *span) bool {
	if g.from == 0 || s.ids[g.from-1] != s.ids[g.to-1] {
		return false
	}
	g.from--
	g.to--
	s.changed[g.from], s.changed[g.to] = true, false
	for g.from > 0 && s.changed[g.from-1] {
		g.from--
	}
	return true
}

// down moves g down by one line, if the line behind it equals its first.
func (s *side) down(g *span) bool {
	if g.to == len(s.ids) || s.ids[g.from] != s.ids[g.to] {
		return false
	}
	s.changed[g.from], s.changed[g.to] = false, true
	g.from++
	g.to++
	for g.to < len(s.ids) && s.changed[g.to] {
		g.to++
	}
	return true
}
