// Package edit changes a manifest as a person would: it finds the place in the
// syntax tree and puts text in or takes it out there, so that every other byte
// stays as it is. Start with [Open], then [Manifest.Add] and [Manifest.Remove].
package edit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"

	"github.com/aegis-stack/aegis/schema"
)

// Manifest is the texts of a manifest while they are edited.
type Manifest struct {
	dir   string            // as messages show it, empty in memory
	names []string          // of the files, aegis.cue first
	texts map[string][]byte // by name
	dirty map[string]bool
}

// Open reads the manifest in dir: aegis.cue, and what else belongs to it.
func Open(dir string) (*Manifest, error) {
	info, err := os.Lstat(filepath.Join(dir, schema.ManifestName))
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a regular file\nhint: edit it by hand", filepath.Join(dir, schema.ManifestName))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	texts := map[string][]byte{}
	for _, e := range entries {
		if name := e.Name(); e.Type().IsRegular() && strings.HasSuffix(name, ".cue") && !strings.HasPrefix(name, ".") && !strings.HasPrefix(name, "_") &&
			!strings.HasSuffix(name, "_test.cue") && !strings.HasSuffix(name, "_tool.cue") {
			if texts[name], err = os.ReadFile(filepath.Join(dir, name)); err != nil {
				return nil, err
			}
		}
	}
	m, err := New(texts)
	if m != nil {
		m.dir = dir
	}
	return m, err
}

// New edits a manifest in memory: texts by file name, of which one is
// aegis.cue. The others count if they belong to its package.
func New(texts map[string][]byte) (*Manifest, error) {
	m := &Manifest{texts: map[string][]byte{}, dirty: map[string]bool{}}
	main, err := parse(schema.ManifestName, texts[schema.ManifestName])
	if err != nil {
		return nil, err
	}
	for name, text := range texts {
		if name != schema.ManifestName {
			f, err := parse(name, text)
			if err != nil || main.PackageName() == "" || f.PackageName() != main.PackageName() {
				continue
			}
			m.names = append(m.names, name)
		}
		m.texts[name] = text
	}
	slices.Sort(m.names)
	m.names = slices.Insert(m.names, 0, schema.ManifestName)
	return m, nil
}

// Texts returns all texts by name, as schema.LoadBytes takes them.
func (m *Manifest) Texts() map[string][]byte { return m.texts }

// Changed returns the texts that were edited.
func (m *Manifest) Changed() map[string][]byte {
	out := map[string][]byte{}
	for name := range m.dirty {
		out[name] = m.texts[name]
	}
	return out
}

// Add selects a component: it is mentioned, or switched on if it was mentioned
// and off, with the settings given. A setting that has another value already is
// an error.
func (m *Manifest) Add(kind schema.Kind, selection schema.Selection) error {
	path := []string{namespace(kind), selection.Name}
	places, err := m.find(path)
	if err != nil {
		return err
	}
	if len(places) == 0 {
		return m.insert(path, value(selection.Settings))
	}
	changed := false
	switches, err := m.find(append(slices.Clone(path), "enabled"))
	if err != nil {
		return err
	}
	for _, p := range switches {
		if lit, ok := p.field.Value.(*ast.BasicLit); ok && lit.Kind == token.FALSE {
			if err := m.splice(p.file, lit.Pos().Offset(), lit.End().Offset(), "true"); err != nil {
				return err
			}
			changed = true
		}
	}
	for _, s := range selection.Settings {
		full := slices.Concat(path, s.Path)
		there, err := m.find(full)
		if err != nil {
			return err
		}
		if len(there) == 0 {
			if err := m.insert(full, s.Value); err != nil {
				return err
			}
			changed = true
			continue
		}
		p := there[0]
		text := string(m.body(p.file)[p.field.Value.Pos().Offset():p.field.Value.End().Offset()])
		if text != s.Value {
			return fmt.Errorf("%s: %s is %s already, not %s\nhint: change it there", p, strings.Join(full, "."), text, s.Value)
		}
	}
	if !changed {
		return fmt.Errorf("%s: %q is part of the manifest already", places[0], selection.Name)
	}
	return nil
}

// Remove takes every mention of a component out, with the comment right above
// it. It reports whether there was any.
func (m *Manifest) Remove(kind schema.Kind, name string) (bool, error) {
	path := []string{namespace(kind), name}
	for removed := false; ; removed = true {
		places, err := m.find(path)
		if err != nil || len(places) == 0 {
			return removed, err
		}
		// One at a time: each moves what follows it.
		p := places[0]
		from, to := m.extent(p)
		if err := m.splice(p.file, from, to, ""); err != nil {
			return false, err
		}
	}
}

// Set gives a field at the top, such as "module", a text for its value: where it
// is written, everywhere if it is several times, else below the name.
func (m *Manifest) Set(field, text string) error {
	value := literal.String.Quote(text)
	places, err := m.find([]string{field})
	if err != nil {
		return err
	}
	if len(places) == 0 {
		if names, err := m.find([]string{"name"}); err == nil && len(names) > 0 {
			return m.behind(names[0], labels([]string{field})+value)
		}
		return m.insert([]string{field}, value)
	}
	for i := range places {
		// Anew each time: a splice moves what follows it.
		if places, err = m.find([]string{field}); err != nil {
			return err
		}
		x := places[i].field.Value
		if err := m.splice(places[i].file, x.Pos().Offset(), x.End().Offset(), value); err != nil {
			return err
		}
	}
	return nil
}

func namespace(kind schema.Kind) string {
	if kind == schema.Service {
		return "services"
	}
	return "components"
}

// place is a field in one of the files.
type place struct {
	file  string
	shown string // the file as messages show it
	field *ast.Field
	// victim is the outermost field that goes with it: in "a: b: c", all of it.
	victim *ast.Field
}

func (p place) String() string {
	pos := p.field.Pos()
	return fmt.Sprintf("%s:%d:%d", p.shown, pos.Line(), pos.Column())
}

var byteOrderMark = []byte("\ufeff")

// body is the text of a file without a byte order mark.
func (m *Manifest) body(file string) []byte { return bytes.TrimPrefix(m.texts[file], byteOrderMark) }

func parse(name string, text []byte) (*ast.File, error) {
	return parser.ParseFile(name, bytes.TrimPrefix(text, byteOrderMark), parser.ParseComments)
}

// find returns the fields at path, in the order of the files.
func (m *Manifest) find(path []string) ([]place, error) {
	var out []place
	for _, name := range m.names {
		f, err := parse(name, m.texts[name])
		if err != nil {
			return nil, err
		}
		walk(f.Decls, path, nil, func(field, victim *ast.Field) {
			out = append(out, place{name, filepath.ToSlash(filepath.Join(m.dir, name)), field, victim})
		})
	}
	return out, nil
}

// walk visits the fields at path below decls: a: b: c, a: {b: {c}}, and the two
// mixed. The outer field is the one that decls without braces belong to.
func walk(decls []ast.Decl, path []string, outer *ast.Field, visit func(field, victim *ast.Field)) {
	for _, d := range decls {
		switch d := d.(type) {
		case *ast.EmbedDecl: // schema.#Manifest & {...}
			for _, s := range structs(d.Expr) {
				walk(s.Elts, path, nil, visit)
			}
		case *ast.Field:
			if name, _, err := ast.LabelName(d.Label); err != nil || name != path[0] {
				continue
			}
			victim := d
			if outer != nil {
				victim = outer
			}
			if len(path) == 1 {
				visit(d, victim)
				continue
			}
			for _, s := range structs(d.Value) {
				if s.Lbrace.IsValid() {
					walk(s.Elts, path[1:], nil, visit)
				} else {
					walk(s.Elts, path[1:], victim, visit)
				}
			}
		}
	}
}

// structs returns the struct literals that an expression is made of.
func structs(x ast.Expr) []*ast.StructLit {
	switch x := x.(type) {
	case *ast.StructLit:
		return []*ast.StructLit{x}
	case *ast.BinaryExpr:
		if x.Op == token.AND {
			return append(structs(x.X), structs(x.Y)...)
		}
	case *ast.ParenExpr:
		return structs(x.X)
	}
	return nil
}

// splice replaces a part of a file, if what comes out can still be read.
func (m *Manifest) splice(file string, from, to int, text string) error {
	body := m.body(file)
	next := slices.Concat(body[:from], []byte(text), body[to:])
	if _, err := parse(file, next); err != nil {
		return fmt.Errorf("the edit would break %s: %w\nhint: edit it by hand", file, err)
	}
	if len(body) < len(m.texts[file]) {
		next = slices.Concat(byteOrderMark, next)
	}
	m.texts[file] = next
	m.dirty[file] = true
	return nil
}

// value writes settings as the value of a component.
func value(settings []schema.Setting) string {
	var parts []string
	for _, s := range settings {
		parts = append(parts, labels(s.Path)+s.Value)
	}
	if len(parts) == 1 {
		return parts[0]
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func labels(path []string) string {
	var b strings.Builder
	for _, name := range path {
		if !ast.IsValidIdent(name) {
			name = literal.Label.Quote(name)
		}
		b.WriteString(name + ": ")
	}
	return b.String()
}

// insert adds a field: into the struct with braces that is the nearest above
// it, else behind a field of the same beginning, else at the end of aegis.cue.
func (m *Manifest) insert(path []string, value string) error {
	for n := len(path) - 1; n > 0; n-- {
		places, err := m.find(path[:n])
		if err != nil {
			return err
		}
		for _, p := range places {
			for _, s := range structs(p.field.Value) {
				if s.Lbrace.IsValid() {
					return m.into(p.file, s, labels(path[n:])+value)
				}
			}
		}
		if len(places) == 0 {
			continue
		}
		p := places[len(places)-1]
		if len(structs(p.field.Value)) == 0 {
			return fmt.Errorf("%s: %s is not written out, so that nothing can be added to it\nhint: edit it by hand", p, strings.Join(path[:n], "."))
		}
		return m.behind(p, labels(path)+value)
	}
	f, err := parse(schema.ManifestName, m.texts[schema.ManifestName])
	if err != nil {
		return err
	}
	text := m.body(schema.ManifestName)
	return m.line(schema.ManifestName, belowAll(text, f.Decls, len(text)), labels(path)+value)
}

// belowAll is the offset of the line below declarations, above the comments
// that follow them: a comment there must not seem to belong to what is added.
func belowAll(body []byte, decls []ast.Decl, otherwise int) int {
	if len(decls) == 0 {
		return otherwise
	}
	return lineAfter(body, decls[len(decls)-1].End().Offset())
}

// line puts a line in front of the one that begins at offset.
func (m *Manifest) line(file string, at int, text string) error {
	body := m.body(file)
	if at > 0 && body[at-1] != '\n' {
		return m.splice(file, at, at, lineEnd(body)+text)
	}
	return m.splice(file, at, at, text+lineEnd(body))
}

func lineEnd(text []byte) string {
	if bytes.Contains(text, []byte("\r\n")) {
		return "\r\n"
	}
	return "\n"
}

// into adds a field at the end of a struct, written like what is there.
func (m *Manifest) into(file string, s *ast.StructLit, field string) error {
	body := m.body(file)
	end := s.Rbrace.Offset()
	if s.Lbrace.Line() != s.Rbrace.Line() {
		last := bytes.LastIndexByte(body[:end], '\n') + 1
		at := belowAll(body, s.Elts, lineAfter(body, s.Lbrace.Offset()))
		if len(bytes.TrimSpace(body[last:end])) == 0 && at <= last {
			return m.line(file, at, indent(body, s)+field)
		}
	}
	at := len(bytes.TrimRight(body[:end], " \t"))
	switch {
	case len(s.Elts) == 0:
	case body[at-1] == ',':
		field = " " + field
	default:
		field = ", " + field
	}
	return m.splice(file, at, at, field)
}

// behind adds a line behind that of a field, with the same indentation. A field
// that shares its line gets company there.
func (m *Manifest) behind(p place, field string) error {
	body := m.body(p.file)
	end := p.victim.End().Offset()
	from := bytes.LastIndexByte(body[:p.victim.Pos().Offset()], '\n') + 1
	margin := body[from:p.victim.Pos().Offset()]
	if len(bytes.TrimSpace(margin)) > 0 || !p.alone(body) {
		return m.splice(p.file, end, end, ", "+field)
	}
	return m.line(p.file, lineAfter(body, end), string(margin)+field)
}

// lineAfter is the offset of the line after the one that offset is on.
func lineAfter(body []byte, offset int) int {
	if n := bytes.IndexByte(body[offset:], '\n'); n >= 0 {
		return offset + n + 1
	}
	return len(body)
}

// alone tells whether nothing but a comment follows the victim on its line.
func (p place) alone(body []byte) bool {
	end := p.victim.End().Offset()
	rest := strings.TrimSpace(string(body[end:lineAfter(body, end)]))
	rest = strings.TrimSpace(strings.TrimPrefix(rest, ","))
	return rest == "" || strings.HasPrefix(rest, "//")
}

// indent is that of the struct's first field on a line of its own, or one tab
// more than the line which opens it.
func indent(body []byte, s *ast.StructLit) string {
	lead := func(offset int) string {
		from := bytes.LastIndexByte(body[:offset], '\n') + 1
		to := from
		for to < len(body) && (body[to] == ' ' || body[to] == '\t') {
			to++
		}
		return string(body[from:to])
	}
	for _, d := range s.Elts {
		if d.Pos().Line() > s.Lbrace.Line() {
			return lead(d.Pos().Offset())
		}
	}
	return lead(s.Lbrace.Offset()) + "\t"
}

// extent is what goes with a field: its lines and the comment right above, or
// a part of a line together with one comma.
func (m *Manifest) extent(p place) (from, to int) {
	body := m.body(p.file)
	from, to = p.victim.Pos().Offset(), p.victim.End().Offset()
	begin := bytes.LastIndexByte(body[:from], '\n') + 1
	if len(bytes.TrimSpace(body[begin:from])) > 0 || !p.alone(body) {
		after := to + len(body[to:]) - len(bytes.TrimLeft(body[to:], " \t"))
		if after < len(body) && body[after] == ',' {
			after++
			return from, after + len(body[after:]) - len(bytes.TrimLeft(body[after:], " \t"))
		}
		before := bytes.TrimRight(body[:from], " \t")
		if n := len(before); n > 0 && before[n-1] == ',' {
			from = n - 1
		}
		return from, to
	}
	for _, g := range ast.Comments(p.victim) {
		if g.Doc && g.Pos().IsValid() && g.Pos().Offset() < from {
			begin = bytes.LastIndexByte(body[:g.Pos().Offset()], '\n') + 1
		}
	}
	to = lineAfter(body, to)
	// Of two blank lines that would meet, one goes.
	if next := lineAfter(body, to); blankBefore(body, begin) && to < len(body) && len(bytes.TrimSpace(body[to:next])) == 0 {
		to = next
	}
	return begin, to
}

// blankBefore tells whether the line above the one that begins at offset is
// blank.
func blankBefore(body []byte, offset int) bool {
	if offset == 0 {
		return true
	}
	above := bytes.LastIndexByte(body[:offset-1], '\n') + 1
	return len(bytes.TrimSpace(body[above:offset])) == 0
}
