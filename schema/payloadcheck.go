package schema

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// check compares a decoded value with the type, down to the last field.
func (t *Type) check(value any, path []string, out *[]violation) {
	if m := t.shape().fit(literalOf(value)); m != nil {
		*out = append(*out, violation{path: path, code: m.code, message: m.message, hint: m.hint})
		return
	}
	switch v := value.(type) {
	case []any:
		if t.MaxItems > 0 && len(v) > t.MaxItems {
			*out = append(*out, violation{path: path, code: CodeBounds, message: fmt.Sprintf("has %d elements, and at most %d are allowed", len(v), t.MaxItems)})
		}
		for i, e := range v {
			t.Elem.check(e, slices.Concat(path, []string{strconv.Itoa(i)}), out)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			below := slices.Concat(path, []string{name})
			switch f := t.field(name); {
			case f != nil:
				f.Type.check(v[name], below, out)
			case t.Kind == MapType:
				t.Elem.check(v[name], below, out)
			default:
				*out = append(*out, violation{path: below, code: CodeUnknown, message: fmt.Sprintf("unknown field %q", name), hint: t.suggest(name)})
			}
		}
		for _, f := range t.Fields {
			if _, ok := v[f.Name]; !ok && !f.Optional && f.Type.Default == nil {
				sh := f.Type.shape()
				*out = append(*out, violation{
					path: slices.Concat(path, []string{f.Name}), code: CodeMissing, message: "is missing",
					hint: fmt.Sprintf("add %s: %s", f.Name, cmp.Or(sh.example(), sh.words())),
				})
			}
		}
	}
}

func (t *Type) field(name string) *Field {
	for i := range t.Fields {
		if t.Fields[i].Name == name {
			return &t.Fields[i]
		}
	}
	return nil
}

func (t *Type) suggest(name string) string {
	names := make([]string, len(t.Fields))
	for i, f := range t.Fields {
		names[i] = f.Name
	}
	if near := closest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	if len(names) == 0 {
		return "the payload has no fields"
	}
	return "there are " + strings.Join(names, ", ")
}

// shape returns what the type says in the form that literals are compared
// with.
func (t *Type) shape() *shape {
	s := &shape{}
	for _, v := range t.Enum {
		s.choices = append(s.choices, cueText(literalOf(v)))
	}
	bound := func(op token.Token, n string) {
		if n != "" {
			s.rules = append(s.rules, &rule{op: op, operand: n})
		}
	}
	low, high := token.GEQ, token.LEQ
	if t.ExclusiveMin {
		low = token.GTR
	}
	if t.ExclusiveMax {
		high = token.LSS
	}
	bound(low, t.Min.String())
	bound(high, t.Max.String())
	switch t.Kind {
	case StringType:
		s.kind = textKind
	case IntType:
		s.kind = intKind
	case FloatType:
		s.kind = numberKind
	case BoolType:
		s.kind = boolKind
	case ListType:
		s.kind = listKind
	case MapType, ObjectType:
		s.kind = structKind
	case TimeType:
		s.kind, s.noun = textKind, `a time such as "2006-01-02T15:04:05Z"`
		s.call("time.Time", 0)
	case DurationType:
		s.kind, s.noun = textKind, `a duration such as "30s" or "1h30m"`
		s.call("time.Duration", 0)
	}
	if t.Pattern != "" {
		s.noun = "a text that matches " + t.Pattern
		s.rules = append(s.rules, &rule{op: token.MAT, pattern: func() string { return t.Pattern }})
	}
	if t.MinRunes > 0 {
		s.call("strings.MinRunes", t.MinRunes)
	}
	if t.MaxRunes > 0 {
		s.call("strings.MaxRunes", t.MaxRunes)
	}
	return s
}

func (s *shape) call(name string, operand int) {
	s.rules = append(s.rules, &rule{call: name, operand: strconv.Itoa(operand)})
}

// literalOf returns a decoded value as somebody could have written it; maps and
// lists without what is in them.
func literalOf(value any) ast.Expr {
	switch v := value.(type) {
	case map[string]any:
		return &ast.StructLit{}
	case []any:
		return &ast.ListLit{}
	case string:
		return &ast.BasicLit{Kind: token.STRING, Value: literal.String.Quote(v)}
	case nil:
		return &ast.BasicLit{Kind: token.NULL, Value: "null"}
	}
	x, err := parser.ParseExpr("", fmt.Sprint(value))
	if err != nil {
		return &ast.BadExpr{}
	}
	return x
}
