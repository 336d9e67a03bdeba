package merge

import "bytes"

// view is a Go file in which what was only formatted differently reads as in
// base. Merging views instead of files keeps formatting out of the merge; what
// is then written is what stands in the files.
type view struct {
	ids  []int // of the lines as base has them, where base has them
	runs []run // in order; together they stand for all the lines
	at   []int // per line, the run that begins there, or -1; one more at the end
}

// run is what a file has in the place of some lines of a view.
type run struct {
	plain   [][]byte // the lines of the view; none for blank lines that were added
	lines   [][]byte // the lines of the file
	changed bool     // they are not what base has
}

// viewOf compares a side with base. The ids are those of their lines.
func viewOf(base, side source, baseIDs, sideIDs []int) *view {
	v := &view{}
	for _, p := range parts(base, side) {
		a, b := p.edit.a, p.edit.b
		if p.same {
			v.add(baseIDs[a.from:a.to], base.lines[a.from:a.to], side.lines[b.from:b.to])
			continue
		}
		for k := b.from; k < b.to; k++ {
			v.ids = append(v.ids, sideIDs[k])
			line := side.lines[k : k+1]
			v.runs = append(v.runs, run{plain: line, lines: line, changed: true})
		}
	}
	v.index()
	return v
}

func (v *view) add(ids []int, plain, lines [][]byte) {
	v.ids = append(v.ids, ids...)
	changed := !bytes.Equal(bytes.Join(plain, nil), bytes.Join(lines, nil))
	v.runs = append(v.runs, run{plain, lines, changed})
}

func (v *view) index() {
	v.at = make([]int, len(v.ids)+1)
	for i := range v.at {
		v.at[i] = -1
	}
	line := 0
	for i, r := range v.runs {
		if v.at[line] < 0 {
			v.at[line] = i
		}
		line += len(r.plain)
	}
}

// added returns the blank lines that the file has before a line of the view.
func (v *view) added(line int) [][]byte {
	var lines [][]byte
	if i := v.at[line]; i >= 0 {
		for ; i < len(v.runs) && len(v.runs[i].plain) == 0; i++ {
			lines = append(lines, v.runs[i].lines...)
		}
	}
	return lines
}

// run returns what stands for the lines of the view from the given one on, at
// most up to the end. Where the end, or an earlier cut, divides what the file
// has, it is the line as in base.
func (v *view) run(line, end int) run {
	if i := v.at[line]; i >= 0 {
		for len(v.runs[i].plain) == 0 {
			i++
		}
		if r := v.runs[i]; line+len(r.plain) <= end {
			return r
		}
	}
	plain := v.plain(line)
	return run{plain: plain, lines: plain}
}

func (v *view) plain(line int) [][]byte {
	start := line
	for v.at[start] < 0 {
		start--
	}
	i := v.at[start]
	for len(v.runs[i].plain) == 0 {
		i++
	}
	return v.runs[i].plain[line-start : line-start+1]
}

// lines returns what the file has for some lines of the view.
func (v *view) lines(s span) [][]byte {
	var lines [][]byte
	for i := s.from; i < s.to; {
		r := v.run(i, s.to)
		lines = append(append(lines, v.added(i)...), r.lines...)
		i += len(r.plain)
	}
	return lines
}

// agreed returns n lines that both views have, formatted as the user
// formatted them, or else as Aegis does now.
func agreed(ours, theirs *view, o, t, n int) [][]byte {
	var lines [][]byte
	for end := o + n; o < end; {
		blank := ours.added(o)
		if len(blank) == 0 {
			blank = theirs.added(t)
		}
		mine, fresh := ours.run(o, end), theirs.run(t, t+end-o)
		if fresh.changed && !ours.formatted(span{o, o + len(fresh.plain)}) {
			mine = fresh
		}
		lines = append(append(lines, blank...), mine.lines...)
		o, t = o+len(mine.plain), t+len(mine.plain)
	}
	return lines
}

// formatted reports whether the file has any of the lines otherwise than base.
// A run that was cut before them was.
func (v *view) formatted(s span) bool {
	if v.at[s.from] < 0 {
		return true
	}
	for i := s.from; i < s.to; {
		r := v.run(i, s.to)
		if r.changed {
			return true
		}
		i += len(r.plain)
	}
	return false
}
