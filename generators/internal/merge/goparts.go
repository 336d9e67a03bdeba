package merge

// part is some lines of base and what a side has in their place.
type part struct {
	edit edit
	same bool // both mean the same
}

// parts cuts two files wherever a line ends in both of them at the same token,
// and around blank lines. A part as small as that is formatted as a whole.
func parts(base, side source) []part {
	ids := alphabet{}
	a, b := ids.flow(base.flow), ids.flow(side.flow)
	var cut []part
	lines := edit{} // the part that is being looked at
	same := true
	end := func(to edit) {
		lines.a.to, lines.b.to = to.a.from, to.b.from
		if lines.a.len()+lines.b.len() > 0 {
			cut = append(cut, part{lines, same})
		}
		lines, same = to, true
	}
	// at cuts before the tokens i and j, of which the other is the partner,
	// if both begin a line.
	at := func(i, j int) {
		beforeA, afterA, okA := gap(base, i)
		beforeB, afterB, okB := gap(side, j)
		if !okA || !okB {
			return
		}
		end(edit{span{from: beforeA}, span{from: beforeB}})
		end(edit{span{from: afterA}, span{from: afterB}})
	}
	i, j := 0, 0
	for _, e := range append(diff(a, b), edit{span{len(a), len(a)}, span{len(b), len(b)}}) {
		for ; i < e.a.from; i, j = i+1, j+1 {
			at(i, j)
		}
		at(i, j)
		if e.a.len()+e.b.len() > 0 {
			same = false
		}
		i, j = e.a.to, e.b.to
	}
	end(edit{span{from: len(base.lines)}, span{from: len(side.lines)}})
	return cut
}

func (a alphabet) flow(flow []lexeme) []int {
	ids := make([]int, len(flow))
	for i, l := range flow {
		ids[i] = a.id([]byte(l.text))
	}
	return ids
}

// gap returns the bounds of the blank lines before a token. It is false if the
// token does not begin its line.
func gap(src source, token int) (from, to int, ok bool) {
	to = len(src.lines)
	if token < len(src.flow) {
		to = src.flow[token].first
	}
	if token > 0 {
		from = src.flow[token-1].last + 1
	}
	return from, to, from <= to
}
