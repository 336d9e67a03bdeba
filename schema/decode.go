package schema

import (
	"slices"
	"strings"

	"cuelang.org/go/cue"
)

// decode reads the project out of an evaluated manifest. It is written by hand
// because reflection took longer than the whole rest for large manifests.
func decode(plan cue.Value) (*Project, error) {
	d := decoder{}
	p := &Project{
		Name:        d.text(plan, "name"),
		Module:      d.text(plan, "module"),
		Description: d.text(plan, "description"),
		CI:          CI{Schedule: d.text(plan.LookupPath(cue.ParsePath("ci")), "schedule")},
		Env:         d.env(phase(plan, "_env")),
		Components:  []Component{},
	}
	d.each(phase(plan, "_resolved"), func(name string, v cue.Value) {
		p.Components = append(p.Components, d.component(name, v))
	})
	slices.SortFunc(p.Components, func(a, b Component) int { return strings.Compare(a.Name, b.Name) })
	return p, d.err
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
		Options:  map[string]any{},
		Ports:    map[string]int{},
		Env:      d.env(v.LookupPath(cue.ParsePath("env"))),
		Variants: []string{},
	}
	d.each(v.LookupPath(cue.ParsePath("options")), func(option string, v cue.Value) {
		if option != "enabled" {
			c.Options[option] = d.any(v)
		}
	})
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
	case cue.NullKind:
		return nil
	default:
		f, err := v.Float64()
		d.fail(err)
		return f
	}
}
