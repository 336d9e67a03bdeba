package merge

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/mod/module"
)

// GoSum merges go.sum files: the union of both sides, since a line too many
// does no harm and one too few stops the build. What Aegis removes goes only
// where the user added nothing that could need it. Two sums for one version are
// a conflict, for somebody is wrong. A file with other lines is merged as text.
func GoSum(base, ours, theirs []byte, opts Options) Result {
	return merged(base, ours, theirs, func(base, ours, theirs []byte) Result {
		b, ok := parseSum(base)
		o, okOurs := parseSum(ours)
		t, okTheirs := parseSum(theirs)
		if !ok || !okOurs || !okTheirs {
			return byLines(base, ours, theirs, opts)
		}
		return joinSums(b, o, t, opts)
	})
}

// sums maps a version, or with the suffix /go.mod its go.mod, to its line.
type sums map[module.Version][]byte

func parseSum(text []byte) (sums, bool) {
	s := sums{}
	for _, line := range bytes.Split(text, []byte("\n")) {
		fields := bytes.Fields(line)
		switch len(fields) {
		case 0:
		case 3:
			m := module.Version{Path: string(fields[0]), Version: string(fields[1])}
			sum := slices.Concat(bytes.Join(fields, []byte(" ")), []byte("\n"))
			if other, ok := s[m]; ok && !bytes.Equal(sum, other) {
				return nil, false
			}
			s[m] = sum
		default:
			return nil, false
		}
	}
	return s, true
}

func (s sums) within(other sums) bool {
	for m := range s {
		if _, ok := other[m]; !ok {
			return false
		}
	}
	return true
}

func joinSums(base, ours, theirs sums, opts Options) Result {
	all := maps.Clone(theirs)
	additions := !ours.within(base)
	for m, sum := range ours {
		if _, inBase := base[m]; !inBase || additions {
			all[m] = sum
		}
	}
	versions := slices.Collect(maps.Keys(all))
	module.Sort(versions)
	w := writer{opts: opts}
	for _, m := range versions {
		o, t := ours[m], theirs[m]
		if o == nil || t == nil || bytes.Equal(o, t) {
			w.lines([][]byte{all[m]})
			continue
		}
		var was [][]byte
		if b := base[m]; b != nil {
			was = [][]byte{b}
		}
		w.conflict(fmt.Sprintf("two checksums of %s %s", m.Path, m.Version), [][]byte{o}, was, [][]byte{t}, "\n")
	}
	return w.result()
}
