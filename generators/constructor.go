package generators

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Where Aegis's own packages lie. They are emitted below the project's
// internal folder.
const (
	ComponentsPath = "github.com/aegis-stack/aegis/generators/"         // <component>/src follows
	KernelPath     = "github.com/aegis-stack/aegis/blueprints/service/" // <package> follows
)

// constructor returns the wiring of the component in folder, read from the
// signature of its constructor,
//
//	func New(a *app.App, deps ...) (*Component, error)
//
// where each of deps is a *Component of another component's package. It is nil
// if the folder has no func New: then there is nothing to construct.
func constructor(folder fs.FS, name string) (map[string]any, error) {
	sources, err := fs.Glob(folder, "src/*.go")
	if err != nil {
		return nil, err
	}
	for _, source := range sources {
		if strings.HasSuffix(source, "_test.go") {
			continue
		}
		text, err := fs.ReadFile(folder, source)
		if err != nil {
			return nil, err
		}
		// Parsing costs a hundred times this look, and one file is enough.
		if !bytes.Contains(text, []byte("\nfunc New(")) {
			continue
		}
		files := token.NewFileSet()
		file, err := parser.ParseFile(files, path.Join(name, source), text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "New" {
				needs, err := dependencies(files, file, f)
				if err != nil {
					return nil, err
				}
				return map[string]any{name: map[string]any{
					"package": file.Name.Name,
					"folder":  "internal/" + name,
					"needs":   needs,
				}}, nil
			}
		}
	}
	return nil, nil
}

// dependencies returns the components that f takes beside the application, in
// order.
func dependencies(files *token.FileSet, file *ast.File, f *ast.FuncDecl) ([]any, error) {
	imports := importNames(file)
	fail := func(at ast.Node) error {
		return fmt.Errorf("%s: the constructor is not func New(a *app.App, deps ...*<component>.Component) (*Component, error)",
			files.Position(at.Pos()))
	}
	var parameters []ast.Expr
	for _, field := range f.Type.Params.List {
		for range max(1, len(field.Names)) {
			parameters = append(parameters, field.Type)
		}
	}
	if len(parameters) == 0 {
		return nil, fail(f)
	}
	if pkg, typ := pointee(parameters[0]); typ != "App" || imports[pkg] != KernelPath+"app" {
		return nil, fail(parameters[0])
	}
	needs := []any{}
	for _, parameter := range parameters[1:] {
		pkg, typ := pointee(parameter)
		component, ok := strings.CutPrefix(imports[pkg], ComponentsPath)
		component, src := strings.CutSuffix(component, "/src")
		if !ok || !src || typ != "Component" {
			return nil, fail(parameter)
		}
		needs = append(needs, component)
	}
	if !returnsComponent(f.Type.Results) {
		return nil, fail(f)
	}
	return needs, nil
}

// returnsComponent tells whether results is (*Component, error).
func returnsComponent(results *ast.FieldList) bool {
	if results == nil || len(results.List) != 2 {
		return false
	}
	pkg, typ := pointee(results.List[0].Type)
	failure, ok := results.List[1].Type.(*ast.Ident)
	return pkg == "" && typ == "Component" && ok && failure.Name == "error"
}

// pointee takes *typ or *pkg.typ apart; both are empty for anything else.
func pointee(expr ast.Expr) (pkg, typ string) {
	star, ok := expr.(*ast.StarExpr)
	if !ok {
		return "", ""
	}
	switch x := star.X.(type) {
	case *ast.Ident:
		return "", x.Name
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok {
			return id.Name, x.Sel.Name
		}
	}
	return "", ""
}

// importNames returns the paths that file imports by the names that it calls
// them. A component's package is named like its folder, not like src.
func importNames(file *ast.File) map[string]string {
	names := make(map[string]string, len(file.Imports))
	for _, spec := range file.Imports {
		importPath, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue // the compiler has accepted it, so this is no import of ours
		}
		name := path.Base(strings.TrimSuffix(importPath, "/src"))
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = importPath
	}
	return names
}
