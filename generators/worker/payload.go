package worker

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/goname"
	"github.com/aegis-stack/aegis/schema"
)

// object is a struct of Go.
type object struct {
	Name, Doc string
	Path      string // of what is in it: "address."
	Nested    bool
	Fields    []field
	Checks    string // statements that append to errs
	Preset    []field
	Filled    []field
	Required  []string
}

type field struct {
	Name, Key string
	Doc       string
	Type, Tag string
	Default   string // an expression
	Pointer   bool   // whether the field is one
	Zero      string // what is replaced by the default
}

// pattern is a compiled regular expression.
type pattern struct{ Name, Text string }

// Quoted returns the text as Go writes it.
func (p pattern) Quoted() string {
	if strconv.CanBackquote(p.Text) {
		return "`" + p.Text + "`"
	}
	return strconv.Quote(p.Text)
}

// writer writes types of Go for payloads. It gives no name twice.
type writer struct {
	used     map[string]bool // names in the package
	packages map[string]bool
	patterns []pattern
	duration string
	objects  []object
}

// newWriter returns a writer that leaves the names to the tasks which they have.
func newWriter(tasks []string) *writer {
	w := &writer{used: map[string]bool{"Tasks": true, "New": true}, packages: map[string]bool{}}
	for _, name := range tasks {
		w.used["Enqueue"+goname.Exported(name)] = true
	}
	return w
}

func (w *writer) use(packages ...string) {
	for _, p := range packages {
		w.packages[p] = true
	}
}

func (w *writer) imports() []string { return slices.Sorted(maps.Keys(w.packages)) }

// name returns one that is like the wish.
func (w *writer) name(wish, suffix string) string {
	for w.used[wish] {
		wish += suffix
	}
	w.used[wish] = true
	return wish
}

// payload returns the types of a payload, its own first.
func (w *writer) payload(task string, t schema.Type) []object {
	w.objects = nil
	w.object(w.name(task, "Payload"), "", false, t)
	return w.objects
}

// object adds the type of an object and of what is in it.
func (w *writer) object(name, at string, nested bool, t schema.Type) {
	w.use("cmp", "encoding/json", "errors", "fmt", "strings")
	o := object{Name: name, Path: at, Nested: nested}
	index := len(w.objects)
	w.objects = append(w.objects, o)
	taken := map[string]bool{"Validate": true, "UnmarshalJSON": true}
	var checks strings.Builder
	for _, f := range t.Fields {
		g := field{Name: goname.Exported(f.Name), Key: f.Name, Doc: f.Doc}
		for taken[g.Name] {
			g.Name += "Value"
		}
		taken[g.Name] = true
		place := at + f.Name
		g.Type = w.goType(f.Type, name+g.Name, place)
		w.presence(&o, &g, f)
		g.Doc = w.doc(g, f)
		o.Fields = append(o.Fields, g)

		c := checker{w: w, out: &checks, name: name + g.Name}
		where := position{format: f.Name}
		if nested {
			where = position{format: "%s" + f.Name, arg: "path"}
		}
		c.field(g, f.Type, where)
	}
	o.Checks = checks.String()
	w.objects[index] = o
}

// presence says how a field is written that may be left out.
func (w *writer) presence(o *object, g *field, f schema.Field) {
	many := f.Type.Kind == schema.ListType || f.Type.Kind == schema.MapType
	g.Tag = f.Name
	if f.Type.Default != nil {
		g.Default = w.literal(f.Type, f.Type.Default)
	}
	switch {
	case f.Type.Default != nil && isZero(f.Type, f.Type.Default), many && !f.Optional:
	case f.Type.Default != nil && !accepts(f.Type, zeroOf(f.Type)):
		// Nobody can mean the zero value, so it is the default.
		g.Tag += ",omitzero"
		g.Zero = w.literal(f.Type, zeroOf(f.Type))
		o.Filled = append(o.Filled, *g)
	case f.Type.Default != nil:
		g.Tag += ",omitempty"
		g.Pointer = true
		o.Preset = append(o.Preset, *g)
	case many:
		g.Tag += ",omitempty"
	case f.Optional:
		g.Tag += ",omitempty"
		g.Pointer = true
	default:
		o.Required = append(o.Required, f.Name)
	}
	if g.Pointer {
		g.Type = "*" + g.Type
	}
}

// doc returns the comment of a field: what the manifest says, and what is not to
// be seen from its type.
func (w *writer) doc(g field, f schema.Field) string {
	var parts []string
	if f.Doc != "" {
		parts = append(parts, strings.TrimSuffix(f.Doc, ".")+".")
	}
	if len(f.Type.Enum) > 1 {
		parts = append(parts, "One of "+strings.Join(w.literals(f.Type), ", ")+".")
	}
	switch {
	case g.Zero != "":
		parts = append(parts, fmt.Sprintf("%s is the default, %s.", g.Zero, show(f.Type.Default)))
	case g.Pointer && f.Type.Default != nil:
		parts = append(parts, fmt.Sprintf("Nil is the default, %s.", show(f.Type.Default)))
	}
	return strings.Join(parts, " ")
}

func show(value any) string {
	if s, ok := value.(string); ok {
		return fmt.Sprintf("%q", s)
	}
	return fmt.Sprint(value)
}

// goType returns the type of Go; an object gets one of that name.
func (w *writer) goType(t schema.Type, name, place string) string {
	switch t.Kind {
	case schema.StringType:
		return "string"
	case schema.IntType:
		return "int"
	case schema.FloatType:
		return "float64"
	case schema.BoolType:
		return "bool"
	case schema.TimeType:
		w.use("time")
		return "time.Time"
	case schema.DurationType:
		if w.duration == "" {
			w.duration = w.name("Duration", "Text")
			w.use("time", "fmt")
		}
		return w.duration
	case schema.ListType:
		return "[]" + w.goType(*t.Elem, name+"Item", place+"[]")
	case schema.MapType:
		return "map[string]" + w.goType(*t.Elem, name+"Value", place+"[]")
	default:
		name = w.name(name, "Object")
		w.object(name, place+".", true, t)
		return name
	}
}

// literals returns the choices as Go writes them.
func (w *writer) literals(t schema.Type) []string {
	out := make([]string, len(t.Enum))
	for i, v := range t.Enum {
		out[i] = w.literal(t, v)
	}
	return out
}

// literal returns a value as Go writes it.
func (w *writer) literal(t schema.Type, value any) string {
	s, isText := value.(string)
	switch {
	case isText && t.Kind == schema.DurationType:
		text, err := declared.Duration(s)
		if err != nil || text == "" {
			text = "0"
		}
		return w.duration + "(" + text + ")"
	case isText:
		return fmt.Sprintf("%q", s)
	default:
		return fmt.Sprint(value)
	}
}

// zeroOf returns the zero value of a type with a default.
func zeroOf(t schema.Type) any {
	switch t.Kind {
	case schema.IntType:
		return 0
	case schema.FloatType:
		return 0.0
	case schema.BoolType:
		return false
	case schema.DurationType:
		return "0s"
	default:
		return ""
	}
}

func isZero(t schema.Type, value any) bool {
	if t.Kind == schema.DurationType {
		text, err := declared.Duration(fmt.Sprint(value))
		return err == nil && text == ""
	}
	return fmt.Sprint(value) == fmt.Sprint(zeroOf(t))
}

// accepts says whether a value, of a type with a default, is allowed.
func accepts(t schema.Type, value any) bool {
	if len(t.Enum) > 0 {
		return slices.ContainsFunc(t.Enum, func(v any) bool { return fmt.Sprint(v) == fmt.Sprint(value) })
	}
	s, isText := value.(string)
	if isText && t.Kind == schema.StringType {
		n := utf8.RuneCountInString(s)
		return n >= t.MinRunes && (t.MaxRunes == 0 || n <= t.MaxRunes) &&
			(t.Pattern == "" || regexp.MustCompile(t.Pattern).MatchString(s))
	}
	var n float64
	switch v := value.(type) {
	case int:
		n = float64(v)
	case float64:
		n = v
	default:
		return true
	}
	low, err := t.Min.Float64()
	if err == nil && (n < low || (t.ExclusiveMin && n == low)) {
		return false
	}
	high, err := t.Max.Float64()
	return err != nil || n < high || (!t.ExclusiveMax && n == high)
}
