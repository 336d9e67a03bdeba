package schema

import (
	"maps"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/literal"
)

// Entry describes one component or service that a manifest may choose, or a
// part that comes along with several.
type Entry struct {
	Name     string        `json:"name"`
	Kind     Kind          `json:"kind"`
	Always   bool          `json:"always"` // part of every project
	Summary  string        `json:"summary"`
	Inline   string        `json:"inline,omitempty"` // the option that NAME[VALUE] sets
	Options  []Option      `json:"options"`
	Requires []Requirement `json:"requires"`
	Joins    []string      `json:"joins,omitempty"`  // of a part: the components that bring it together
	Brings   []Brought     `json:"brings,omitempty"` // the parts that it brings with others
	Ports    []Port        `json:"ports"`
	Env      []Env         `json:"env"` // with the defaults of the default options
	// Leaves says what stays behind when it is removed, and how to get rid of it.
	Leaves string `json:"leaves,omitempty"`
}

// Option describes one value that a manifest may set.
type Option struct {
	Path     string `json:"path"` // in the component, or in the manifest
	Doc      string `json:"doc"`
	Allowed  string `json:"allowed"`           // in words: "a TCP port from 1 to 65535"
	Default  string `json:"default,omitempty"` // as CUE text, or "the value of name"
	Required bool   `json:"required,omitempty"`
	// Choices are the only values there are, as CUE text; nil if there are others.
	Choices []string `json:"choices,omitempty"`

	shape *shape
}

// Requirement is another component that an entry needs.
type Requirement struct {
	Name        string `json:"name"`
	Because     string `json:"because"`
	Conditional bool   `json:"conditional,omitempty"` // depends on the options
}

// Brought is a part that a component brings, together with others.
type Brought struct {
	Name    string   `json:"name"`
	With    []string `json:"with,omitempty"`
	Summary string   `json:"summary"`
}

// Port is where a component listens by default.
type Port struct {
	Use    string `json:"use"`
	Number int    `json:"number"`
	Option string `json:"option"` // that changes it
}

// Catalog returns all components, parts and services, in this order, each
// sorted by name.
func (s *Schema) Catalog() ([]Entry, error) {
	d, err := s.describe()
	if err != nil {
		return nil, err
	}
	var out []Entry
	for _, name := range s.names {
		e, err := s.entry(d, name)
		if err != nil {
			return nil, err
		}
		out = append(out, *e)
	}
	slices.SortStableFunc(out, func(a, b Entry) int { return strings.Compare(string(a.Kind), string(b.Kind)) })
	return out, nil
}

func (s *Schema) entry(d *description, name string) (*Entry, error) {
	var dec decoder
	v := d.entries.LookupPath(cue.MakePath(cue.Str(name)))
	namespace := dec.text(v, "namespace")
	e := &Entry{
		Name: name, Kind: kindOf(namespace), Summary: dec.text(v, "summary"),
		Always:   dec.flag(v, "always"),
		Leaves:   dec.text(v, "leaves"),
		Options:  []Option{},
		Requires: s.requirements[name],
		Joins:    s.parts[name],
		Ports:    []Port{},
	}
	// A default that follows from a required option has no value yet.
	unknown := decoder{lenient: true}
	e.Env = unknown.env(v.LookupPath(cue.ParsePath("env")))
	if inline := v.LookupPath(cue.ParsePath("inline")); inline.Exists() {
		e.Inline = dec.string(inline)
	}
	dec.each(v.LookupPath(cue.ParsePath("ports")), func(use string, v cue.Value) {
		n, err := v.LookupPath(cue.ParsePath("port")).Int64()
		dec.fail(err)
		e.Ports = append(e.Ports, Port{Use: use, Number: int(n), Option: dec.text(v, "option")})
	})
	slices.SortFunc(e.Ports, func(a, b Port) int { return strings.Compare(a.Use, b.Use) })
	for _, part := range slices.Sorted(maps.Keys(s.parts)) {
		if slices.Contains(s.parts[part], name) {
			with := slices.DeleteFunc(slices.Clone(s.parts[part]), func(j string) bool { return j == name })
			summary := dec.text(d.entries.LookupPath(cue.MakePath(cue.Str(part))), "summary")
			e.Brings = append(e.Brings, Brought{Name: part, With: with, Summary: summary})
		}
	}
	if sh := d.root.at([]string{namespace, name}); sh != nil {
		e.Options = options(sh, nil)
	}
	return e, dec.err
}

// options returns what can be set below a struct, in the order of the schema.
// In paths, NAME stands for a key that the user chooses.
func options(s *shape, path []string) []Option {
	out := []Option{}
	add := func(name string, sh *shape) {
		below := slices.Concat(path, []string{name})
		if sh.kind != structKind || len(sh.fields) == 0 || sh.pattern != nil {
			out = append(out, sh.option(showPath(below)))
		}
		if sh.kind == structKind {
			out = append(out, options(sh, below)...)
		}
	}
	for _, f := range s.fields {
		add(f.name, f.shape)
	}
	if s.pattern != nil && s.pattern.kind == structKind {
		add(anyKey, s.pattern)
	}
	return out
}

func (s *shape) option(path string) Option {
	return Option{Path: path, Doc: s.doc, Allowed: s.words(), Default: s.defaultWords(), Required: s.required, Choices: s.choices, shape: s}
}

func (s *shape) defaultWords() string {
	if s.defFrom != nil {
		return "the value of " + showPath(s.defFrom)
	}
	return s.def
}

// requirementsOf reads what a component says it needs out of its syntax, where
// those that depend on options stand under a condition.
func requirementsOf(entry []ast.Decl) []Requirement {
	out := []Requirement{}
	var walk func(decls []ast.Decl, inside, conditional bool)
	walk = func(decls []ast.Decl, inside, conditional bool) {
		for _, d := range decls {
			switch d := d.(type) {
			case *ast.Comprehension:
				walk(structDecls(d.Value), inside, true)
			case *ast.Field:
				name, _, err := ast.LabelName(d.Label)
				switch {
				case err != nil:
				case !inside && name == "requires":
					walk(structDecls(d.Value), true, conditional)
				case inside:
					because := ""
					if lit, ok := d.Value.(*ast.BasicLit); ok {
						because, _ = literal.Unquote(lit.Value)
					}
					out = append(out, Requirement{Name: name, Because: because, Conditional: conditional})
				}
			}
		}
	}
	walk(entry, false, false)
	slices.SortStableFunc(out, func(a, b Requirement) int { return strings.Compare(a.Name, b.Name) })
	return out
}

func kindOf(namespace string) Kind {
	switch namespace {
	case "services":
		return Service
	case "parts":
		return Part
	default:
		return Infrastructure
	}
}
