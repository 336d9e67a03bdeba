package schema

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a zone is one whatever is installed where Aegis runs

	"cuelang.org/go/cue"
)

// violation is a broken rule: the path to blame, and what to say of it.
type violation struct {
	path    []string
	code    Code
	message string
	hint    string
	also    [][]string
}

// violations reports the rules that Go checks on decoded values, since CUE has
// no words for them or would take too long with thousands of entries.
func (s *Schema) violations(plan cue.Value, m *decoded) []violation {
	var out []violation
	for _, p := range s.places {
		check := textChecks[p.definition]
		if check == nil {
			continue
		}
		visit(m.tree, p.path, func(path []string, value any) {
			if text, ok := value.(string); ok {
				if v := check(text); v != nil {
					v.path = path
					out = append(out, *v)
				}
			}
		})
	}
	for _, b := range boundsIn(plan) {
		visit(m.tree, b.path, func(path []string, value any) {
			if text, ok := value.(string); ok && !durationBetween(text, b.low, b.high) {
				out = append(out, violation{path: path, code: CodeBounds, message: fmt.Sprintf("%q is not a duration from %s to %s", text, b.low, b.high)})
			}
		})
	}
	for _, r := range referencesIn(plan) {
		if m.project.Component(r.by) != nil {
			out = append(out, m.references(r)...)
		}
	}
	for _, p := range m.problems {
		out = append(out, violation{path: p.path, code: CodePayload, message: p.message, hint: p.hint})
	}
	return out
}

// textChecks are what has to be true of texts besides what CUE can say.
var textChecks = map[string]func(string) *violation{
	"#Cron":     checkCron,
	"#Timezone": checkTimezone,
}

var cronRanges = regexp.MustCompile(`([0-9]+)-([0-9]+)`)

func checkCron(text string) *violation {
	for _, m := range cronRanges.FindAllStringSubmatch(text, -1) {
		low, err1 := strconv.Atoi(m[1])
		high, err2 := strconv.Atoi(m[2])
		if err1 == nil && err2 == nil && low > high {
			return &violation{code: CodeBounds, message: fmt.Sprintf("the range %s runs backwards", m[0])}
		}
	}
	return nil
}

func checkTimezone(text string) *violation {
	if _, err := time.LoadLocation(text); err == nil {
		return nil
	}
	v := &violation{code: CodeText, message: fmt.Sprintf("there is no time zone %q", text), hint: `write one such as "Europe/Berlin" or "UTC"`}
	if near := closest(text, commonZones); near != "" {
		v.hint = fmt.Sprintf("did you mean %q?", near)
	}
	return v
}

func durationBetween(text, low, high string) bool {
	d, err := time.ParseDuration(text)
	if err != nil {
		return true // the evaluator has said so
	}
	least, err1 := time.ParseDuration(low)
	most, err2 := time.ParseDuration(high)
	return err1 != nil || err2 != nil || d >= least && d <= most
}

// bound is a rule that durations lie between two others.
type bound struct {
	path      []string
	low, high string
}

func boundsIn(plan cue.Value) []bound {
	var d decoder
	var out []bound
	d.each(phase(plan, "_bounds"), func(path string, v cue.Value) {
		out = append(out, bound{strings.Split(path, "."), d.text(v, "min"), d.text(v, "max")})
	})
	return out
}

// reference is a rule that a value names an entry of a map.
type reference struct {
	by       string // the component whose rule it is
	from, to []string
	what     string
	nested   bool // the map holds maps
	payload  bool // the entry describes the payload beside the value
}

func referencesIn(plan cue.Value) []reference {
	var d decoder
	var out []reference
	d.each(phase(plan, "_references"), func(_ string, v cue.Value) {
		out = append(out, reference{
			by: d.text(v, "by"), from: strings.Split(d.text(v, "from"), "."), to: strings.Split(d.text(v, "to"), "."),
			what: d.text(v, "what"), nested: d.flag(v, "nested"), payload: d.flag(v, "payload"),
		})
	})
	return out
}

func (m *decoded) references(r reference) []violation {
	var out []violation
	var targets map[string]any
	visit(m.tree, r.to, func(_ []string, value any) { targets, _ = value.(map[string]any) })
	if r.nested {
		targets = inner(targets)
	}
	visit(m.tree, r.from, func(path []string, value any) {
		name, ok := value.(string)
		if !ok {
			return
		}
		if _, ok := targets[name]; !ok {
			v := violation{path: path, code: CodeReference, message: fmt.Sprintf("there is no %s %q", r.what, name)}
			names := slices.Sorted(maps.Keys(targets))
			switch near := closest(name, names); {
			case near != "":
				v.hint = fmt.Sprintf("did you mean %q?", near)
			case len(names) > 0 && len(names) <= 12:
				v.hint = "there are " + strings.Join(names, ", ")
			default:
				v.hint = fmt.Sprintf("declare it: %s: %s: {}", showPath(r.to), name)
			}
			out = append(out, v)
			return
		}
		if r.payload {
			holder := path[:len(path)-1]
			typePath := slices.Concat(r.to, []string{name, "payload"})
			out = append(out, m.payload(r.what, name, slices.Concat(holder, []string{"payload"}), typePath)...)
		}
	})
	return out
}

// inner returns the entries of the maps in a map, as "map.entry", and what names
// several of them.
func inner(maps map[string]any) map[string]any {
	all := map[string]any{"*": nil}
	for name, value := range maps {
		entries, _ := value.(map[string]any)
		for entry := range entries {
			all[name+".*"], all[name+"."+entry] = nil, nil
		}
	}
	return all
}

// payload compares the value at path with the type at typePath.
func (m *decoded) payload(what, name string, path, typePath []string) []violation {
	var value any
	given := false
	visit(m.tree, path, func(_ []string, v any) { value, given = v, true })
	t, described := m.types[pathKey(typePath)]
	switch {
	case !described && !given:
		return nil
	case !described:
		return []violation{{
			path: path, code: CodeUnknown, message: fmt.Sprintf("the %s %s takes no payload", what, name),
			hint: fmt.Sprintf("delete it, or describe it: %s: {…}", showPath(typePath)),
		}}
	case !given:
		value = map[string]any{}
	}
	var out []violation
	t.check(value, path, &out)
	for i := range out {
		out[i].also = [][]string{typePath}
	}
	return out
}

// commonZones are those that a misspelt name is compared with.
var commonZones = strings.Fields(`UTC
	Africa/Cairo Africa/Casablanca Africa/Johannesburg Africa/Lagos Africa/Nairobi
	America/Anchorage America/Argentina/Buenos_Aires America/Bogota America/Caracas America/Chicago America/Denver America/Halifax
	America/Los_Angeles America/Lima America/Mexico_City America/New_York America/Phoenix America/Santiago America/Sao_Paulo
	America/St_Johns America/Toronto America/Vancouver
	Asia/Baghdad Asia/Bangkok Asia/Dhaka Asia/Dubai Asia/Ho_Chi_Minh Asia/Hong_Kong Asia/Jakarta Asia/Jerusalem Asia/Karachi
	Asia/Kathmandu Asia/Kolkata Asia/Manila Asia/Riyadh Asia/Seoul Asia/Shanghai Asia/Singapore Asia/Taipei Asia/Tehran Asia/Tokyo
	Atlantic/Reykjavik Australia/Adelaide Australia/Brisbane Australia/Melbourne Australia/Perth Australia/Sydney
	Europe/Amsterdam Europe/Athens Europe/Belgrade Europe/Berlin Europe/Brussels Europe/Bucharest Europe/Budapest Europe/Copenhagen
	Europe/Dublin Europe/Helsinki Europe/Istanbul Europe/Kyiv Europe/Lisbon Europe/London Europe/Madrid Europe/Moscow Europe/Oslo
	Europe/Paris Europe/Prague Europe/Rome Europe/Sofia Europe/Stockholm Europe/Tallinn Europe/Vienna Europe/Vilnius Europe/Warsaw
	Europe/Zurich Pacific/Auckland Pacific/Honolulu`)
