package schema

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// closest returns the name most like the given one, or "" if none is close.
// Case, hyphens and underscores count for nothing.
func closest(name string, names []string) string {
	plain := func(s string) string {
		return strings.ToLower(strings.NewReplacer("_", "", "-", "").Replace(s))
	}
	best, least := "", max(1, len(name)/3)+1
	for _, n := range names {
		a, b := plain(name), plain(n)
		d := distance(a, b)
		if len(a) > 2 && len(b) > 2 && (strings.HasPrefix(a, b) || strings.HasPrefix(b, a)) {
			d = 1 // "warning" for "warn", "desc" for "description"
		}
		if d < least && n != name {
			best, least = n, d
		}
	}
	return best
}

// distance is the number of insertions, deletions, replacements and swaps of
// neighbours that turn a into b.
func distance(a, b string) int {
	// Nobody mistypes that much, and the work grows with the product.
	if len(a) > 64 || len(b) > 64 {
		return max(len(a), len(b))
	}
	before, above := make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range above {
		above[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			replace := 1
			if a[i-1] == b[j-1] {
				replace = 0
			}
			row[j] = min(row[j-1]+1, above[j]+1, above[j-1]+replace)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, above = above, row
	}
	return above[len(b)]
}

// unknownField reports a field that the schema does not have at path.
func unknownField(root *shape, path []string) *misfit {
	name, parent := path[len(path)-1], path[:len(path)-1]
	what := "field"
	if len(parent) == 1 && (parent[0] == "components" || parent[0] == "services") {
		what = strings.TrimSuffix(parent[0], "s")
	}
	m := &misfit{code: CodeUnknown, message: fmt.Sprintf("unknown %s %q", what, name), name: true}
	in := root.at(parent)
	if in.key != nil {
		if wrong := in.key.fitText(name); wrong != nil {
			m.code, m.message, m.hint = wrong.code, wrong.message, wrong.hint
		}
		return m
	}
	var here []string
	for _, f := range in.fields {
		here = append(here, f.name)
	}
	same := elsewhere(root, parent, func(n string) bool { return n == name })
	if what != "field" {
		// What is a component has nothing to do with options of the same name.
		same = slices.DeleteFunc(same, func(f foundField) bool { return len(f.parent) > 1 || len(f.parent) == 1 && f.parent[0] == "deploy" })
	}
	// A component's name is more likely meant than an option that has the same.
	if choices := slices.DeleteFunc(slices.Clone(same), func(f foundField) bool {
		return len(f.parent) != 1 || f.parent[0] != "components" && f.parent[0] != "services"
	}); len(choices) > 0 {
		same = choices
	}
	similar := elsewhere(root, parent, func(n string) bool { return closest(name, []string{n}) != "" })
	switch near := closest(name, here); {
	case in.notes[name] != "":
		m.hint = in.notes[name]
	case len(same) > 0 && (near == "" || distance(near, name) > 1):
		m.hint = "it belongs " + same[0].where
		for _, f := range same[1:] {
			m.hint += " or " + f.where
		}
	case near != "":
		m.hint = fmt.Sprintf("did you mean %q?", near)
	case len(similar) > 0 && what == "field":
		m.hint = fmt.Sprintf("did you mean %q %s?", similar[0].name, similar[0].where)
	case len(here) == 1:
		m.hint = "there is only " + here[0]
	case len(here) > 0:
		m.hint = "there are " + strings.Join(here, ", ")
	case what != "field":
		m.hint = fmt.Sprintf("there are no %s yet", parent[0])
	}
	return m
}

// foundField is a field somewhere in the schema.
type foundField struct {
	name, where string
	parent      []string
}

// elsewhere returns fields outside of one struct whose names match, at most
// three.
func elsewhere(root *shape, not []string, match func(string) bool) []foundField {
	var out []foundField
	var walk func(s *shape, path []string)
	walk = func(s *shape, path []string) {
		for _, f := range s.fields {
			if match(f.name) && pathKey(path) != pathKey(not) {
				where := "under " + showPath(path)
				if len(path) == 0 {
					where = "at the top of the manifest"
				}
				out = append(out, foundField{f.name, where, path})
			}
			walk(f.shape, slices.Concat(path, []string{f.name}))
		}
	}
	walk(root, nil)
	return out[:min(len(out), 3)]
}

// cronMacros are what other programs take instead of five fields.
var cronMacros = map[string]string{
	"@hourly": "0 * * * *", "@daily": "0 0 * * *", "@midnight": "0 0 * * *", "@weekly": "0 0 * * 0",
	"@monthly": "0 0 1 * *", "@yearly": "0 0 1 1 *", "@annually": "0 0 1 1 *",
}

var slugBreaks = regexp.MustCompile(`[^a-z0-9]+`)

// mend returns a text like the given one that is of the shape, or "".
func (s *shape) mend(text string) string {
	trimmed := strings.TrimSpace(text)
	candidates := []string{strings.Join(strings.Fields(text), " ")}
	if strings.Contains(trimmed, " ") {
		candidates = append(candidates, strings.ToUpper(trimmed)) // the names of cron
	}
	if _, rest, ok := strings.Cut(trimmed, "://"); ok {
		candidates = append(candidates, strings.TrimSuffix(strings.TrimSuffix(rest, "/"), ".git"))
	}
	candidates = append(candidates, strings.TrimSuffix(trimmed, "/"))
	if !strings.Contains(trimmed, "/") {
		words := slugBreaks.ReplaceAllString(strings.ToLower(trimmed), " ")
		for _, joined := range []string{strings.Join(strings.Fields(words), "-"), strings.Join(strings.Fields(words), "_")} {
			candidates = append(candidates, joined, strings.TrimLeft(joined, "0123456789-_")) // names begin with a letter
		}
	}
	if strings.Contains(s.noun, "time zone") {
		candidates = append(candidates, closest(trimmed, commonZones))
	}
	if strings.Contains(s.noun, "memory") {
		unit := strings.ToUpper(strings.ReplaceAll(trimmed, " ", ""))
		candidates = append(candidates, strings.TrimSuffix(strings.TrimSuffix(unit, "B"), "I")+"iB")
	}
	if five, ok := cronMacros[trimmed]; ok {
		candidates = append(candidates, five)
	}
	if slices.ContainsFunc(s.rules, func(r *rule) bool { return r.call == "time.Duration" }) {
		candidates = append(candidates, strings.ReplaceAll(trimmed, " ", ""), trimmed+"s")
		if days, ok := strings.CutSuffix(trimmed, "d"); ok {
			if n, err := strconv.Atoi(days); err == nil && n > 0 && n < 1000 {
				candidates = append(candidates, fmt.Sprintf("%dh", 24*n))
			}
		}
	}
	for _, c := range candidates {
		if c == text || c == "" {
			continue
		}
		fits := true
		for _, r := range s.rules {
			fits = fits && r.fitText(c, "") == nil
		}
		if fits {
			return c
		}
	}
	return ""
}
