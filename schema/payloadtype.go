package schema

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/token"
)

// payloadHint says what a payload may be made of.
const payloadHint = "types are string, int, float, bool, time.Time, time.Duration, [...string] and { … }, " +
	"with a default, choices, bounds, strings.MinRunes, strings.MaxRunes or one =~"

// typeReader turns types of CUE into descriptions.
type typeReader struct {
	problems []typeProblem
}

// typeProblem is a type that cannot be described.
type typeProblem struct {
	path    []string
	message string
	hint    string
}

func (r *typeReader) problem(path []string, message, hint string) {
	r.problems = append(r.problems, typeProblem{slices.Clone(path), message, hint})
}

var payloadField = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// object reads a struct whose fields are types.
func (r *typeReader) object(v cue.Value, path []string) Type {
	t := Type{Kind: ObjectType, Fields: []Field{}}
	it, err := v.Fields(cue.Optional(true))
	if err != nil {
		r.problem(path, "is not a struct of fields with types", payloadHint)
		return t
	}
	same := map[string]string{} // what becomes the same name in Go
	for it.Next() {
		name, below := it.Selector().Unquoted(), slices.Concat(path, []string{it.Selector().Unquoted()})
		if !payloadField.MatchString(name) {
			r.problem(below, fmt.Sprintf(`%q is not a name such as "order_id": letters, digits and underscores`, name), "")
			continue
		}
		folded := strings.ToLower(strings.ReplaceAll(name, "_", ""))
		if other := same[folded]; other != "" {
			r.problem(below, fmt.Sprintf("%q and %q are the same name in Go", other, name), "rename one of them")
			continue
		}
		same[folded] = name
		f := Field{Name: name, Optional: it.IsOptional(), Doc: docOf(it.Value()), Type: r.read(it.Value(), below)}
		t.Fields = append(t.Fields, f)
	}
	return t
}

func docOf(v cue.Value) string {
	var lines []string
	for _, g := range v.Doc() {
		lines = append(lines, strings.Fields(g.Text())...)
	}
	return strings.Join(lines, " ")
}

// read reads the type of one field.
func (r *typeReader) read(v cue.Value, path []string) Type {
	x := syntaxOf(v.Eval()) // Eval replaces references by what they stand for
	kind := v.IncompleteKind()
	switch {
	case kind == cue.StructKind && !isChoice(x):
		return r.structure(v.Eval(), path)
	case kind == cue.ListKind && !isChoice(x):
		return r.list(v, path)
	case x == nil, kind == cue.BottomKind && v.Err() == nil:
		r.problem(path, "has no type that Go code can be made of", payloadHint)
		return Type{}
	}
	return r.scalar(x, kind, path)
}

func syntaxOf(v cue.Value) ast.Expr {
	switch x := v.Syntax(cue.Raw()).(type) {
	case ast.Expr:
		return x
	case *ast.File:
		return embedded(x)
	default:
		return nil
	}
}

// embedded returns the expression that a file consists of: an expression that
// needs imports is printed as one.
func embedded(f *ast.File) ast.Expr {
	for _, d := range f.Decls {
		if e, ok := d.(*ast.EmbedDecl); ok {
			return e.Expr
		}
	}
	return &ast.StructLit{Elts: f.Decls}
}

func isChoice(x ast.Expr) bool {
	b, ok := x.(*ast.BinaryExpr)
	return ok && b.Op == token.OR
}

// structure reads a struct with fields or a map.
func (r *typeReader) structure(v cue.Value, path []string) Type {
	elem := v.LookupPath(cue.MakePath(cue.AnyString))
	if it, err := v.Fields(cue.Optional(true)); err != nil || it.Next() || !elem.Exists() {
		return r.object(v, path)
	}
	t := r.read(elem, path)
	return Type{Kind: MapType, Elem: &t}
}

// list reads [...T], with or without a bound of its length.
func (r *typeReader) list(v cue.Value, path []string) Type {
	t := Type{Kind: ListType}
	for _, part := range listParts(v, 0) {
		switch part := part.(type) {
		case *ast.ListLit:
			if len(part.Elts) != 1 || !isEllipsis(part.Elts[0]) {
				r.problem(path, "is a list of a fixed length", "write the type of all elements: [...string]")
				return t
			}
			if part.Elts[0].(*ast.Ellipsis).Type == nil {
				r.problem(path, "does not say what it is a list of", "write the type of the elements: [...string]")
				return t
			}
		case *ast.CallExpr:
			n, isNumber := onlyNumber(part)
			if cueText(part.Fun) != "list.MaxItems" || !isNumber {
				r.problem(path, cueText(part.Fun)+" cannot be part of a payload", "of a list, list.MaxItems can bound the length")
				return t
			}
			t.MaxItems = n
		}
	}
	of := r.read(v.LookupPath(cue.MakePath(cue.AnyIndex)), path)
	t.Elem = &of
	return t
}

// listParts returns what a & b & c consists of, through references. Evaluated,
// a list does not show its validators any more.
func listParts(v cue.Value, depth int) []ast.Expr {
	op, args := v.Expr()
	switch {
	case depth > 100:
		return nil
	case op == cue.AndOp:
		var out []ast.Expr
		for _, a := range args {
			out = append(out, listParts(a, depth+1)...)
		}
		return out
	case op == cue.SelectorOp || op == cue.IndexOp:
		if text := cueText(syntaxOf(v)); strings.HasPrefix(text, "list.") {
			return []ast.Expr{&ast.CallExpr{Fun: ast.NewIdent(text)}}
		}
		return listParts(cue.Dereference(v), depth+1)
	}
	return []ast.Expr{syntaxOf(v)}
}

func isEllipsis(x ast.Expr) bool {
	_, ok := x.(*ast.Ellipsis)
	return ok
}

// conjuncts returns the parts of a & b & c.
func conjuncts(x ast.Expr) []ast.Expr {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return conjuncts(x.X)
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			return append(conjuncts(x.X), conjuncts(x.Y)...)
		}
	}
	return []ast.Expr{x}
}

// scalar reads a text, number or boolean: choices, or one type with an optional
// default.
func (r *typeReader) scalar(x ast.Expr, kind cue.Kind, path []string) Type {
	t := Type{Kind: scalarKinds[kind]}
	var literals, types []ast.Expr
	for _, a := range alternatives(x) {
		u, marked := a.(*ast.UnaryExpr)
		if marked = marked && u.Op == token.MUL; marked {
			a = u.X
		}
		value, isLiteral := scalarValue(a)
		switch {
		case marked && !isLiteral:
			r.problem(path, "has a default that is no definite value", "write a text, a number, true or false after the *")
			return t
		case marked:
			t.Default = value
			literals = append(literals, a)
		case isLiteral:
			literals = append(literals, a)
		default:
			types = append(types, a)
		}
	}
	if kind == cue.StructKind || kind == cue.ListKind {
		r.problem(path, "has alternatives, which only texts, numbers and booleans can have", "write one struct whose fields may be left out: a?: …")
		return t
	}
	if others := kind &^ cue.NullKind; others != kind && (scalarKinds[others] != "" || others == cue.StructKind) {
		r.problem(path, "may be null, which a field of a payload cannot", fmt.Sprintf("if it may be left out, write %s?: …", path[len(path)-1]))
		return t
	}
	if t.Kind == "" && kind != cue.BottomKind {
		r.problem(path, "is "+kindNames(kind)+", and a field of a payload has one type", payloadHint)
		return t
	}
	switch {
	case len(types) == 0:
		for _, l := range literals {
			value, _ := scalarValue(l)
			if !slices.Contains(t.Enum, value) {
				t.Enum = append(t.Enum, value)
			}
		}
	case len(types) > 1, len(literals) > 1, len(literals) == 1 && t.Default == nil:
		r.problem(path, "has alternatives that are not all definite values", payloadHint)
	default:
		for _, part := range conjuncts(types[0]) {
			if message := t.restrict(part); message != "" {
				r.problem(path, message, payloadHint)
				break
			}
		}
	}
	return t
}

var scalarKinds = map[cue.Kind]TypeKind{
	cue.StringKind: StringType, cue.IntKind: IntType, cue.FloatKind: FloatType, cue.NumberKind: FloatType, cue.BoolKind: BoolType,
}

// kindNames says what values of several kinds are.
func kindNames(k cue.Kind) string {
	if k == cue.TopKind {
		return "anything"
	}
	var names []string
	for _, one := range []struct {
		kind cue.Kind
		name string
	}{
		{cue.StringKind, "a text"}, {cue.IntKind, "an integer"}, {cue.FloatKind, "a number"}, {cue.BoolKind, "true or false"},
		{cue.StructKind, "a struct"}, {cue.ListKind, "a list"}, {cue.NullKind, "null"}, {cue.BytesKind, "bytes"},
	} {
		if k&one.kind != 0 {
			names = append(names, one.name)
		}
	}
	return strings.Join(names, " or ")
}

// restrict adds one constraint, and says what is wrong with it otherwise.
func (t *Type) restrict(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.Ident:
		if slices.Contains([]string{"string", "int", "float", "number", "bool", "_"}, x.Name) {
			return ""
		}
	case *ast.UnaryExpr:
		return t.bound(x)
	case *ast.CallExpr:
		return t.call(x)
	}
	return cueText(x) + " cannot be part of a payload"
}

func (t *Type) bound(x *ast.UnaryExpr) string {
	value, isLiteral := scalarValue(x.X)
	if !isLiteral {
		return cueText(x) + " depends on another value, which a payload cannot"
	}
	var n json.Number
	switch value := value.(type) {
	case int:
		n = json.Number(strconv.Itoa(value))
	case float64:
		n = json.Number(strconv.FormatFloat(value, 'g', -1, 64))
	}
	switch {
	case x.Op == token.MAT && t.Pattern == "":
		t.Pattern, _ = value.(string)
		return ""
	case x.Op == token.MAT:
		return "has two patterns, and a field of a payload has at most one"
	case n != "" && (x.Op == token.GEQ || x.Op == token.GTR):
		t.Min, t.ExclusiveMin = n, x.Op == token.GTR
		return ""
	case n != "" && (x.Op == token.LEQ || x.Op == token.LSS):
		t.Max, t.ExclusiveMax = n, x.Op == token.LSS
		return ""
	}
	return cueText(x) + " cannot be part of a payload"
}

func (t *Type) call(x *ast.CallExpr) string {
	n, isNumber := onlyNumber(x)
	switch name := cueText(x.Fun); {
	case name == "time.Time" && len(x.Args) == 0:
		t.Kind = TimeType
	case name == "time.Duration" && len(x.Args) == 0:
		t.Kind = DurationType
	case name == "strings.MinRunes" && isNumber:
		t.MinRunes = n
	case name == "strings.MaxRunes" && isNumber:
		t.MaxRunes = n
	default:
		return name + " cannot be part of a payload"
	}
	return ""
}

// onlyNumber returns the argument of a validator such as strings.MinRunes(1).
func onlyNumber(x *ast.CallExpr) (int, bool) {
	if len(x.Args) != 1 {
		return 0, false
	}
	value, _ := scalarValue(x.Args[0])
	n, ok := value.(int)
	return n, ok && n > 0
}

// scalarValue returns what a literal stands for: a string, int, float64 or
// bool.
func scalarValue(x ast.Expr) (any, bool) {
	switch literalKind(x) {
	case textKind:
		lit, ok := x.(*ast.BasicLit)
		if !ok {
			return nil, false
		}
		text, err := literal.Unquote(lit.Value)
		return text, err == nil
	case boolKind:
		return x.(*ast.BasicLit).Kind == token.TRUE, true
	case intKind:
		n, ok := number(x)
		if !ok {
			return nil, false
		}
		i, accuracy := n.Int64()
		return int(i), accuracy == 0
	case numberKind:
		n, ok := number(x)
		if !ok {
			return nil, false
		}
		f, _ := n.Float64()
		return f, true
	default:
		return nil, false
	}
}
