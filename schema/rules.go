package schema

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// brokenRules reports the rules between several values that a manifest breaks.
// Its values must be right for themselves.
func (s *Schema) brokenRules(plan cue.Value, m *decoded, index func() *syntaxIndex) []*Diagnostic {
	var diags []*Diagnostic
	var d decoder
	var roles []string // of the manifest that the project does not have
	d.each(phase(plan, "_checks"), func(name string, v cue.Value) {
		// A rule about a value that was taken out has no answer.
		if ok, err := v.LookupPath(cue.ParsePath("ok")).Bool(); err != nil || ok {
			return
		}
		broken := brokenRule(v, index())
		if broken.Code == CodeNeeded {
			s.needs(plan, index()).switchedOff(broken, strings.Split(broken.Path, ".")[1])
		}
		diags = append(diags, broken)
		if role, ok := strings.CutPrefix(name, "role-"); ok {
			roles = append(roles, "deploy."+role+".")
		}
	})
	diags = slices.DeleteFunc(diags, func(d *Diagnostic) bool {
		return slices.ContainsFunc(roles, func(role string) bool { return strings.HasPrefix(d.Path, role) })
	})
	broken := s.violations(plan, m)
	wrong := map[string]bool{}
	for _, v := range broken {
		wrong[showPath(v.path)] = true
	}
	// A rule between values has no say where one of them is wrong by itself.
	diags = slices.DeleteFunc(diags, func(d *Diagnostic) bool {
		return slices.ContainsFunc(d.about, func(path []string) bool { return wrong[showPath(path)] })
	})
	for _, v := range broken {
		diags = append(diags, v.diagnostic(index()))
	}
	return diags
}

func (v *violation) diagnostic(ix *syntaxIndex) *Diagnostic {
	d := ix.diagnostic(v.path, v.code, v.message)
	d.Hint = v.hint
	for _, path := range v.also {
		if s := ix.closest(path); s != nil {
			d.Related = append(d.Related, related(s, showPath(s.path)))
		}
	}
	return d
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
	diag.Hint, diag.about = d.text(v, "hint"), paths
	for _, path := range paths[1:] {
		s := ix.closest(path)
		if s != nil && !partOf(s.path, paths[0]) && !slices.ContainsFunc(diag.Related, func(r Related) bool { return r.Message == showPath(s.path) }) {
			diag.Related = append(diag.Related, related(s, showPath(s.path)))
		}
	}
	return diag
}

// partOf says whether path begins with prefix.
func partOf(prefix, path []string) bool {
	return len(prefix) <= len(path) && slices.Equal(prefix, path[:len(prefix)])
}
