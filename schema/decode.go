package schema

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// decoded is what was read out of an evaluated manifest.
type decoded struct {
	project *Project

	// tree holds the values that rules in Go look at, by their paths in the
	// manifest.
	tree map[string]any

	types    map[string]Type // of payloads, by the path in the manifest
	problems []typeProblem
}

// decode reads the project out of an evaluated manifest. It is written by hand
// because reflection took longer than the whole rest for large manifests.
func (s *Schema) decode(plan cue.Value, lenient bool) (*decoded, error) {
	d := decoder{lenient: lenient}
	p := &Project{
		Name:        d.text(plan, "name"),
		Module:      d.text(plan, "module"),
		Description: d.text(plan, "description"),
		CI:          CI{Schedule: d.text(plan.LookupPath(cue.ParsePath("ci")), "schedule")},
		Deploy:      []Role{},
		Env:         d.env(phase(plan, "_env")),
		Components:  []Component{},
	}
	components, services := map[string]any{}, map[string]any{}
	m := &decoded{project: p, types: map[string]Type{}, tree: map[string]any{
		"ci": map[string]any{"schedule": p.CI.Schedule}, "components": components, "services": services,
	}}
	d.each(phase(plan, "_resolved"), func(name string, v cue.Value) {
		c := d.component(name, v)
		namespace := d.text(v, "namespace")
		o := optionReader{decoder: &d, types: map[string]Type{}}
		c.Options = o.read(v.LookupPath(cue.ParsePath("options")), []string{namespace, name}, s.payloadsOf(namespace, name))
		for path, t := range o.types {
			m.types[path] = t
			if c.Payloads == nil {
				c.Payloads = map[string]Type{}
			}
			c.Payloads[showPath(strings.Split(path, "\x00")[2:])] = t
		}
		m.problems = append(m.problems, o.problems...)
		switch c.Kind {
		case Service:
			services[name] = c.Options
		case Infrastructure:
			components[name] = c.Options
		case Part:
		}
		p.Components = append(p.Components, c)
	})
	slices.SortFunc(p.Components, func(a, b Component) int { return strings.Compare(a.Name, b.Name) })
	d.each(phase(plan, "_roles"), func(name string, v cue.Value) {
		if name == "web" || p.Component(name) != nil {
			p.Deploy = append(p.Deploy, d.role(name, v))
		}
	})
	for file, path := range map[string]string{"": "services", "dev": "development.services", "prod": "production.services"} {
		path = "deploy.compose." + path
		if v := plan.LookupPath(cue.ParsePath(path)); v.Exists() {
			if services, _ := d.any(v).(map[string]any); len(services) > 0 {
				p.Compose = append(p.Compose, ComposeServices{file, strings.Split(path, "."), services})
			}
		}
	}
	slices.SortFunc(p.Compose, func(a, b ComposeServices) int { return strings.Compare(a.File, b.File) })
	slices.SortFunc(p.Deploy, func(a, b Role) int { return strings.Compare(a.Name, b.Name) })
	return m, d.err
}

// payloadsOf returns the paths of the payload types in the options of a
// component.
func (s *Schema) payloadsOf(namespace, name string) [][]string {
	var out [][]string
	for _, p := range s.places {
		if p.definition == "#Payload" && len(p.path) > 2 && p.path[0] == namespace && p.path[1] == name {
			out = append(out, p.path[2:])
		}
	}
	return out
}

// optionReader reads options, among which there may be types of payloads.
type optionReader struct {
	*decoder
	typeReader
	types map[string]Type // by the path in the manifest
}

// read returns a struct of options. payloads are the paths in it that hold
// types.
func (o *optionReader) read(v cue.Value, path []string, payloads [][]string) map[string]any {
	out := map[string]any{}
	o.each(v, func(name string, v cue.Value) {
		if name == "enabled" && len(path) == 2 {
			return
		}
		below := slices.Concat(path, []string{name})
		var inside [][]string
		for _, p := range payloads {
			if p[0] != name && p[0] != anyKey {
				continue
			}
			if len(p) == 1 {
				o.types[pathKey(below)] = o.object(v, below)
				return
			}
			inside = append(inside, p[1:])
		}
		if len(inside) > 0 && v.IncompleteKind() == cue.StructKind {
			out[name] = o.read(v, below, inside)
			return
		}
		out[name] = o.any(v)
	})
	return out
}

// decoder keeps the first error, so that what reads fields need not look at
// every one.
type decoder struct {
	err     error
	lenient bool // what cannot be read is empty
}

func (d *decoder) fail(err error) {
	if d.err == nil && !d.lenient {
		d.err = err
	}
}

func (d *decoder) component(name string, v cue.Value) Component {
	c := Component{
		Name:     name,
		Summary:  d.text(v, "summary"),
		Kind:     kindOf(d.text(v, "namespace")),
		Ports:    map[string]int{},
		Env:      d.env(v.LookupPath(cue.ParsePath("env"))),
		Variants: []string{},
	}
	d.each(v.LookupPath(cue.ParsePath("reasons")), func(by string, v cue.Value) {
		c.Reasons = append(c.Reasons, Reason{By: by, Because: d.string(v)})
	})
	slices.SortFunc(c.Reasons, func(a, b Reason) int { return strings.Compare(a.By, b.By) })
	d.each(v.LookupPath(cue.ParsePath("ports")), func(use string, v cue.Value) {
		n, err := v.Int64()
		d.fail(err)
		c.Ports[use] = int(n)
	})
	c.Variants = append(c.Variants, d.strings(v.LookupPath(cue.ParsePath("variants")))...)
	slices.Sort(c.Variants)
	return c
}

func (d *decoder) role(name string, v cue.Value) Role {
	r := Role{Name: name}
	n, err := v.LookupPath(cue.ParsePath("replicas")).Int64()
	d.fail(err)
	r.Replicas = int(n)
	if cpus := v.LookupPath(cue.ParsePath("cpus")); cpus.Exists() {
		r.CPUs, err = cpus.Float64()
		d.fail(err)
	}
	if memory := v.LookupPath(cue.ParsePath("memory")); memory.Exists() {
		r.Memory = d.string(memory)
	}
	return r
}

func (d *decoder) env(v cue.Value) []Env {
	out := []Env{}
	d.each(v, func(name string, v cue.Value) {
		out = append(out, Env{Name: name, Default: d.text(v, "default"), Doc: d.text(v, "doc"), Secret: d.flag(v, "secret")})
	})
	slices.SortFunc(out, func(a, b Env) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// phase returns a field of the resolution, which the schema hides from
// manifests.
func phase(plan cue.Value, name string) cue.Value {
	return plan.LookupPath(cue.MakePath(cue.Hid(name, ImportPath)))
}

func (d *decoder) each(v cue.Value, visit func(string, cue.Value)) {
	it, err := v.Fields()
	d.fail(err)
	for err == nil && it.Next() {
		visit(it.Selector().Unquoted(), it.Value())
	}
}

func (d *decoder) text(v cue.Value, field string) string {
	return d.string(v.LookupPath(cue.MakePath(cue.Str(field))))
}

func (d *decoder) flag(v cue.Value, field string) bool {
	b, err := v.LookupPath(cue.MakePath(cue.Str(field))).Bool()
	d.fail(err)
	return b
}

func (d *decoder) string(v cue.Value) string {
	s, err := v.String()
	d.fail(err)
	return s
}

func (d *decoder) strings(v cue.Value) []string {
	var out []string
	it, err := v.List()
	d.fail(err)
	for err == nil && it.Next() {
		out = append(out, d.string(it.Value()))
	}
	return out
}

// any turns v into a tree of map[string]any, []any, string, int, float64 and
// bool.
func (d *decoder) any(v cue.Value) any {
	// A default counts once nobody chose otherwise.
	if def, ok := v.Default(); ok {
		v = def
	}
	switch v.Kind() {
	case cue.StructKind:
		m := map[string]any{}
		d.each(v, func(name string, v cue.Value) { m[name] = d.any(v) })
		return m
	case cue.ListKind:
		l := []any{}
		it, err := v.List()
		d.fail(err)
		for err == nil && it.Next() {
			l = append(l, d.any(it.Value()))
		}
		return l
	case cue.StringKind:
		return d.string(v)
	case cue.IntKind:
		n, err := v.Int64()
		d.fail(err)
		return int(n)
	case cue.BoolKind:
		b, err := v.Bool()
		d.fail(err)
		return b
	case cue.NullKind, cue.BottomKind:
		d.fail(v.Err())
		return nil
	default:
		f, err := v.Float64()
		d.fail(err)
		return f
	}
}
