package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"github.com/hashicorp/go-multierror"
)

// checkEntries checks what can be seen in the syntax of the components' files,
// files[i] being that of names[i]: each registers itself and nothing else, and
// what they need of each other exists and has no ring. Requirements count
// whatever condition they stand under, since a ring that only some options
// close would break on exactly those projects.
// It returns the requirements of each.
func checkEntries(names []string, files []*ast.File) (map[string][]Requirement, error) {
	var errs *multierror.Error
	requirements := map[string][]Requirement{}
	needs := map[string][]string{}
	for i, f := range files {
		entries := fieldsAt(f.Decls, "_registry")
		if got := slices.Sorted(maps.Keys(entries)); !slices.Equal(got, names[i:i+1]) {
			errs = multierror.Append(errs, fmt.Errorf("component %q registers %q instead of itself", names[i], got))
			continue
		}
		requirements[names[i]] = requirementsOf(entries[names[i]])
		for _, r := range requirements[names[i]] {
			if !slices.Contains(names, r.Name) {
				errs = multierror.Append(errs, fmt.Errorf("component %q needs %q, which does not exist", names[i], r.Name))
				continue
			}
			needs[names[i]] = append(needs[names[i]], r.Name)
		}
	}
	if ring := findRing(names, needs); ring != nil {
		errs = multierror.Append(errs, fmt.Errorf("components need each other in a ring: %s", strings.Join(ring, ", ")))
	}
	return requirements, errs.ErrorOrNil()
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
