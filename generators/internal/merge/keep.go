package merge

// keep chooses the lines that the search for a shortest script looks at, out of
// those between the common edges. Lines that the other text does not have are
// changed for certain. So are lines that are everywhere, such as a closing
// brace, where they stand among lines of the first kind: matching those by
// chance would tear the change around them apart.
func (s *side) keep(other []int, prefix, suffix int) {
	partners := map[int]int{}
	for _, id := range other {
		partners[id]++
	}
	many := min(roughRoot(len(s.ids)), 1024)
	within := span{prefix, len(s.ids) - suffix}
	class := make([]uint8, len(s.ids))
	for i := within.from; i < within.to; i++ {
		switch n := partners[s.ids[i]]; {
		case n == 0:
			class[i] = alone
		case n < many:
			class[i] = useful
		default:
			class[i] = common
		}
	}
	for i := within.from; i < within.to; i++ {
		if class[i] == useful || class[i] == common && !lost(class, i, within) {
			s.kept = append(s.kept, i)
		} else {
			s.changed[i] = true
		}
	}
}

// Classes of lines, by their number of partners in the other text.
const (
	alone = iota
	useful
	common
)

// lost reports whether the common line i stands in a run of lines, on both
// sides of it, more than three quarters of which are alone.
func lost(class []uint8, i int, within span) bool {
	const window = 100
	within = span{max(within.from, i-window), min(within.to-1, i+window) + 1}
	aloneBefore, commonBefore := 0, 0
	for j := i - 1; j >= within.from && class[j] != useful; j-- {
		if class[j] == alone {
			aloneBefore++
		} else {
			commonBefore++
		}
	}
	aloneAfter, commonAfter := 0, 0
	for j := i + 1; j < within.to && class[j] != useful; j++ {
		if class[j] == alone {
			aloneAfter++
		} else {
			commonAfter++
		}
	}
	if aloneBefore == 0 || aloneAfter == 0 {
		return false
	}
	// The line itself counts once for each direction.
	nearby := commonBefore + commonAfter + 2
	return nearby*4 < nearby+aloneBefore+aloneAfter
}
