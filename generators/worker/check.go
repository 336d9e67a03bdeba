package worker

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/aegis-stack/aegis/schema"
)

// checker writes the statements that check a field.
type checker struct {
	w     *writer
	out   *strings.Builder
	name  string // of the field, with that of its type
	depth int    // of loops
}

// position is how a message names a value: a format, and what it is given.
type position struct{ format, arg string }

// field checks a field, unless it has no value.
func (c *checker) field(g field, t schema.Type, at position) {
	var inner strings.Builder
	deeper := *c
	deeper.out = &inner
	expr, open := "p."+g.Name, ""
	switch {
	case g.Pointer:
		open = "if p." + g.Name + " != nil {\n"
		if t.Kind != schema.ObjectType {
			expr = "*" + expr
		}
	case g.Zero != "":
		open = "if p." + g.Name + " != " + g.Zero + " {\n"
	}
	deeper.value(t, expr, at)
	switch {
	case inner.Len() == 0:
	case open == "":
		c.out.WriteString(inner.String())
	default:
		c.out.WriteString(open + inner.String() + "}\n")
	}
}

// problem appends an error if condition holds.
func (c *checker) problem(condition string, at position, message, verb, value string) {
	c.w.use("fmt")
	args := value
	if at.arg != "" {
		args = at.arg + ", " + value
	}
	format := at.format + " must " + strings.ReplaceAll(message, "%", "%%") + ", not " + verb
	fmt.Fprintf(c.out, "if %s {\nerrs = append(errs, fmt.Errorf(%q, %s))\n}\n", condition, format, args)
}

// value checks the value of an expression.
func (c *checker) value(t schema.Type, expr string, at position) {
	switch t.Kind {
	case schema.StringType:
		c.choice(t, expr, at, "%q")
		c.text(t, expr, at)
	case schema.IntType:
		c.choice(t, expr, at, "%d")
		c.bounds(t, expr, at, "%d")
	case schema.FloatType:
		c.choice(t, expr, at, "%v")
		c.bounds(t, expr, at, "%v")
	case schema.BoolType:
		c.choice(t, expr, at, "%t")
	case schema.ListType:
		if t.MaxItems > 0 {
			c.problem(fmt.Sprintf("len(%s) > %d", expr, t.MaxItems), at, "have at most "+plural(t.MaxItems, "element"), "%d", "len("+expr+")")
		}
		c.each(*t.Elem, expr, at, false)
	case schema.MapType:
		c.each(*t.Elem, expr, at, true)
	case schema.ObjectType:
		prefix := strconv.Quote(at.format + ".")
		switch {
		case at.arg != "" && at.format == "%s":
			prefix = at.arg + `+"."`
		case at.arg != "":
			prefix = at.arg + "+" + strconv.Quote(strings.TrimPrefix(at.format, "%s")+".")
		}
		fmt.Fprintf(c.out, "errs = append(errs, %s.problems(%s)...)\n", expr, prefix)
	default: // times and durations are fine as they are
	}
}

func (c *checker) choice(t schema.Type, expr string, at position, verb string) {
	if len(t.Enum) == 0 || (t.Kind == schema.BoolType && len(t.Enum) > 1) {
		return
	}
	values := c.w.literals(t)
	switch {
	case t.Kind == schema.BoolType:
		condition := "!" + expr
		if values[0] == "false" {
			condition = expr
		}
		c.problem(condition, at, "be "+values[0], verb, expr)
	case len(values) == 1:
		c.problem(expr+" != "+values[0], at, "be "+values[0], verb, expr)
	default:
		c.w.use("slices")
		list := "[]" + c.w.goType(t, "", "") + "{" + strings.Join(values, ", ") + "}"
		c.problem("!slices.Contains("+list+", "+expr+")", at, "be one of "+strings.Join(values, ", "), verb, expr)
	}
}

func (c *checker) text(t schema.Type, expr string, at position) {
	count := "utf8.RuneCountInString(" + expr + ")"
	if t.MinRunes > 0 {
		c.w.use("unicode/utf8")
		c.problem(fmt.Sprintf("%s < %d", count, t.MinRunes), at, "have at least "+plural(t.MinRunes, "character"), "%d", count)
	}
	if t.MaxRunes > 0 {
		c.w.use("unicode/utf8")
		c.problem(fmt.Sprintf("%s > %d", count, t.MaxRunes), at, "have at most "+plural(t.MaxRunes, "character"), "%d", count)
	}
	if t.Pattern != "" {
		c.w.use("regexp")
		name := c.w.name("pattern"+c.name, "Again")
		c.w.patterns = append(c.w.patterns, pattern{name, t.Pattern})
		c.problem("!"+name+".MatchString("+expr+")", at, "match "+t.Pattern, "%q", expr)
	}
}

func (c *checker) bounds(t schema.Type, expr string, at position, verb string) {
	if bound := t.Min.String(); bound != "" {
		operator, words := " < ", "be at least "
		if t.ExclusiveMin {
			operator, words = " <= ", "be greater than "
		}
		c.problem(comparable(t, expr, bound)+operator+bound, at, words+bound, verb, expr)
	}
	if bound := t.Max.String(); bound != "" {
		operator, words := " > ", "be at most "
		if t.ExclusiveMax {
			operator, words = " >= ", "be less than "
		}
		c.problem(comparable(t, expr, bound)+operator+bound, at, words+bound, verb, expr)
	}
}

// comparable returns the expression such that it can be compared with the bound.
func comparable(t schema.Type, expr, bound string) string {
	if _, err := strconv.ParseInt(bound, 10, 64); err != nil && t.Kind == schema.IntType {
		return "float64(" + expr + ")"
	}
	return expr
}

// each checks what is in a list or map.
func (c *checker) each(elem schema.Type, expr string, at position, isMap bool) {
	var inner strings.Builder
	deeper := *c
	deeper.out, deeper.depth = &inner, c.depth+1
	suffix := ""
	if c.depth > 0 {
		suffix = strconv.Itoa(c.depth + 1)
	}
	key, value, place := "i"+suffix, "v"+suffix, "at"+suffix
	verb := "[%d]"
	if isMap {
		key, verb = "k"+suffix, "[%q]"
	}
	if elem.Kind == schema.ObjectType {
		value = expr + "[" + key + "]"
		if isMap {
			value = "v" + suffix
		}
	}
	deeper.value(elem, value, position{format: "%s", arg: place})
	if inner.Len() == 0 {
		return
	}
	c.w.use("fmt")
	args := key
	if at.arg != "" {
		args = at.arg + ", " + key
	}
	switch {
	case isMap:
		c.w.use("maps", "slices")
		fmt.Fprintf(c.out, "for _, %s := range slices.Sorted(maps.Keys(%s)) {\n%s := %s[%s]\n", key, expr, value, expr, key)
	case elem.Kind == schema.ObjectType:
		fmt.Fprintf(c.out, "for %s := range %s {\n", key, expr)
	default:
		fmt.Fprintf(c.out, "for %s, %s := range %s {\n", key, value, expr)
	}
	fmt.Fprintf(c.out, "%s := fmt.Sprintf(%q, %s)\n%s}\n", place, at.format+verb, args, inner.String())
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
