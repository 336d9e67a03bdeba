package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// model reads shapes out of the schema's syntax. It understands the part of
// CUE that a schema of options needs: definitions, defaults, choices, bounds,
// regular expressions, validators, patterns and lists. What it does not
// understand it leaves open, and a test sees to it that nothing is left open.
type model struct {
	decls map[string][]*ast.Field // of the package, by name
	texts func() cue.Value        // its hidden texts, for regular expressions that are put together
	open  map[string]bool         // definitions being read, against rings
}

// model reads the schema's syntax.
func (s *Schema) model(e *evaluator) (*model, error) {
	m := &model{decls: map[string][]*ast.Field{}, open: map[string]bool{}}
	for _, src := range s.sources {
		f, err := parser.ParseFile(src.name, src.text, parser.ParseComments)
		if err != nil {
			return nil, err
		}
		for _, d := range f.Decls {
			if field, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(field.Label); err == nil {
					m.decls[name] = append(m.decls[name], field)
				}
			}
		}
	}
	m.texts = sync.OnceValue(func() cue.Value { return e.ctx.CompileString(m.hiddenTexts()) })
	return m, nil
}

// hiddenTexts returns the hidden fields of the package that are texts, as a file of
// their own: evaluating that costs nothing beside the whole schema.
func (m *model) hiddenTexts() string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(m.decls)) {
		fields := m.decls[name]
		if !strings.HasPrefix(name, "_") || len(fields) != 1 {
			continue
		}
		switch fields[0].Value.(type) {
		case *ast.BasicLit, *ast.Interpolation, *ast.CallExpr:
			fmt.Fprintf(&b, "%s: %s\n", name, cueText(fields[0].Value))
		}
	}
	if text := b.String(); strings.Contains(text, "strings.") {
		return "import \"strings\"\n" + text
	}
	return b.String()
}

// manifestShape returns the shape of a manifest.
func (s *Schema) manifestShape(m *model) *shape {
	root := m.definition("#Manifest")
	root.field("components").notes = map[string]string{}
	for name, joins := range s.parts {
		root.field("components").notes[name] = partWords(joins)
	}
	return root
}

// names returns the definitions that values of a manifest have. The others are
// for those who write components.
func (m *model) names() []string {
	var out []string
	for name, decls := range m.decls {
		if strings.HasPrefix(name, "#") && !strings.HasSuffix(decls[0].Pos().Filename(), "/resolve.cue") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// partWords says how a part comes into a project.
func partWords(joins []string) string {
	if len(joins) == 0 {
		return "it comes along by itself where it is needed"
	}
	return "it comes along by itself with " + strings.Join(joins, " and ")
}

// definition returns the shape of a definition of the package, all its
// declarations taken together.
func (m *model) definition(name string) *shape {
	out := new(shape)
	if m.open[name] {
		return out
	}
	m.open[name] = true
	defer delete(m.open, name)
	for _, f := range m.decls[name] {
		one := m.expr(f.Value)
		if doc := comment(f); doc != "" && one.kind != structKind {
			one.noun = doc
		} else if doc != "" {
			one.doc = doc
		}
		out.merge(one)
	}
	if name == "#Payload" {
		out.noun = "fields with their types in braces, as in { to: string }"
	}
	return out
}

// merge adds what another declaration of the same value says.
func (s *shape) merge(o *shape) {
	if s.doc == "" {
		s.doc = o.doc
	}
	if s.noun == "" {
		s.noun = o.noun
	}
	if s.kind == anyKind || (s.kind == numberKind && o.kind == intKind) {
		s.kind = o.kind
	}
	if s.def == "" {
		s.def = o.def
	}
	if s.defFrom == nil {
		s.defFrom = o.defFrom
	}
	if s.choices == nil {
		s.choices = o.choices
	}
	if s.pattern == nil {
		s.key, s.pattern = o.key, o.pattern
	}
	if s.elem == nil {
		s.elem = o.elem
	}
	if s.either == nil {
		s.either = o.either
	}
	s.rules = append(s.rules, o.rules...)
	for _, f := range o.fields {
		if have := s.field(f.name); have != nil {
			have.merge(f.shape)
			have.required = have.required || f.required
			have.optional = have.optional && f.optional
			continue
		}
		s.fields = append(s.fields, f)
	}
}

func (m *model) expr(x ast.Expr) *shape {
	switch x := x.(type) {
	case *ast.ParenExpr:
		return m.expr(x.X)
	case *ast.Ident:
		return m.ident(x)
	case *ast.BasicLit:
		return &shape{kind: literalKind(x), choices: []string{x.Value}}
	case *ast.StructLit:
		return m.structure(x.Elts)
	case *ast.ListLit:
		return m.list(x)
	case *ast.UnaryExpr:
		return m.unary(x)
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			out := m.expr(x.X)
			out.merge(m.expr(x.Y))
			return out
		}
		if x.Op == token.OR {
			return m.choice(alternatives(x))
		}
	case *ast.SelectorExpr:
		return &shape{rules: []*rule{{call: cueText(x)}}}
	case *ast.CallExpr:
		return m.call(x)
	}
	return new(shape)
}

func (m *model) ident(x *ast.Ident) *shape {
	switch x.Name {
	case "string":
		return &shape{kind: textKind}
	case "int":
		return &shape{kind: intKind}
	case "number", "float":
		return &shape{kind: numberKind}
	case "bool":
		return &shape{kind: boolKind}
	case "_":
		return new(shape)
	}
	if m.decls[x.Name] != nil {
		return m.definition(x.Name)
	}
	// A sibling: its value is the default.
	return &shape{defFrom: []string{x.Name}}
}

func (m *model) structure(decls []ast.Decl) *shape {
	out := &shape{kind: structKind}
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			out.merge(m.expr(d.Expr))
		case *ast.Ellipsis: // anything else, too
			out.merge(&shape{key: new(shape), pattern: new(shape)})
		case *ast.Comprehension:
			// What only some options make possible is described as optional.
			one := m.expr(d.Value)
			for _, f := range one.fields {
				f.optional, f.required = true, false
			}
			out.merge(one)
		case *ast.Field:
			if l, ok := d.Label.(*ast.ListLit); ok && len(l.Elts) == 1 {
				out.merge(&shape{key: m.expr(l.Elts[0]), pattern: m.expr(d.Value)})
				continue
			}
			name, ident, err := ast.LabelName(d.Label)
			if err != nil || (ident && strings.ContainsAny(name[:1], "_#")) {
				continue
			}
			f := &member{name, m.expr(d.Value)}
			if doc := comment(d); doc != "" {
				f.doc = doc
			}
			f.optional = d.Constraint == token.OPTION
			f.required = d.Constraint == token.NOT
			out.merge(&shape{fields: []*member{f}})
		}
	}
	return out
}

func (m *model) list(x *ast.ListLit) *shape {
	out := &shape{kind: listKind}
	for _, e := range x.Elts {
		if more, ok := e.(*ast.Ellipsis); ok && more.Type != nil {
			out.elem = m.expr(more.Type)
		}
	}
	return out
}

func (m *model) unary(x *ast.UnaryExpr) *shape {
	switch x.Op {
	case token.MUL: // a default that stands alone
		return m.choice([]ast.Expr{x})
	case token.SUB:
		return &shape{kind: numberKind, choices: []string{cueText(x)}}
	case token.MAT, token.NMAT:
		r := &rule{op: x.Op, pattern: func() string { return m.pattern(x.X) }}
		if id, ok := x.X.(*ast.Ident); ok {
			for _, f := range m.decls[id.Name] {
				r.noun = comment(f)
			}
		}
		return &shape{kind: textKind, rules: []*rule{r}}
	default:
		return &shape{kind: numberKind, rules: []*rule{{op: x.Op, operand: cueText(x.X)}}}
	}
}

// pattern returns the regular expression that x is.
func (m *model) pattern(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.BasicLit:
		if s, err := literal.Unquote(x.Value); err == nil {
			return s
		}
	case *ast.Ident:
		if fields := m.decls[x.Name]; len(fields) == 1 {
			if lit, ok := fields[0].Value.(*ast.BasicLit); ok {
				return m.pattern(lit)
			}
		}
		if s, err := m.texts().LookupPath(cue.MakePath(cue.Hid(x.Name, "_"))).String(); err == nil {
			return s
		}
	}
	panic("schema: not a regular expression: " + cueText(x))
}

// call reads a validator such as strings.MaxRunes(200).
func (m *model) call(x *ast.CallExpr) *shape {
	r := &rule{call: cueText(x.Fun)}
	if len(x.Args) == 1 {
		r.operand = cueText(x.Args[0])
	}
	return &shape{rules: []*rule{r}}
}

// choice reads "*8080 | #Port", "*"info" | "debug"" and the like.
func (m *model) choice(alts []ast.Expr) *shape {
	out := new(shape)
	var literals []ast.Expr
	var rest []*shape
	for _, a := range alts {
		u, marked := a.(*ast.UnaryExpr)
		if marked = marked && u.Op == token.MUL; marked {
			a = u.X
		}
		one := m.expr(a)
		if marked {
			out.defFrom = one.defFrom
			if len(one.choices) == 1 {
				out.def = one.choices[0]
			}
		}
		switch {
		case len(one.choices) == 1:
			literals = append(literals, a)
		case one.defFrom == nil:
			rest = append(rest, one)
		}
	}
	if len(rest) == 0 {
		for _, l := range literals {
			out.kind, out.choices = literalKind(l), append(out.choices, cueText(l))
		}
		return out
	}
	for _, l := range literals {
		// A default is mostly one of the other alternatives, too.
		if !slices.ContainsFunc(rest, func(s *shape) bool { return s.fit(l) == nil }) {
			rest = append(rest, m.expr(l))
		}
	}
	if len(rest) == 1 {
		out.merge(rest[0])
	} else {
		out.either = rest
	}
	return out
}

func alternatives(x ast.Expr) []ast.Expr {
	if p, ok := x.(*ast.ParenExpr); ok {
		return alternatives(p.X)
	}
	if b, ok := x.(*ast.BinaryExpr); ok && b.Op == token.OR {
		return append(alternatives(b.X), alternatives(b.Y)...)
	}
	return []ast.Expr{x}
}

func literalKind(x ast.Expr) kind {
	switch x := x.(type) {
	case *ast.BasicLit:
		switch x.Kind {
		case token.STRING:
			if strings.HasPrefix(strings.TrimLeft(x.Value, "#"), "'") {
				return bytesKind
			}
			return textKind
		case token.INT:
			return intKind
		case token.FLOAT:
			return numberKind
		case token.TRUE, token.FALSE:
			return boolKind
		case token.NULL:
			return nullKind
		default:
			return anyKind
		}
	case *ast.Interpolation:
		return textKind
	case *ast.StructLit:
		return structKind
	case *ast.ListLit:
		return listKind
	case *ast.ParenExpr:
		return literalKind(x.X)
	case *ast.UnaryExpr:
		if x.Op == token.SUB || x.Op == token.ADD {
			return literalKind(x.X)
		}
	}
	return anyKind
}

// comment returns the comment above a field, its lines joined.
func comment(f *ast.Field) string {
	for _, g := range ast.Comments(f) {
		if g.Doc {
			return strings.Join(strings.Fields(g.Text()), " ")
		}
	}
	return ""
}

// cueText returns an expression as CUE text on one line.
func cueText(x ast.Expr) string {
	b, err := format.Node(x)
	if err != nil {
		return ""
	}
	return strings.Join(strings.Fields(string(b)), " ")
}
