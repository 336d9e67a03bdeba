package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/token"
)

// Explanation is all there is to say about one value or component.
type Explanation struct {
	Option
	// Value is the current one as CUE text. It is empty outside of a project
	// and in one with mistakes.
	Value string `json:"value,omitempty"`
	// From says where the value comes from: a position in the manifest, or
	// "default".
	From string `json:"from,omitempty"`
	// Project says that there is a manifest, and Broken that it has mistakes, so
	// that its values are not known.
	Project bool `json:"project"`
	Broken  bool `json:"broken,omitempty"`

	// Component is set if the path names a component or service.
	Component *Entry `json:"component,omitempty"`
	// Reasons say why the component is part of the project; empty if it is not.
	Reasons []PlacedReason `json:"reasons,omitempty"`
	// Fields are what can be set below the path.
	Fields []Option `json:"fields,omitempty"`
}

// PlacedReason is a reason with the place in the manifest that leads to it, if
// there is one.
type PlacedReason struct {
	Reason
	// Through leads from By to what the manifest mentions, if that is not By
	// itself: who brings it, who brings that, and so on.
	Through  []string `json:"through,omitempty"`
	Position string   `json:"position,omitempty"`
	// Joins are what a part is there for: all of them, each with its place.
	Joins []Join `json:"joins,omitempty"`
}

// Join is one of the components that a part belongs to.
type Join struct {
	Name     string `json:"name"`
	Position string `json:"position,omitempty"`
}

// Explain tells about a path of the manifest, such as
// "components.backend.port", a component or part by its name alone, or a
// definition, such as "#Duration", whose # may be left out. In a path, NAME
// stands for any key of a map. Explain takes the current values from the
// manifest in dir, if there is one.
func (s *Schema) Explain(dir, path string) (*Explanation, error) {
	d, err := s.describe()
	if err != nil {
		return nil, err
	}
	x := new(Explanation)
	if slices.Contains(d.definitions, "#"+strings.TrimPrefix(path, "#")) {
		name := "#" + strings.TrimPrefix(path, "#")
		sh := d.model.definition(name)
		x.Option, x.Fields = sh.option(name), options(sh, nil)
		return x, nil
	}
	parts := []string{"parts", path}
	if _, ok := s.parts[path]; !ok {
		if parts, err = s.resolvePath(d, path); err != nil {
			return nil, err
		}
		x.Option = d.root.at(parts).option(showPath(parts))
		x.Fields = options(d.root.at(parts), nil)
	}
	if len(parts) == 2 && d.entries.LookupPath(cue.MakePath(cue.Str(parts[1]))).Exists() {
		if x.Component, err = s.entry(d, parts[1]); err != nil {
			return nil, err
		}
	}
	files, diags := readDir(dir)
	if diags != nil {
		x.Broken = !slices.ContainsFunc(diags, func(d *Diagnostic) bool { return d.Message == noSuchFile })
		x.Project = x.Broken
		return x, nil
	}
	x.Project = true
	trees, diags := parse(files)
	if diags != nil || len(forbidden(trees)) > 0 {
		x.Broken = true
		return x, nil
	}
	return bounded(files[0].name, func() (*Explanation, error) {
		plan, err := d.eval.check(trees)
		if x.Broken = err != nil; x.Broken {
			return x, nil // validate says what is wrong
		}
		x.current(d.eval, plan, s.needs(plan, newIndex(trees)), parts)
		return x, nil
	})
}

// Paths returns all that Explain knows: components and parts by name, every
// path of the manifest, and the definitions.
func (s *Schema) Paths() ([]string, error) {
	d, err := s.describe()
	if err != nil {
		return nil, err
	}
	return slices.Concat(s.names, d.paths(), d.definitions), nil
}

// paths returns every path of the manifest, in the order of the schema.
func (d *description) paths() []string {
	var out []string
	for _, o := range options(d.root, nil) {
		for i := range o.Path {
			if o.Path[i] == '.' && !slices.Contains(out, o.Path[:i]) {
				out = append(out, o.Path[:i])
			}
		}
		out = append(out, o.Path)
	}
	return out
}

// resolvePath splits a path as people write it and checks that the manifest
// has it.
func (s *Schema) resolvePath(d *description, path string) ([]string, error) {
	parsed := cue.ParsePath(path)
	if parsed.Err() != nil || len(parsed.Selectors()) == 0 {
		return nil, fmt.Errorf("%q is not a path such as \"components.backend.port\"", path)
	}
	var parts []string
	for _, sel := range parsed.Selectors() {
		if sel.LabelType() != cue.StringLabel {
			return nil, fmt.Errorf("%q is not a path such as \"components.backend.port\"", path)
		}
		parts = append(parts, sel.Unquoted())
	}
	if slices.Contains(s.names, parts[0]) && d.root.field(parts[0]) == nil {
		var dec decoder
		namespace := dec.text(d.entries.LookupPath(cue.MakePath(cue.Str(parts[0]))), "namespace")
		parts = append([]string{namespace}, parts...)
	}
	for i := range parts {
		if d.root.at(parts[:i+1]) == nil {
			if i == 0 {
				return nil, fmt.Errorf("there is no component, option or code %q\nhint: %s", parts[0], s.like(d, parts[0]))
			}
			m := unknownField(d.root, parts[:i+1])
			return nil, fmt.Errorf("%s: %s\nhint: %s", path, m.message, m.hint)
		}
	}
	return parts, nil
}

// like proposes what was meant by a name that nothing has.
func (s *Schema) like(d *description, name string) string {
	codes := Codes()
	if strings.HasPrefix(strings.ToUpper(name), "AEG") {
		return fmt.Sprintf("the codes are among %s to %s; \"aegis validate --format json\" shows them", codes[0], codes[len(codes)-1])
	}
	known := slices.Concat(s.names, d.definitions)
	for _, f := range d.root.fields {
		known = append(known, f.name)
	}
	paths := d.paths()
	last := func(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }
	var same []string
	for _, p := range paths {
		if last(p) == name {
			same = append(same, p)
		}
	}
	if len(same) > 0 {
		return "there is " + strings.Join(same[:min(len(same), 5)], ", ")
	}
	if near := closest(name, known); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	for _, p := range paths {
		if closest(name, []string{last(p)}) != "" {
			return fmt.Sprintf("did you mean %q?", p)
		}
	}
	return "\"aegis list components\" shows what there is, \"aegis schema\" everything that a manifest may say"
}

// current adds what a project without mistakes says.
func (x *Explanation) current(e *evaluator, plan cue.Value, needs *needs, parts []string) {
	if c := x.Component; c != nil {
		x.Reasons = needs.reasonsOf(c.Name)
		if len(x.Reasons) > 0 {
			c.Requires = needs.settled(c.Name, c.Requires)
		}
	}
	if x.shape == nil {
		return // a part has no values
	}
	ix := needs.ix
	value := plan.LookupPath(fieldPath(parts))
	if len(parts) > 1 && (parts[0] == "components" || parts[0] == "services") {
		value = phase(plan, "_in").LookupPath(fieldPath(parts[1:]))
	}
	if def, ok := value.Default(); ok {
		value = def
	}
	if value.Exists() && value.IsConcrete() && x.shape.kind != structKind {
		x.Value = fmt.Sprint(value)
		x.From = "default"
		if ix.wrote(parts) {
			x.From = position(ix.byPath[pathKey(parts)][0].pos())
		} else if pos := e.computed(parts); pos.IsValid() {
			x.From = position(pos)
		}
	}
}

func position(p token.Pos) string {
	return fmt.Sprintf("%s:%d:%d", p.Filename(), p.Line(), p.Column())
}

// fieldPath returns a path of the manifest as the evaluator wants it.
func fieldPath(path []string) cue.Path {
	sels := make([]cue.Selector, len(path))
	for i, p := range path {
		sels[i] = cue.Str(p)
		if n, err := strconv.Atoi(p); err == nil {
			sels[i] = cue.Index(n)
		}
	}
	return cue.MakePath(sels...)
}
