package schema

import (
	"fmt"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// description is the schema made ready for explaining: its shapes, and what
// the components say of themselves when nobody has chosen anything.
type description struct {
	eval    *evaluator
	model   *model
	root    *shape
	entries cue.Value

	definitions []string // that values of a manifest have, sorted
	bounds      []bound
	references  []reference
}

// exampleName is that of the project which stands for any in descriptions.
const exampleName = "example"

func (s *Schema) describe() (*description, error) {
	e, err := s.evaluator()
	if err != nil {
		return nil, err
	}
	m, err := s.model(e)
	if err != nil {
		return nil, err
	}
	tree := &ast.File{Decls: []ast.Decl{&ast.Field{Label: ast.NewIdent("name"), Value: ast.NewString(exampleName)}}}
	plan, err := e.evaluate([]*ast.File{tree})
	if err != nil {
		return nil, fmt.Errorf("describe the schema: %w", err)
	}
	d := &description{
		eval: e, model: m, root: s.manifestShape(m), entries: phase(plan, "_entries"),
		definitions: m.names(), bounds: boundsIn(plan), references: referencesIn(plan),
	}
	return d, d.durations(plan)
}

// durations tells the shapes of durations their bounds. In the schema these
// are rules, since CUE does not order durations.
func (d *description) durations(plan cue.Value) error {
	var dec decoder
	tell := func(path []string, low, high string) {
		if sh := d.root.at(path); sh != nil {
			sh.noun = fmt.Sprintf("%s, from %s to %s", sh.noun, low, high)
		}
	}
	dec.each(phase(plan, "_durations"), func(_ string, v cue.Value) {
		tell(dec.strings(v.LookupPath(cue.ParsePath("at"))), dec.text(v, "min"), dec.text(v, "max"))
	})
	for _, b := range d.bounds {
		tell(b.path, b.low, b.high)
	}
	return dec.err
}
