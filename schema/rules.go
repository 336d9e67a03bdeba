package schema

import (
	"slices"

	"cuelang.org/go/cue"
)

// brokenRules reports the rules between several values that a manifest breaks.
// Its values must be right for themselves.
func brokenRules(plan cue.Value, index func() *syntaxIndex) []*Diagnostic {
	var diags []*Diagnostic
	var d decoder
	d.each(phase(plan, "_checks"), func(_ string, v cue.Value) {
		// A rule about a value that was taken out has no answer.
		if ok, err := v.LookupPath(cue.ParsePath("ok")).Bool(); err != nil || ok {
			return
		}
		diags = append(diags, brokenRule(v, index()))
	})
	return diags
}

func brokenRule(v cue.Value, ix *syntaxIndex) *Diagnostic {
	var d decoder
	paths := [][]string{d.strings(v.LookupPath(cue.ParsePath("at")))}
	it, err := v.LookupPath(cue.ParsePath("also")).List()
	for err == nil && it.Next() {
		paths = append(paths, d.strings(it.Value()))
	}
	// Of a clash with a default, the place to show is the one that was written.
	if i := slices.IndexFunc(paths, ix.wrote); i > 0 {
		paths[0], paths[i] = paths[i], paths[0]
	}
	diag := ix.diagnostic(paths[0], Code(d.text(v, "code")), d.text(v, "message"))
	diag.Hint = d.text(v, "hint")
	for _, path := range paths[1:] {
		if ix.wrote(path) {
			diag.Related = append(diag.Related, related(ix.byPath[pathKey(path)][0], showPath(path)))
		}
	}
	return diag
}
