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

// wiring returns the fragment for the component in folder, read from the
// signature of its constructor,
//
//	func New(a *app.App, deps ...) (*Component, error)
//
// where each of deps is a *Component of another component's package, or an
// interface of its own that a chosen variant implements. That has a constructor
// too, which returns the interface instead of a *Component. A variadic one takes
// those of all chosen variants, which may be none. The fragment is nil if there
// is no func New in src: then there is nothing to construct.
func wiring(folder fs.FS, name string, variants []string) (map[string]any, error) {
	base, err := findConstructor(folder, name, "src")
	if err != nil || base == nil {
		return nil, err
	}
	if base.results() != "*Component" {
		return nil, base.problem(base.decl)
	}
	nodes := map[string]any{}
	makers := map[string][]string{} // interface to variants
	for _, v := range variants {
		variant, err := findConstructor(folder, name, path.Join("src", v))
		if err != nil {
			return nil, err
		}
		if variant == nil {
			continue
		}
		made, ok := strings.CutPrefix(variant.results(), ComponentsPath+name+"/src.")
		if !ok {
			return nil, variant.problem(variant.decl)
		}
		needs, err := variant.needs(nil)
		if err != nil {
			return nil, err
		}
		node := name + "/" + v
		makers[made] = append(makers[made], node)
		nodes[node] = map[string]any{"package": variant.file.Name.Name, "folder": path.Join("internal", name, v), "type": made, "needs": needs}
	}
	needs, err := base.needs(makers)
	if err != nil {
		return nil, err
	}
	nodes[name] = map[string]any{"package": base.file.Name.Name, "folder": path.Join("internal", name), "type": "Component", "needs": needs}
	return nodes, nil
}

// constructor is the func New of a package.
type constructor struct {
	files   *token.FileSet
	file    *ast.File
	decl    *ast.FuncDecl
	imports map[string]string // paths by name
}

// findConstructor returns the constructor in the Go package dir of folder, nil
// if it has none.
func findConstructor(folder fs.FS, name, dir string) (*constructor, error) {
	sources, err := fs.Glob(folder, dir+"/*.go")
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
		c := &constructor{files: token.NewFileSet()}
		c.file, err = parser.ParseFile(c.files, path.Join(name, source), text, parser.SkipObjectResolution)
		if err != nil {
			return nil, err
		}
		for _, decl := range c.file.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "New" {
				c.decl, c.imports = f, importNames(c.file)
				return c, nil
			}
		}
	}
	return nil, nil
}

// needs returns what the constructor takes beside the application, in order:
// components, and the variants that make the package's own interfaces.
func (c *constructor) needs(makers map[string][]string) ([]any, error) {
	var parameters []ast.Expr
	for _, field := range c.decl.Type.Params.List {
		for range max(1, len(field.Names)) {
			parameters = append(parameters, field.Type)
		}
	}
	if len(parameters) == 0 {
		return nil, c.problem(c.decl)
	}
	if c.typeName(parameters[0]) != "*"+KernelPath+"app.App" {
		return nil, c.problem(parameters[0])
	}
	needs := []any{}
	for _, parameter := range parameters[1:] {
		rest, variadic := parameter.(*ast.Ellipsis)
		if variadic {
			parameter = rest.Elt
		}
		typ := c.typeName(parameter)
		if component, ok := strings.CutPrefix(typ, "*"+ComponentsPath); ok && !variadic {
			component, ok = strings.CutSuffix(component, "/src.Component")
			if !ok {
				return nil, c.problem(parameter)
			}
			needs = append(needs, component)
			continue
		}
		if _, isName := parameter.(*ast.Ident); !isName || makers == nil || !ast.IsExported(typ) {
			return nil, c.problem(parameter)
		}
		made := makers[typ]
		switch {
		case len(made) == 0 && !variadic:
			return nil, fmt.Errorf("%s: no variant was chosen that makes the %s", c.at(parameter), typ)
		case len(made) > 1 && !variadic:
			return nil, fmt.Errorf("%s: %s all make a %s", c.at(parameter), strings.Join(made, ", "), typ)
		}
		for _, node := range made {
			needs = append(needs, node)
		}
	}
	return needs, nil
}

// results returns the name of the type that is returned along with an error;
// it is empty if anything else is returned.
func (c *constructor) results() string {
	results := c.decl.Type.Results
	if results == nil || len(results.List) != 2 || c.typeName(results.List[1].Type) != "error" {
		return ""
	}
	return c.typeName(results.List[0].Type)
}

// typeName returns "Name", "import/path.Name" or, with a star in front, a
// pointer to either. It is empty for all other types.
func (c *constructor) typeName(expr ast.Expr) string {
	switch x := expr.(type) {
	case *ast.Ident:
		return x.Name
	case *ast.SelectorExpr:
		if id, ok := x.X.(*ast.Ident); ok && c.imports[id.Name] != "" {
			return c.imports[id.Name] + "." + x.Sel.Name
		}
	case *ast.StarExpr:
		if name := c.typeName(x.X); name != "" {
			return "*" + name
		}
	}
	return ""
}

func (c *constructor) at(node ast.Node) token.Position { return c.files.Position(node.Pos()) }

func (c *constructor) problem(node ast.Node) error {
	return fmt.Errorf("%s: the constructor is not func New(a *app.App, deps ...*<component>.Component) (*Component, error)", c.at(node))
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
