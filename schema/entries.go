package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"github.com/hashicorp/go-multierror"
)

// checkEntries checks what can be seen in the syntax of the components' files,
// files[i] being that of names[i]: each registers itself and nothing else, and
// what they need of each other exists and has no ring. Requirements count
// whatever condition they stand under, since a ring that only some options
// close would break on exactly those projects.
// It returns the requirements of each, and what the parts among them join.
func checkEntries(names []string, files []*ast.File) (map[string][]Requirement, map[string][]string, error) {
	var errs *multierror.Error
	requirements, parts := map[string][]Requirement{}, map[string][]string{}
	brings := map[string][]string{} // whose activity that of another depends on
	required := map[string]bool{}
	for i, f := range files {
		name := names[i]
		entries := fieldsAt(f.Decls, "_registry")
		if got := slices.Sorted(maps.Keys(entries)); !slices.Equal(got, names[i:i+1]) {
			errs = multierror.Append(errs, fmt.Errorf("component %q registers %q instead of itself", name, got))
			continue
		}
		if slices.ContainsFunc(entries[name], func(d ast.Decl) bool { _, ok := d.(*ast.Comprehension); return ok }) {
			// What has no answer before the options are known would take all of the
			// entry with it, wherever the registry is read first.
			errs = multierror.Append(errs, fmt.Errorf("component %q has a condition around fields; write it inside of them, as in requires: {if … {…}}", name))
		}
		requirements[name] = requirementsOf(entries[name])
		for _, r := range requirements[name] {
			if !slices.Contains(names, r.Name) {
				errs = multierror.Append(errs, fmt.Errorf("component %q needs %q, which does not exist", name, r.Name))
				continue
			}
			required[r.Name] = true
			brings[name] = append(brings[name], r.Name)
		}
		if textAt(entries[name], "namespace") != "parts" {
			if !hasField(entries[name], "config") {
				errs = multierror.Append(errs, fmt.Errorf("component %q has no config", name))
			}
			continue
		}
		if len(fieldsAt(f.Decls, "#Components"))+len(fieldsAt(f.Decls, "#Services")) > 0 {
			errs = multierror.Append(errs, fmt.Errorf("part %q has options, which nobody could set", name))
		}
		parts[name] = textsAt(entries[name], "joins")
		for _, joined := range parts[name] {
			if !slices.Contains(names, joined) {
				errs = multierror.Append(errs, fmt.Errorf("part %q joins %q, which does not exist", name, joined))
				continue
			}
			brings[joined] = append(brings[joined], name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(parts)) {
		if len(parts[name]) == 0 && !required[name] {
			errs = multierror.Append(errs, fmt.Errorf("part %q joins nothing and nothing needs it", name))
		}
	}
	if ring := findRing(names, brings); ring != nil {
		errs = multierror.Append(errs, fmt.Errorf("components need each other in a ring: %s", strings.Join(ring, ", ")))
	}
	return requirements, parts, errs.ErrorOrNil()
}

func hasField(decls []ast.Decl, label string) bool {
	found := false
	eachField(decls, func(name string, _ ast.Expr) { found = found || name == label })
	return found
}

// textAt returns the text that a field among decls is, or "".
func textAt(decls []ast.Decl, label string) string {
	var out string
	eachField(decls, func(name string, value ast.Expr) {
		if lit, ok := value.(*ast.BasicLit); ok && name == label {
			out, _ = literal.Unquote(lit.Value)
		}
	})
	return out
}

// textsAt returns the texts in the list that a field among decls is.
func textsAt(decls []ast.Decl, label string) []string {
	out := []string{}
	eachField(decls, func(name string, value ast.Expr) {
		list, ok := value.(*ast.ListLit)
		if !ok || name != label {
			return
		}
		for _, e := range list.Elts {
			if lit, ok := e.(*ast.BasicLit); ok {
				if text, err := literal.Unquote(lit.Value); err == nil {
					out = append(out, text)
				}
			}
		}
	})
	return out
}

// fieldsAt returns the fields of the struct named label among decls, each with
// the declarations inside it, looking into conditions too.
func fieldsAt(decls []ast.Decl, label string) map[string][]ast.Decl {
	out := map[string][]ast.Decl{}
	eachField(decls, func(name string, value ast.Expr) {
		if name != label {
			return
		}
		eachField(structDecls(value), func(name string, value ast.Expr) {
			out[name] = append(out[name], structDecls(value)...)
		})
	})
	return out
}

func eachField(decls []ast.Decl, visit func(name string, value ast.Expr)) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.Field:
			if name, _, err := ast.LabelName(d.Label); err == nil {
				visit(name, d.Value)
			}
		case *ast.Comprehension:
			eachField(structDecls(d.Value), visit)
		}
	}
}

func structDecls(x ast.Expr) []ast.Decl {
	if lit, ok := x.(*ast.StructLit); ok {
		return lit.Elts
	}
	return nil
}

// findRing returns the names of a ring in the order of the needs, the first
// one again at the end, or nil.
func findRing(names []string, needs map[string][]string) []string {
	done := map[string]bool{}
	var path []string
	var visit func(string) []string
	visit = func(n string) []string {
		if i := slices.Index(path, n); i >= 0 {
			return append(slices.Clone(path[i:]), n)
		}
		if done[n] {
			return nil
		}
		path = append(path, n)
		for _, m := range needs[n] {
			if ring := visit(m); ring != nil {
				return ring
			}
		}
		path = path[:len(path)-1]
		done[n] = true
		return nil
	}
	for _, n := range names {
		if ring := visit(n); ring != nil {
			return ring
		}
	}
	return nil
}
