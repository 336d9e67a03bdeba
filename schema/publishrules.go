package schema

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
)

// publishedRules returns the rules that Go checks on decoded values, as CUE.
func (s *Schema) publishedRules() (string, error) {
	d, err := s.describe()
	if err != nil {
		return "", err
	}
	var b strings.Builder
	n := 1
	rule := func(path []string, condition, message string) {
		clauses, value := each(path)
		condition = strings.ReplaceAll(condition, "VALUE", value)
		message = strings.ReplaceAll(message, "VALUE", `\(`+value+`)`)
		// Each in a field of its own: what has no answer hides its neighbours.
		fmt.Fprintf(&b, "\t_violations%d: {%s %s {\"%s\": error(\"%s: %s\")}}\n", n, clauses, condition, message, strings.Join(path, "."), message)
		n++
	}
	for _, p := range s.places {
		if p.definition == "#Cron" {
			rule(p.path, `if VALUE =~ "[0-9]-[0-9]" for m in regexp.FindAllSubmatch("([0-9]+)-([0-9]+)", VALUE, -1) if strconv.Atoi(m[1]) > strconv.Atoi(m[2])`, `a range in VALUE runs backwards`)
		}
	}
	for _, r := range d.bounds {
		rule(r.path, fmt.Sprintf("if time.ParseDuration(VALUE) < time.ParseDuration(%q) || time.ParseDuration(VALUE) > time.ParseDuration(%q)", r.low, r.high),
			fmt.Sprintf("VALUE is not a duration from %s to %s", r.low, r.high))
	}
	for _, r := range d.references {
		_, target := each(r.to)
		missing := target + "[VALUE] == _|_"
		if r.nested {
			missing = fmt.Sprintf(`!list.Contains(["*", for of, all in %s if len(all) > 0 for entry in ["*", for name, _ in all {name}] {"\(of).\(entry)"}], VALUE)`, target)
		}
		rule(r.from, fmt.Sprintf("if _active[%q] if %s", r.by, missing), fmt.Sprintf("there is no %s VALUE", r.what))
	}
	return "\n#Manifest: {\n\tci: _\n\t_in: _\n\t_active: _\n" + b.String() + "}\n", nil
}

// each returns the clauses of a comprehension over the values at a path, and
// what it calls the value.
func each(path []string) (clauses, value string) {
	value = "_in"
	if path[0] != "components" && path[0] != "services" {
		value, path = path[0], path[1:]
	} else {
		clauses, path = fmt.Sprintf("if _active[%q]", path[1]), path[1:]
	}
	for i, name := range path {
		switch {
		case name == anyKey:
			clauses += fmt.Sprintf(" for v%d in %s", i, value)
			value = fmt.Sprintf("v%d", i)
		case ast.IsValidIdent(name):
			value += "." + name
		default:
			value += fmt.Sprintf("[%q]", name)
		}
		clauses += fmt.Sprintf(" if %s != _|_", value)
	}
	return strings.TrimSpace(clauses), value
}
