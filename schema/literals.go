package schema

import (
	"fmt"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
)

// literals reports what can be told from the text alone: unknown fields,
// literals that do not fit, fields with two literals. That is most mistakes,
// and finding them in one go saves an evaluation for each that hides another.
func (p *peeler) literals() {
	var out *spot // the last that was taken out
	for _, s := range p.ix.spots {
		if len(s.path) == 0 || s.value == nil || out != nil && out.covers(s.label) {
			continue
		}
		parent := p.root.at(s.path[:len(s.path)-1])
		if parent == nil {
			continue
		}
		sh := p.root.at(s.path)
		if sh == nil {
			if parent.kind == structKind && parent.elem == nil {
				p.misfit(s, s.path, unknownField(p.root, s.path))
				p.remove(s)
				out = s
			}
			continue
		}
		if m := sh.fit(s.value); m != nil {
			p.misfit(s, s.path, m)
			p.blank(s)
			out = s
		}
	}
	for _, s := range p.ix.spots {
		if s.path != nil && s.value != nil {
			p.disagreement(p.ix.byPath[pathKey(s.path)], s)
		}
	}
}

// disagreement reports s if an earlier place gives the same field another
// literal.
func (p *peeler) disagreement(same []*spot, s *spot) {
	first := same[0]
	if first == s || !scalar(first) || !scalar(s) || sameLiteral(first.value, s.value) {
		return
	}
	d := at(s.value.Pos(), CodeConflict, fmt.Sprintf("is %s here and %s elsewhere", cueText(s.value), cueText(first.value)))
	d.Path = showPath(s.path)
	d.Hint = "delete one of the two"
	d.Related = []Related{related(first, "the other value")}
	if !p.seen["conflict "+d.Path] {
		p.seen["conflict "+d.Path], p.seen[d.Path] = true, true
		p.diags = append(p.diags, d)
	}
	for _, s := range same {
		p.blank(s)
	}
}

// sameLiteral says whether two literals have the same value, however they are
// written: 8080 and 8_080, "a" and "\u0061".
func sameLiteral(a, b ast.Expr) bool {
	if literalKind(a) != literalKind(b) {
		return false
	}
	if x, ok := number(a); ok {
		y, ok := number(b)
		return ok && x.Cmp(y) == 0
	}
	x, y := cueText(a), cueText(b)
	if s, err := literal.Unquote(x); err == nil {
		t, err := literal.Unquote(y)
		return err == nil && s == t
	}
	return x == y
}

func scalar(s *spot) bool {
	switch literalKind(s.value) {
	case textKind, intKind, numberKind, boolKind, nullKind:
		return true
	default:
		return false
	}
}

func related(s *spot, message string) Related {
	pos := s.pos()
	return Related{File: pos.Filename(), Line: pos.Line(), Column: pos.Column(), Message: message}
}

// misfit reports m at s: an unknown field at its name, a wrong value at the
// value.
func (p *peeler) misfit(s *spot, path []string, m *misfit) {
	pos := s.label
	if !m.name && s.value != nil {
		pos = s.value.Pos()
	}
	d := at(pos, m.code, m.message)
	d.Path, d.Hint = showPath(path), m.hint
	p.report(d)
}

func placeKey(d *Diagnostic) string {
	return fmt.Sprintf("%s:%d:%d", d.File, d.Line, d.Column)
}
