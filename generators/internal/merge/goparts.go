package merge

// part is some lines of base and what a side has in their place.
type part struct {
	edit edit
	same bool // both mean the same
}

// parts cuts two files wherever a line ends in both of them at the same token,
// and around blank lines. A part as small as that is formatted as a whole.
func parts(base, side source) []part {
	var all []part
	next := part{same: true}
	// end ends a part before the lines i and j.
	end := func(i, j int) {
		next.edit.a.to, next.edit.b.to = i, j
		if next.edit.a.len()+next.edit.b.len() > 0 {
			all = append(all, next)
		}
		next = part{edit{span{from: i}, span{from: j}}, true}
	}
	// cut cuts before two tokens that are partners, if both begin a line, and
	// before the blank lines above them. What follows an edit may have to share
	// those with it, so before one only as many are taken as both sides have.
	cut := func(i, j int, beforeEdit bool) {
		a, okA := gap(base, i)
		b, okB := gap(side, j)
		if !okA || !okB {
			return
		}
		a.from, b.from = max(a.from, next.edit.a.from), max(b.from, next.edit.b.from)
		if beforeEdit {
			n := min(a.len(), b.len())
			a.to, b.to = a.from+n, b.from+n
		}
		end(a.from, b.from)
		end(a.to, b.to)
	}
	ids := alphabet{}
	a, b := ids.flow(base.flow), ids.flow(side.flow)
	i, j := 0, 0
	for _, e := range diff(a, b) {
		for ; i < e.a.from; i, j = i+1, j+1 {
			cut(i, j, false)
		}
		cut(i, j, true)
		next.same = false
		i, j = e.a.to, e.b.to
	}
	for ; i <= len(a); i, j = i+1, j+1 {
		cut(i, j, false)
	}
	end(len(base.lines), len(side.lines))
	return all
}

func (a alphabet) flow(flow []lexeme) []int {
	ids := make([]int, len(flow))
	for i, l := range flow {
		ids[i] = a.id([]byte(l.text))
	}
	return ids
}

// gap returns the blank lines before a token. It is false if the token does not
// begin its line.
func gap(src source, token int) (span, bool) {
	blank := span{0, len(src.lines)}
	if token < len(src.flow) {
		blank.to = src.flow[token].first
	}
	if token > 0 {
		blank.from = src.flow[token-1].last + 1
	}
	return blank, blank.len() >= 0
}
