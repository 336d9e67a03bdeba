package schema

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// spot is a place in the user's files that can hold a mistake: a field, a list
// element, or an expression that stands for several fields.
type spot struct {
	path  []string // nil if it is only known after evaluation
	name  string   // of the field or let, if it has one that can be referred to
	label token.Pos
	value ast.Expr // nil for an expression that stands for fields
	isLet bool
	end   token.Pos
}

// pos is where the value stands, or the whole if there is no single value.
func (s *spot) pos() token.Pos {
	if s.value != nil {
		return s.value.Pos()
	}
	return s.label
}

func (s *spot) covers(p token.Pos) bool {
	return s.label.Filename() == p.Filename() && s.label.Offset() <= p.Offset() && p.Offset() < max(s.end.Offset(), s.label.Offset()+1)
}

// syntaxIndex finds places in the user's files by path and by position.
type syntaxIndex struct {
	first  token.Pos // the beginning of aegis.cue
	spots  []*spot   // in source order: what contains another comes before it
	byPath map[string][]*spot

	imports []importSpot

	// computed returns where an expression stands that makes the value at a path
	// which nobody wrote out. Nil if that is not known.
	computed func(path []string) token.Pos
}

// importSpot is an import, and the text that goes with it.
type importSpot struct {
	*ast.ImportSpec
	from, to token.Pos
}

func newIndex(trees []*ast.File) *syntaxIndex {
	ix := &syntaxIndex{first: startOf(trees[0]), byPath: map[string][]*spot{}}
	for _, t := range trees {
		for _, d := range t.Decls {
			if d, ok := d.(*ast.ImportDecl); ok {
				ix.imports = append(ix.imports, importSpots(d)...)
			}
		}
		ix.decls(t.Decls, []string{})
	}
	return ix
}

// importSpots returns the imports of a declaration. One that stands without
// parentheses goes together with the keyword.
func importSpots(d *ast.ImportDecl) []importSpot {
	var out []importSpot
	for _, spec := range d.Specs {
		from := spec.Pos()
		if !d.Lparen.IsValid() {
			from = d.Import
		}
		out = append(out, importSpot{spec, from, spec.End()})
	}
	return out
}

// startOf returns where a file begins to say something.
func startOf(tree *ast.File) token.Pos {
	for _, d := range tree.Decls {
		if _, ok := d.(*ast.Package); !ok {
			return d.Pos()
		}
	}
	return tree.Pos()
}

// pathKey joins a path such that no two differ only by where a dot stands.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

// wrote says whether the user wrote something at exactly that path.
func (ix *syntaxIndex) wrote(path []string) bool { return len(ix.byPath[pathKey(path)]) > 0 }

// at returns the innermost place that covers p, or nil.
func (ix *syntaxIndex) at(p token.Pos) *spot {
	for _, s := range slices.Backward(ix.spots) {
		if s.covers(p) {
			return s
		}
	}
	return nil
}

// nearest returns the place of the longest part of path that the user wrote,
// or nil.
func (ix *syntaxIndex) nearest(path []string) *spot {
	for n := len(path); n > 0; n-- {
		if spots := ix.byPath[pathKey(path[:n])]; len(spots) > 0 {
			return spots[0]
		}
	}
	return nil
}

// closest is nearest for a place that a message names: of the manifest's
// sections alone nothing can be learnt, so that one is nil.
func (ix *syntaxIndex) closest(path []string) *spot {
	if s := ix.nearest(path); s != nil && (len(s.path) > 1 || len(path) == 1) {
		return s
	}
	return nil
}

func (ix *syntaxIndex) add(s *spot) {
	ix.spots = append(ix.spots, s)
	if s.path != nil && s.value != nil {
		ix.byPath[pathKey(s.path)] = append(ix.byPath[pathKey(s.path)], s)
	}
}

// decls indexes declarations below path, which is nil where it is unknown.
func (ix *syntaxIndex) decls(decls []ast.Decl, path []string) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			name, ident, _ := ast.LabelName(d.Label)
			if !ident {
				name = ""
			}
			ix.add(&spot{path: ix.below(d, path), name: name, label: d.Label.Pos(), value: d.Value, end: d.End()})
			ix.expr(d.Value, ix.below(d, path))
		case *ast.LetClause:
			ix.add(&spot{name: d.Ident.Name, label: d.Pos(), value: d.Expr, end: d.End(), isLet: true})
			ix.expr(d.Expr, nil)
		case *ast.Alias:
			ix.add(&spot{name: d.Ident.Name, label: d.Pos(), value: d.Expr, end: d.End()})
			ix.expr(d.Expr, nil)
		case *ast.EmbedDecl:
			ix.add(&spot{label: d.Pos(), end: d.End()})
			if _, ok := d.Expr.(*ast.ListLit); ok {
				path = nil // what is in it are no fields
			}
			ix.expr(d.Expr, path)
		case *ast.Comprehension:
			ix.add(&spot{label: d.Pos(), end: d.End()})
			ix.expr(d.Value, nil)
		}
	}
}

// below returns the path of a field below path; nil if it is not known, or not
// one of the manifest's: hidden fields and definitions are the user's own.
func (ix *syntaxIndex) below(f *ast.Field, path []string) []string {
	name, ident, err := ast.LabelName(f.Label)
	if err != nil || path == nil || f.Constraint != token.ILLEGAL || ident && strings.ContainsAny(name[:1], "_#") {
		return nil
	}
	return slices.Concat(path, []string{name})
}

func (ix *syntaxIndex) expr(x ast.Expr, path []string) {
	switch x := x.(type) {
	case *ast.StructLit:
		ix.decls(x.Elts, path)
	case *ast.Alias:
		ix.expr(x.Expr, path)
	case *ast.ParenExpr:
		ix.expr(x.X, path)
	case *ast.BinaryExpr:
		// Both sides of a & b speak of the same path; a | b may or may not.
		if x.Op != token.AND {
			path = nil
		}
		ix.expr(x.X, path)
		ix.expr(x.Y, path)
	case *ast.Comprehension:
		ix.expr(x.Value, nil)
	case *ast.ListLit:
		for i, e := range x.Elts {
			var below []string
			if path != nil {
				below = slices.Concat(path, []string{strconv.Itoa(i)})
			}
			if _, open := e.(*ast.Ellipsis); !open {
				ix.add(&spot{path: below, label: e.Pos(), value: e, end: e.End()})
				ix.expr(e, below)
			}
		}
	}
}

// diagnostic returns one about the value at path, placed at what the user
// wrote of it.
func (ix *syntaxIndex) diagnostic(path []string, code Code, message string) *Diagnostic {
	d := at(ix.place(path), code, message)
	d.Path = showPath(path)
	return d
}

func (ix *syntaxIndex) place(path []string) token.Pos {
	if spots := ix.byPath[pathKey(path)]; len(spots) > 0 {
		return spots[0].pos()
	}
	if ix.computed != nil {
		if pos := ix.computed(path); pos.IsValid() {
			return pos
		}
	}
	s := ix.nearest(path)
	if s == nil {
		return ix.first
	}
	if inside := declared(s.value, path[len(s.path):]); inside != nil {
		return inside.Pos()
	}
	return s.label
}

// declared returns what an expression says of a path in it, looking at optional
// fields and types of elements too, which are no values of the manifest. It is
// nil if the path leads nowhere.
func declared(x ast.Expr, path []string) ast.Expr {
	if len(path) == 0 {
		return x
	}
	var found ast.Expr
	switch x := x.(type) {
	case *ast.ParenExpr:
		return declared(x.X, path)
	case *ast.BinaryExpr:
		if found = declared(x.X, path); found == nil {
			found = declared(x.Y, path)
		}
	case *ast.ListLit:
		for _, e := range x.Elts {
			if more, ok := e.(*ast.Ellipsis); ok && more.Type != nil {
				found = declared(more.Type, path)
			}
		}
	case *ast.StructLit:
		for _, d := range x.Elts {
			if f, ok := d.(*ast.Field); ok && found == nil {
				if name, _, err := ast.LabelName(f.Label); err == nil && name == path[0] {
					found = declared(f.Value, path[1:])
				}
			}
		}
	}
	return found
}

// showPath writes a path as people do in CUE: dots between names, quotes
// around what is not a name.
func showPath(path []string) string {
	parts := make([]string, len(path))
	for i, p := range path {
		parts[i] = p
		if !ast.IsValidIdent(p) {
			if _, err := strconv.Atoi(p); err != nil {
				parts[i] = strconv.Quote(p)
			}
		}
	}
	return strings.Join(parts, ".")
}

// names returns what an expression in the user's files may refer to.
func (ix *syntaxIndex) names() []string {
	var out []string
	for _, s := range ix.spots {
		if s.name != "" {
			out = append(out, s.name)
		}
	}
	return out
}
