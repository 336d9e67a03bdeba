package schema

import (
	"fmt"
	"path"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/token"
)

// forbiddenUse is something that a manifest may not do, and the text that does
// it.
type forbiddenUse struct {
	diag     *Diagnostic
	from, to token.Pos
	name     string // what an import is called in the file
}

// forbidden finds what a manifest may not do: import anything but CUE's
// standard library and the schema, or ask for values from files, the command
// line or the environment.
func forbidden(trees []*ast.File) []forbiddenUse {
	var out []forbiddenUse
	for _, t := range trees {
		for _, d := range t.Decls {
			if d, ok := d.(*ast.ImportDecl); ok {
				out = append(out, forbiddenImports(d)...)
			}
		}
		ast.Walk(t, func(n ast.Node) bool {
			if a, ok := n.(*ast.Attribute); ok {
				if use := forbiddenAttribute(a); use != nil {
					out = append(out, *use)
				}
			}
			return true
		}, nil)
	}
	return out
}

func forbiddenImports(decl *ast.ImportDecl) []forbiddenUse {
	var out []forbiddenUse
	for _, imp := range importSpots(decl) {
		from, err := strconv.Unquote(imp.Path.Value)
		if err != nil || from == ImportPath {
			continue
		}
		if from == ImportPath+":schema" {
			// One package, one path: or else it would be compiled twice.
			imp.Path.Value = strconv.Quote(ImportPath)
			continue
		}
		if first, _, _ := strings.Cut(from, "/"); !strings.Contains(first, ".") {
			continue // CUE's own, or unknown: the evaluator knows
		}
		use := forbiddenUse{
			diag: at(imp.Path.Pos(), CodeImport, fmt.Sprintf("the package %q cannot be imported", from)),
			from: imp.from, to: imp.to, name: importName(imp.ImportSpec),
		}
		use.diag.Hint = fmt.Sprintf("a manifest may import CUE's standard library and %q; nothing is downloaded", ImportPath)
		out = append(out, use)
	}
	return out
}

// importName returns what an import is called in its file.
func importName(spec *ast.ImportSpec) string {
	if spec.Name != nil {
		return spec.Name.Name
	}
	from, err := strconv.Unquote(spec.Path.Value)
	if err != nil {
		return ""
	}
	if _, name, ok := strings.Cut(from, ":"); ok {
		return name
	}
	return path.Base(from)
}

func forbiddenAttribute(a *ast.Attribute) *forbiddenUse {
	name, _ := a.Split()
	var what string
	switch name {
	case "embed", "extern":
		what = "reads other files"
	case "tag", "if", "ignore":
		what = "depends on how the cue command is called"
	default:
		return nil
	}
	use := &forbiddenUse{diag: at(a.Pos(), CodeForbidden, fmt.Sprintf("@%s %s, which a manifest may not do", name, what)), from: a.Pos(), to: a.End()}
	use.diag.Hint = "write the value into the manifest"
	return use
}
