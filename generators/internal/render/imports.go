package render

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path"
	"strconv"
	"strings"

	"github.com/aegis-stack/aegis/generators"
)

// own begins every import path of Aegis itself.
const own = "github.com/aegis-stack/aegis/"

// Imports maps Aegis's own packages to those of the project.
type Imports struct {
	Module string // the project's module path
	Name   string // its name, that of its command
}

// path returns what the import path p is called in the project. A path that
// is not Aegis's stays; one of Aegis's that is not part of an application is an
// error.
func (m Imports) path(p string) (string, error) {
	if !strings.HasPrefix(p, own) {
		return p, nil
	}
	if rest, ok := strings.CutPrefix(p, generators.ComponentsPath); ok {
		component, within, _ := strings.Cut(rest, "/")
		if within == "src" || strings.HasPrefix(within, "src/") {
			return path.Join(m.Module, "internal", component, strings.TrimPrefix(within, "src")), nil
		}
	}
	if rest, ok := strings.CutPrefix(p, generators.KernelPath); ok && rest != "" {
		if command, ok := strings.CutPrefix(rest, "cmd/service"); ok && (command == "" || command[0] == '/') {
			return path.Join(m.Module, "cmd", m.Name, command), nil
		}
		return path.Join(m.Module, "internal", rest), nil
	}
	return "", fmt.Errorf("import %q is not part of an application", p)
}

// Rewrite returns the Go file src with Aegis's import paths replaced by the
// project's. Nothing else changes, except that imports in a group are sorted
// again as gofmt wants them, and that a name is dropped where it only said
// what the new path says: `worker ".../worker/src"`. The file name is for
// error messages.
func (m Imports) Rewrite(name string, src []byte) ([]byte, error) {
	if !bytes.Contains(src, []byte(own)) {
		return src, nil // most files of most packages: not worth a parser
	}
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, src, parser.ImportsOnly|parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	offset := func(p token.Pos) int { return files.PositionFor(p, false).Offset }

	var out []byte
	done := 0
	for _, decl := range file.Decls {
		imports, ok := decl.(*ast.GenDecl)
		if !ok {
			continue
		}
		edits, err := m.edits(files, src, imports)
		if err != nil {
			return nil, err
		}
		if len(edits) == 0 {
			continue
		}
		from, to := offset(imports.Pos()), offset(imports.End())
		var changed []byte
		at := from
		for _, e := range edits {
			changed = append(append(changed, src[at:e.from]...), e.text...)
			at = e.to
		}
		changed = append(changed, src[at:to]...)

		out = append(append(out, src[done:from]...), arrange(src[from:to], changed)...)
		done = to
	}
	if done == 0 {
		return src, nil
	}
	return append(out, src[done:]...), nil
}

// edit replaces src[from:to] by text.
type edit struct {
	from, to int
	text     string
}

// edits returns what has to change in one import declaration, in order.
func (m Imports) edits(files *token.FileSet, src []byte, imports *ast.GenDecl) ([]edit, error) {
	var edits []edit
	for _, s := range imports.Specs {
		spec, ok := s.(*ast.ImportSpec)
		if !ok {
			continue
		}
		before, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files.Position(spec.Pos()), err)
		}
		after, err := m.path(before)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", files.Position(spec.Path.Pos()), err)
		}
		if after == before {
			continue
		}
		// Offsets, not lines: a //line directive must not move them.
		e := edit{
			from: files.PositionFor(spec.Path.Pos(), false).Offset,
			to:   files.PositionFor(spec.Path.Pos(), false).Offset + len(spec.Path.Value),
			text: strconv.Quote(after),
		}
		if spec.Name != nil && strings.HasSuffix(before, "/src") && spec.Name.Name == path.Base(after) {
			start := files.PositionFor(spec.Name.Pos(), false).Offset
			between := src[start+len(spec.Name.Name) : e.from]
			if len(bytes.TrimSpace(between)) == 0 { // there may be a comment
				e.from = start
			}
		}
		edits = append(edits, e)
	}
	return edits, nil
}
