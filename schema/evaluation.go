package schema

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// evaluation reports what the evaluator found and takes it out of the text.
func (p *peeler) evaluation(g *errorGroup) {
	users := p.userPositions(g)
	said := g.path
	spots := p.ix.byPath[pathKey(g.path)]
	if len(spots) == 0 || derived(g.path) {
		spots = nil
		for _, pos := range users {
			if s := p.ix.at(pos); s != nil && !slices.Contains(spots, s) {
				spots = append(spots, s)
			}
		}
		// Nor is the path of an unknown name in a let one of the manifest's.
		if len(spots) > 0 && (derived(g.path) || p.root.at(g.path) == nil) && !g.has("field not allowed") {
			g.path = spots[0].path
		}
	}
	known := len(g.path) > 0 && p.seen[showPath(g.path)]

	switch {
	case g.has("imported and not used"):
		p.importError(users, true)
	case g.has("unreferenced alias or let clause"):
		// What was taken out may have been what used it.
		if p.round == 1 && len(spots) > 0 {
			p.wrongValue(g, spots, users)
		}
		for _, s := range spots {
			p.remove(s)
		}
	case g.has("builtin package"), g.has("import failed"), g.has("imported but not defined"):
		p.importError(users, false)
	case g.has("field not allowed") && len(spots) == 0:
		p.closed(g)
	case g.has("field not allowed"):
		if !known && len(g.path) > 0 && p.root.at(g.path[:len(g.path)-1]) != nil {
			p.misfitAt(spots, g.path, unknownField(p.root, g.path))
		}
		for _, s := range spots {
			p.remove(s)
		}
	case g.has("required but not present") && len(said) > 0 && !derived(said):
		if p.root.at(said) != nil {
			if !p.seen[showPath(said)] {
				p.missingField(said)
			}
		} else if p.root.at(said[:len(said)-1]) != nil { // required by the user
			p.misfitAt(spots, said, unknownField(p.root, said))
			for _, s := range spots {
				p.remove(s)
			}
		}
	case g.has("incomplete value"), g.has("non-concrete value"):
		if !known && len(spots) > 0 && !derived(g.path) {
			p.incomplete(g, spots)
		}
	default:
		if len(spots) == 0 {
			return // about the resolution: a mistake of the user's caused it
		}
		if !known {
			p.wrongValue(g, spots, users)
		}
		for _, s := range spots {
			p.blank(s)
		}
	}
}

// userPositions returns where in the user's files the errors point to.
func (p *peeler) userPositions(g *errorGroup) []token.Pos {
	var out []token.Pos
	for _, e := range g.errs {
		for _, pos := range errors.Positions(e) {
			if slices.ContainsFunc(p.files, func(f file) bool { return f.name == pos.Filename() }) && !slices.Contains(out, pos) {
				out = append(out, pos)
			}
		}
	}
	return out
}

// importError reports the import at one of the positions and takes it out.
func (p *peeler) importError(users []token.Pos, unused bool) {
	for _, pos := range users {
		for _, s := range p.ix.imports {
			if s.Pos() != pos && s.Path.Pos() != pos {
				continue
			}
			name := importName(s.ImportSpec)
			p.overwrite(s.from, s.to, "")
			if unused && p.round > 1 {
				continue // what was taken out may have been what used it
			}
			p.missing[name] = true
			d := at(s.Path.Pos(), CodeImport, s.Path.Value+" is imported, but not used")
			d.Hint = "delete the import"
			if !unused {
				d.Message = "CUE's standard library has no package " + s.Path.Value
				d.Hint = ""
				if near := closest(path.Base(strings.Trim(s.Path.Value, `"`)), standardLibrary); near != "" {
					d.Hint = fmt.Sprintf("did you mean %q?", near)
				}
			}
			p.report(d)
		}
	}
}

// standardLibrary is what a manifest may have use for in CUE's.
var standardLibrary = []string{
	"encoding/base64", "encoding/hex", "encoding/json", "encoding/yaml", "list", "math", "math/bits", "net", "path",
	"regexp", "strconv", "strings", "struct", "text/template", "time", "uuid",
}

// closed reports a struct that the user closed against what the schema adds.
func (p *peeler) closed(g *errorGroup) {
	if s := p.ix.nearest(g.path); s != nil && s.value != nil {
		d := at(s.pos(), CodeExpression, fmt.Sprintf("is closed, and the schema has a field %q there", g.path[len(g.path)-1]))
		d.Path, d.Hint = showPath(s.path), "a definition and close() let no other field in; a hidden field such as _defaults does"
		p.report(d)
		p.blank(s)
	}
}

// missingField reports a required field that nobody gave.
func (p *peeler) missingField(path []string) {
	pos := p.ix.first
	if s := p.ix.nearest(path[:len(path)-1]); s != nil {
		pos = s.label
	}
	d := at(pos, CodeMissing, "is missing")
	d.Path = showPath(path)
	if sh := p.root.at(path); sh != nil {
		d.Hint = fmt.Sprintf("add %s: %s", path[len(path)-1], cmp.Or(sh.example(), sh.words()))
	}
	p.seen[d.Path] = true
	p.diags = append(p.diags, d)
}

// incomplete reports a field that the user mentions without giving it a value.
func (p *peeler) incomplete(g *errorGroup, spots []*spot) {
	d := at(spots[0].pos(), CodeIncomplete, "has no definite value yet")
	d.Path = showPath(g.path)
	if sh := p.root.at(g.path); sh != nil {
		d.Hint = "give it " + sh.words()
	}
	p.report(d)
	p.seen[d.Path] = true
}

func (p *peeler) misfitAt(spots []*spot, path []string, m *misfit) {
	if len(spots) > 0 {
		p.misfit(spots[0], path, m)
		p.seen[showPath(path)] = true
	}
}

// wrongValue reports a value that is not what the schema or the user's other
// files want, or an expression that has no value.
func (p *peeler) wrongValue(g *errorGroup, spots []*spot, users []token.Pos) {
	var sh *shape
	if g.path != nil {
		sh = p.root.at(g.path)
	}
	own := p.ownValue(g)
	if sh != nil && own.IsConcrete() {
		if m := sh.fit(asLiteral(own)); m != nil {
			p.misfitAt(spots, g.path, m)
			return
		}
	}
	if err := own.Err(); err != nil && own.Exists() {
		// What the user's files alone cannot agree on says more than that it
		// does not fit the schema either.
		if alone := (&errorGroup{g.path, errors.Errors(err)}); alone.has("conflicting values") || alone.has("cannot use") {
			g = alone
		}
	}
	others := spots
	if len(spots) < 2 {
		others = distinct(p, users)
	}
	if len(others) > 1 && !g.says("mismatched types") && (g.has("conflicting values") || g.has("out of bound") || g.has("empty disjunction")) {
		d := at(others[len(others)-1].pos(), CodeConflict, "does not agree with what is said elsewhere")
		d.Path = showPath(g.path)
		d.Hint = "change one of the two"
		for _, o := range others[:len(others)-1] {
			d.Related = append(d.Related, related(o, "the other value"))
		}
		p.report(d)
		p.seen[d.Path] = true
		return
	}
	pos := spots[0].pos()
	if len(users) > 0 {
		pos = users[0]
	}
	m := p.expressionWords(g, spots)
	if m == nil {
		p.seen[showPath(g.path)] = true
		return
	}
	if sh != nil && m.message == "" {
		m.message = "must be " + sh.words()
	}
	d := at(pos, m.code, m.message)
	d.Path, d.Hint = showPath(g.path), m.hint
	p.report(d)
}

// distinct returns the places of the positions, those that are not inside each
// other.
func distinct(p *peeler, users []token.Pos) []*spot {
	var out []*spot
	for _, pos := range users {
		if s := p.ix.at(pos); s != nil && s.value != nil && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.SortFunc(out, func(a, b *spot) int { return a.label.Compare(b.label) })
	return out
}

// ownValue returns what the user's files alone say at the path.
func (p *peeler) ownValue(g *errorGroup) cue.Value {
	if len(g.path) == 0 {
		return cue.Value{}
	}
	return p.eval.own(g.path)
}

// asLiteral returns a value as somebody could have written it; structs and
// lists without what is in them.
func asLiteral(v cue.Value) ast.Expr {
	if v.Kind() == cue.StructKind {
		return &ast.StructLit{}
	}
	if v.Kind() == cue.ListKind {
		return &ast.ListLit{}
	}
	x, err := parser.ParseExpr("", fmt.Sprint(v))
	if err != nil {
		return &ast.BadExpr{}
	}
	return x
}
