package schema

import (
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
)

// place is where a manifest may have a value of a definition that needs more
// than the evaluator: its path, with anyKey for the keys of maps and the
// elements of lists.
type place struct {
	path       []string
	definition string
}

// anyKey stands for any key of a map in a path.
const anyKey = "NAME"

// placed are the definitions that Go code has to look after. #Payload holds
// types instead of values; of the others there is something to check that CUE
// has no words for.
var placed = []string{"#Cron", "#Timezone", "#Payload"}

// findPlaces reads from the syntax of the schema where a manifest may have
// values of the placed definitions.
func findPlaces(files []*ast.File) []place {
	f := finder{decls: map[string][]ast.Expr{}, open: map[string]bool{}}
	for _, file := range files {
		for _, d := range file.Decls {
			if field, ok := d.(*ast.Field); ok {
				if name, _, err := ast.LabelName(field.Label); err == nil {
					f.decls[name] = append(f.decls[name], field.Value)
				}
			}
		}
	}
	for _, x := range f.decls["#Manifest"] {
		f.expr(x, nil)
	}
	return f.found
}

type finder struct {
	decls map[string][]ast.Expr // of the package, by name
	open  map[string]bool       // definitions being read, against rings
	found []place
}

func (f *finder) expr(x ast.Expr, path []string) {
	switch x := x.(type) {
	case *ast.Ident:
		if slices.Contains(placed, x.Name) {
			f.found = append(f.found, place{slices.Clone(path), x.Name})
			return
		}
		if !strings.HasPrefix(x.Name, "#") || f.open[x.Name] {
			return
		}
		f.open[x.Name] = true
		for _, decl := range f.decls[x.Name] {
			f.expr(decl, path)
		}
		delete(f.open, x.Name)
	case *ast.ParenExpr:
		f.expr(x.X, path)
	case *ast.UnaryExpr:
		f.expr(x.X, path)
	case *ast.BinaryExpr:
		f.expr(x.X, path)
		f.expr(x.Y, path)
	case *ast.ListLit:
		for _, e := range x.Elts {
			if more, ok := e.(*ast.Ellipsis); ok && more.Type != nil {
				f.expr(more.Type, slices.Concat(path, []string{anyKey}))
			}
		}
	case *ast.StructLit:
		f.structure(x.Elts, path)
	}
}

func (f *finder) structure(decls []ast.Decl, path []string) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl:
			f.expr(d.Expr, path)
		case *ast.Comprehension:
			f.expr(d.Value, path)
		case *ast.Field:
			name, ident, err := ast.LabelName(d.Label)
			switch _, isPattern := d.Label.(*ast.ListLit); {
			case isPattern:
				f.expr(d.Value, slices.Concat(path, []string{anyKey}))
			case err == nil && (!ident || !strings.ContainsAny(name[:1], "_#")):
				f.expr(d.Value, slices.Concat(path, []string{name}))
			}
		}
	}
}

// matches says whether a path of a manifest lies at a place or below it.
func (p place) matches(path []string) bool {
	if len(path) < len(p.path) {
		return false
	}
	for i, name := range p.path {
		if name != anyKey && name != path[i] {
			return false
		}
	}
	return true
}

// visit calls see with each value in tree that lies at a path, where anyKey
// stands for any key. Keys come in sorted order.
func visit(tree any, path []string, see func(path []string, value any)) {
	var walk func(tree any, rest, done []string)
	walk = func(tree any, rest, done []string) {
		if len(rest) == 0 {
			see(slices.Clone(done), tree)
			return
		}
		for _, e := range below(tree, rest[0]) {
			walk(e.value, rest[1:], append(done, e.key))
		}
	}
	walk(tree, path, nil)
}

type entry struct {
	key   string
	value any
}

// below returns the entries of a map or list that a name in a path stands for.
func below(tree any, name string) []entry {
	switch t := tree.(type) {
	case map[string]any:
		if name != anyKey {
			if v, ok := t[name]; ok {
				return []entry{{name, v}}
			}
			return nil
		}
		out := make([]entry, 0, len(t))
		for key, v := range t {
			out = append(out, entry{key, v})
		}
		slices.SortFunc(out, func(a, b entry) int { return strings.Compare(a.key, b.key) })
		return out
	case []any:
		if name != anyKey {
			return nil
		}
		out := make([]entry, len(t))
		for i, v := range t {
			out[i] = entry{strconv.Itoa(i), v}
		}
		return out
	default:
		return nil
	}
}
