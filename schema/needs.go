package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// needs says why components are there, and leads from one that nobody asked
// for to what the user wrote.
type needs struct {
	schema  *Schema
	ix      *syntaxIndex
	reasons map[string]map[string]string // of active components, by name and by whom
	entries map[string]cue.Value
}

// requested is whom a reason names for what the manifest mentions, and
// included for what is there without anybody's asking.
const (
	requested = "aegis.cue"
	included  = "aegis"
)

func (s *Schema) needs(plan cue.Value, ix *syntaxIndex) *needs {
	n := &needs{schema: s, ix: ix, reasons: map[string]map[string]string{}, entries: map[string]cue.Value{}}
	var d decoder
	d.each(phase(plan, "_reasons"), func(name string, v cue.Value) {
		n.reasons[name] = map[string]string{}
		d.each(v, func(by string, why cue.Value) { n.reasons[name][by] = d.string(why) })
	})
	d.each(phase(plan, "_entries"), func(name string, v cue.Value) { n.entries[name] = v })
	return n
}

// needers returns the components and parts that need one, sorted.
func (n *needs) needers(name string) []string {
	var out []string
	for _, by := range slices.Sorted(maps.Keys(n.reasons[name])) {
		if by != requested && by != included {
			out = append(out, by)
		}
	}
	return out
}

// origin returns the shortest way from a component to one that the manifest
// asks for: its name, then that of what brings it, and so on. It is nil if
// nobody asked.
func (n *needs) origin(name string) []string {
	ways := [][]string{{name}}
	seen := map[string]bool{}
	for len(ways) > 0 {
		way := ways[0]
		ways = ways[1:]
		last := way[len(way)-1]
		if seen[last] {
			continue
		}
		seen[last] = true
		if n.reasons[last][requested] != "" {
			return way
		}
		for _, by := range slices.Concat(n.needers(last), n.schema.parts[last]) {
			ways = append(ways, slices.Concat(way, []string{by}))
		}
	}
	return nil
}

// spot returns where the manifest mentions a component, nil if the place is
// not known.
func (n *needs) spot(name string) *spot {
	if spots := n.ix.byPath[pathKey(n.path(name))]; len(spots) > 0 {
		return spots[0]
	}
	return nil
}

func (n *needs) path(name string) []string {
	var d decoder
	return []string{d.text(n.entries[name], "namespace"), name}
}

// settled returns those of the requirements that an active component has with
// its options as they are.
func (n *needs) settled(name string, requirements []Requirement) []Requirement {
	out := []Requirement{}
	for _, r := range requirements {
		if because := n.reasons[r.Name][name]; because != "" {
			out = append(out, Requirement{Name: r.Name, Because: because})
		}
	}
	return out
}

// always says whether a component is there without anybody's asking.
func (n *needs) always(name string) bool {
	return len(n.schema.parts[name]) == 0 && n.reasons[name][included] != ""
}

// switchedOff completes the report on a component that is switched off and
// needed.
func (n *needs) switchedOff(d *Diagnostic, name string) {
	by := n.needers(name)
	verb := "needs"
	if len(by) > 1 || len(n.schema.parts[by[0]]) > 1 {
		verb = "need"
	}
	shown := make([]string, len(by))
	var instead, off []string
	forced := false
	d.Related = nil
	for i, b := range by {
		shown[i] = b
		if joins := n.schema.parts[b]; len(joins) > 0 {
			shown[i] = strings.Join(joins, " and ")
		}
		way := n.origin(b)
		var alternative decoder
		alternative.lenient = true
		text := alternative.string(n.entries[b].LookupPath(cue.MakePath(cue.Str("instead"), cue.Str(name))))
		switch {
		case text != "":
			instead = append(instead, text)
		case way == nil || n.always(b):
			forced = true
		default:
			off = append(off, way[len(way)-1])
		}
		if way == nil {
			continue
		}
		if s := n.spot(way[len(way)-1]); s != nil {
			d.Related = append(d.Related, related(s, fmt.Sprintf("%s: %s", showPath(s.path), n.because(way, name))))
		}
	}
	d.Message = fmt.Sprintf("%s is switched off, but %s %s it", name, strings.Join(shown, " and "), verb)
	d.Hint = "delete this line"
	if len(off) > 0 {
		instead = append(instead, "switch off "+strings.Join(slices.Compact(off), " and "))
	}
	if len(instead) > 0 && !forced {
		d.Hint += ", or " + strings.Join(instead, " and ")
	}
}

// because says how the end of a way comes to need name. Parts are no names to
// users.
func (n *needs) because(way []string, name string) string {
	if len(way) == 1 {
		return n.reasons[name][way[0]]
	}
	text := ""
	for i, next := range slices.Backward(way[:len(way)-1]) {
		verb := ", which brings "
		if text == "" {
			verb = "brings "
		}
		if joins := n.schema.parts[next]; len(joins) > 0 {
			others := slices.DeleteFunc(slices.Clone(joins), func(j string) bool { return j == way[i+1] })
			if text == "" {
				text = "is there"
			}
			text += strings.TrimSuffix(" with "+strings.Join(others, " and "), " with ")
			continue
		}
		text += verb + next
	}
	return text + ", which needs it"
}

// reasonsOf returns the reasons of a component with the places in the manifest
// that lead to them, sorted.
func (n *needs) reasonsOf(name string) []PlacedReason {
	var out []PlacedReason
	for _, by := range slices.Sorted(maps.Keys(n.reasons[name])) {
		r := PlacedReason{Reason: Reason{By: by, Because: n.reasons[name][by]}}
		switch {
		case by == requested:
			r.Through, r.Position = n.way(name)
		case by != included:
			r.Through, r.Position = n.way(by)
		default:
			for _, j := range n.schema.parts[name] {
				_, place := n.way(j)
				r.Joins = append(r.Joins, Join{j, place})
			}
		}
		out = append(out, r)
	}
	return out
}

// way leads from a component to what the manifest mentions: the names between,
// and the place, if it is known.
func (n *needs) way(name string) (through []string, place string) {
	way := n.origin(name)
	if way == nil {
		return nil, ""
	}
	if len(way) > 1 {
		through = way[1:]
	}
	if s := n.spot(way[len(way)-1]); s != nil {
		place = position(s.label)
	}
	return through, place
}
