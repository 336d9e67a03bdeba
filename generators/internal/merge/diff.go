package merge

import "math"

// span is the lines from up to and without to.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// edit replaces the lines a of one text by the lines b of another.
type edit struct{ a, b span }

// diff returns the edits that turn a into b, in order; no two of them touch.
// They are those of git's default algorithm, so that merges on top of them
// come out as people know them from git: Myers' search for a shortest script
// from both ends, over the lines that can matter, then sliding of each group of
// lines to where it meets a change on the other side.
func diff(a, b []int) []edit {
	left, right := newSide(a), newSide(b)
	prefix, suffix := commonEdges(a, b)
	left.keep(b, prefix, suffix)
	right.keep(a, prefix, suffix)
	newSearch(left, right).mark(box{span{0, len(left.kept)}, span{0, len(right.kept)}}, false)
	slide(left, right)
	slide(right, left)
	return edits(left, right)
}

// side is one of the two texts of a diff.
type side struct {
	ids     []int
	changed []bool // per line: it has no partner in the other text
	kept    []int  // the lines that the search looks at
}

func newSide(ids []int) *side {
	return &side{ids: ids, changed: make([]bool, len(ids))}
}

func (s *side) line(k int) int { return s.ids[s.kept[k]] }

func (s *side) markKept(k span) {
	for _, i := range s.kept[k.from:k.to] {
		s.changed[i] = true
	}
}

func commonEdges(a, b []int) (prefix, suffix int) {
	n := min(len(a), len(b))
	for prefix < n && a[prefix] == b[prefix] {
		prefix++
	}
	for n -= prefix; suffix < n && a[len(a)-1-suffix] == b[len(b)-1-suffix]; {
		suffix++
	}
	return prefix, suffix
}

// edits reads the script off the marks of two sides whose unchanged lines
// correspond one to one.
func edits(left, right *side) []edit {
	var script []edit
	i, j := 0, 0
	for i < len(left.ids) || j < len(right.ids) {
		e := edit{span{i, i}, span{j, j}}
		for i < len(left.ids) && left.changed[i] {
			i++
		}
		for j < len(right.ids) && right.changed[j] {
			j++
		}
		if e.a.to, e.b.to = i, j; e.a.len()+e.b.len() > 0 {
			script = append(script, e)
			continue
		}
		i, j = i+1, j+1
	}
	return script
}

// search is Myers' algorithm in linear space. A point (x, y) lies behind x
// kept lines of the left side and y of the right; its diagonal is x-y.
type search struct {
	left, right *side
	// forward holds, per diagonal, how far right paths from the start reach,
	// backward how far left those from the end do.
	forward, backward []int
	zero              int // index of diagonal 0
	limit             int // cost beyond which a good split is enough
}

func newSearch(left, right *side) *search {
	diagonals := len(left.kept) + len(right.kept) + 3
	return &search{
		left: left, right: right,
		forward:  make([]int, diagonals+1),
		backward: make([]int, diagonals+1),
		zero:     len(right.kept) + 1,
		limit:    max(256, roughRoot(diagonals)),
	}
}

// roughRoot is the power of two at or above the square root of n.
func roughRoot(n int) int {
	root := 1
	for ; n > 0; n >>= 2 {
		root <<= 1
	}
	return root
}

// box is the part of the search that is left to do.
type box struct{ x, y span }

// mark marks the changed lines inside the box. An exact search never gives up
// on the shortest script.
func (s *search) mark(b box, exact bool) {
	for b.x.len() > 0 && b.y.len() > 0 && s.left.line(b.x.from) == s.right.line(b.y.from) {
		b.x.from++
		b.y.from++
	}
	for b.x.len() > 0 && b.y.len() > 0 && s.left.line(b.x.to-1) == s.right.line(b.y.to-1) {
		b.x.to--
		b.y.to--
	}
	if b.x.len() == 0 || b.y.len() == 0 {
		s.left.markKept(b.x)
		s.right.markKept(b.y)
		return
	}
	x, y, exactBefore, exactAfter := s.split(b, exact)
	s.mark(box{span{b.x.from, x}, span{b.y.from, y}}, exactBefore)
	s.mark(box{span{x, b.x.to}, span{y, b.y.to}}, exactAfter)
}

// reach is the range of diagonals that paths of the current cost can end on.
type reach struct{ low, high int }

// grow widens the range by one on both sides, or narrows it where the box
// ends, and puts a value beyond its edges that no path prefers.
func (r *reach) grow(v []int, zero int, least, most, never int) {
	if r.low > least {
		r.low--
		v[zero+r.low-1] = never
	} else {
		r.low++
	}
	if r.high < most {
		r.high++
		v[zero+r.high+1] = never
	} else {
		r.high--
	}
}

func (r reach) has(d int) bool { return r.low <= d && d <= r.high }

// split finds a point inside the box through which a shortest script goes.
// When that costs more than the limit, the point is the one that paths got
// furthest with; the part they came from needs an exact search then, for it to
// be worth what it seemed.
func (s *search) split(b box, exact bool) (x, y int, exactBefore, exactAfter bool) {
	least, most := b.x.from-b.y.to, b.x.to-b.y.from
	start, end := b.x.from-b.y.from, b.x.to-b.y.to
	odd := (start-end)%2 != 0
	fwd, bwd := reach{start, start}, reach{end, end}
	s.forward[s.zero+start] = b.x.from
	s.backward[s.zero+end] = b.x.to
	for cost := 1; ; cost++ {
		fwd.grow(s.forward, s.zero, least, most, -1)
		for d := fwd.high; d >= fwd.low; d -= 2 {
			x := max(s.forward[s.zero+d-1]+1, s.forward[s.zero+d+1])
			for x < b.x.to && x-d < b.y.to && s.left.line(x) == s.right.line(x-d) {
				x++
			}
			s.forward[s.zero+d] = x
			if odd && bwd.has(d) && s.backward[s.zero+d] <= x {
				return x, x - d, true, true
			}
		}
		bwd.grow(s.backward, s.zero, least, most, math.MaxInt)
		for d := bwd.high; d >= bwd.low; d -= 2 {
			x := min(s.backward[s.zero+d-1], s.backward[s.zero+d+1]-1)
			for x > b.x.from && x-d > b.y.from && s.left.line(x-1) == s.right.line(x-d-1) {
				x--
			}
			s.backward[s.zero+d] = x
			if !odd && fwd.has(d) && x <= s.forward[s.zero+d] {
				return x, x - d, true, true
			}
		}
		if !exact && cost >= s.limit {
			return s.furthest(b, fwd, bwd)
		}
	}
}

// furthest returns the point at which paths from either end have the most
// lines behind them.
func (s *search) furthest(b box, fwd, bwd reach) (x, y int, exactBefore, exactAfter bool) {
	fx, fy := b.x.from, b.y.from
	for d := fwd.high; d >= fwd.low; d -= 2 {
		x := min(s.forward[s.zero+d], b.x.to, b.y.to+d)
		if x+x-d > fx+fy {
			fx, fy = x, x-d
		}
	}
	bx, by := b.x.to, b.y.to
	for d := bwd.high; d >= bwd.low; d -= 2 {
		x := max(s.backward[s.zero+d], b.x.from, b.y.from+d)
		if x+x-d < bx+by {
			bx, by = x, x-d
		}
	}
	if fx+fy-b.x.from-b.y.from > b.x.to+b.y.to-bx-by {
		return fx, fy, true, false
	}
	return bx, by, false, true
}
