package schema

import (
	"bytes"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// maxRounds ends the search for further mistakes. Each round but the last
// finds one that the others hid; nobody mends more than a few of those at a
// time.
const maxRounds = 10

// peeler finds all the mistakes of a manifest. The evaluator hides some behind
// others: one wrong value keeps it from seeing unknown fields beside it and
// missing ones anywhere. So what is wrong is reported and then taken out of
// the text, which is evaluated again, until nothing new comes up.
type peeler struct {
	schema *Schema
	eval   *evaluator
	root   *shape
	files  []file // mistakes taken out, byte positions unchanged
	ix     *syntaxIndex

	diags   []*Diagnostic
	seen    map[string]bool // places and paths that are reported
	missing map[string]bool // names whose import is reported
	round   int
	edited  bool // in this round
}

// diagnose returns everything that is wrong with a manifest that is known to
// be: because of what it must not use, or because its evaluation gave err. The
// error it returns is the schema's fault.
func (s *Schema) diagnose(e *evaluator, files []file, trees []*ast.File, uses []forbiddenUse, plan cue.Value, err error) ([]*Diagnostic, error) {
	m, modelErr := s.model(e)
	if modelErr != nil {
		return nil, modelErr
	}
	p := &peeler{schema: s, eval: e, root: s.manifestShape(m), files: slices.Clone(files), ix: newIndex(trees), seen: map[string]bool{}, missing: map[string]bool{}}
	for i := range p.files {
		p.files[i].text = bytes.Clone(p.files[i].text)
	}
	for _, use := range uses {
		p.report(use.diag)
		p.overwrite(use.from, use.to, "")
		p.missing[use.name] = true
	}
	if p.edited {
		plan, err = p.again()
	}
	for p.round = 1; err != nil && p.round <= maxRounds; p.round++ {
		p.edited = false
		p.literals()
		// An evaluation that came to values repeats what the literals told. One
		// that did not has found something else, such as an unknown name.
		if !p.edited || !plan.Exists() {
			for _, g := range group(err) {
				p.evaluation(g)
			}
		}
		if !p.edited {
			break
		}
		plan, err = p.again()
	}
	if plan.Exists() {
		p.rules(plan)
	}
	if len(p.diags) == 0 && err != nil {
		p.unexplained(err)
	}
	return p.diags, nil
}

// again evaluates what is left of the manifest.
func (p *peeler) again() (cue.Value, error) {
	var trees []*ast.File
	for _, f := range p.files {
		tree, err := parser.ParseFile(f.name, f.text, parser.ParseComments)
		if err != nil {
			// What is taken out leaves valid text, except where a manifest is odd
			// enough to prove that wrong. Then there is an end to peeling.
			return cue.Value{}, nil //nolint:nilerr // reported is what was wrong before
		}
		trees = append(trees, tree)
	}
	p.ix = p.eval.index(trees)
	return p.eval.check(trees)
}

// rules reports broken rules about values that are not reported themselves.
func (p *peeler) rules(plan cue.Value) {
	m, err := p.schema.decode(plan, true)
	if err != nil {
		return // lenient: there is none
	}
	for _, d := range p.schema.brokenRules(plan, m, func() *syntaxIndex { return p.ix }) {
		switch {
		case p.seen[d.Path], p.doubtful(d):
		case d.Code == CodeMissing: // several may be missing at one place
			p.seen[d.Path] = true
			p.diags = append(p.diags, d)
		default:
			p.report(d)
		}
	}
}

// doubtful says whether a broken rule may follow from what is reported: one of
// the values it looked at is wrong, or a field beside them may be one of them
// misspelt.
func (p *peeler) doubtful(d *Diagnostic) bool {
	for i, path := range d.about {
		if p.seen[showPath(path)] {
			return true
		}
		if i == 0 && slices.ContainsFunc(p.diags, func(o *Diagnostic) bool {
			return o.Code == CodeUnknown && strings.HasPrefix(o.Path, d.Path+".") && !strings.Contains(o.Path[len(d.Path)+1:], ".")
		}) {
			return true
		}
	}
	return false
}

// unexplained reports an error that nothing else was made of, so that no
// manifest is refused without a word.
func (p *peeler) unexplained(err error) {
	pos := p.ix.first
	e := errors.Errors(err)[0]
	for _, g := range group(err) {
		if s := p.ix.nearest(g.path); s != nil {
			pos, e = s.pos(), g.errs[0]
			break
		}
	}
	format, args := e.Msg()
	d := at(pos, CodeExpression, "does not fit the schema: "+plainWords(format, args))
	if strings.Contains(e.Error(), "structural cycle") {
		d.Message, d.Hint = "a struct contains itself", "give it a value that does not refer back to it"
	}
	p.report(d)
}

// report adds a diagnostic, unless its place has one.
func (p *peeler) report(d *Diagnostic) {
	place := placeKey(d)
	if p.seen[place] {
		return
	}
	p.seen[place] = true
	if d.Path != "" {
		p.seen[d.Path] = true
	}
	p.diags = append(p.diags, d)
}

// blank replaces the value of s by one that fits everywhere, and what has no
// value by nothing.
func (p *peeler) blank(s *spot) {
	if s.value == nil {
		p.remove(s)
		return
	}
	p.overwrite(s.value.Pos(), s.value.End(), "_")
}

// remove takes a whole field out.
func (p *peeler) remove(s *spot) { p.overwrite(s.label, s.end, "{}") }

// overwrite puts text in the place of a piece of source, filled up with
// blanks so that everything else stays where it is.
func (p *peeler) overwrite(from, to token.Pos, text string) {
	i := slices.IndexFunc(p.files, func(f file) bool { return f.name == from.Filename() })
	if i < 0 {
		return
	}
	piece := p.files[i].text[from.Offset():to.Offset()]
	if len(piece) < len(text) || string(bytes.TrimSpace(piece)) == text {
		return // taken out before
	}
	for j, c := range piece {
		if c != '\n' && c != '\r' {
			piece[j] = ' '
		}
	}
	copy(piece, text)
	p.edited = true
}
