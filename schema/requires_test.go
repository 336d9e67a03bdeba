package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// conditional are components whose requirements depend on options and on each
// other, written in each of the ways that there are, and in an order of names
// that is not the one of the needs. Labels that are computed into the very
// struct that is asked can get lost without a word, so what comes along is
// compared with what plain Go says, for each combination of options.
//
//	f -(on)-> c -(kind x)-> e
//	f ------> a -(kind x)-> d, -(kind y)-> e
//	b -(kind y and on)-> f
//	part g joins d and e, needs h; h needs a only if on
var conditional = []schema.Source{
	conditionalSource("a", `requires: {
		if in.kind == "x" {d: "a is x"}
		if in.kind == "y" {e: "a is y"}
	}`),
	conditionalSource("b", `requires: {if in.kind == "y" if in.on {f: "b is y and on"}}`),
	conditionalSource("c", `requires: {if in.kind == "x" {"e": "c is x"}}`),
	conditionalSource("d", ``),
	conditionalSource("e", ``),
	conditionalSource("f", `requires: {a: "f needs a", if in.on {c: "f is on"}}`),
	{Name: "g", CUE: []byte("package schema\n_registry: g: {namespace: \"parts\", summary: \"g\", joins: [\"d\", \"e\"], with: _, requires: h: \"with d \\(with.d.kind) and e \\(with.e.kind)\"}\n")},
	{Name: "h", CUE: []byte("package schema\n_registry: h: {namespace: \"parts\", summary: \"h\", with: e: _, variants: [with.e.kind]}\n")},
}

func conditionalSource(name, requires string) schema.Source {
	upper := strings.ToUpper(name)
	return schema.Source{Name: name, CUE: []byte(fmt.Sprintf(`package schema
#Components: %[1]s?: #%[2]s
#%[2]s: {#Component, kind: *"none" | "x" | "y", on: bool | *false}
_registry: %[1]s: {
	summary: "%[1]s", config: #%[2]s, in: _
	%[3]s
}
`, name, upper, requires))}
}

type choice struct {
	kind string
	on   bool
}

// needed is what conditional says, in Go: who is there, and because of whom.
func needed(m map[string]choice) map[string][]string {
	got := map[string][]string{}
	var add func(name, by string)
	need := func(name string) {
		o := m[name]
		switch name {
		case "a":
			if o.kind == "x" {
				add("d", "a")
			}
			if o.kind == "y" {
				add("e", "a")
			}
		case "b":
			if o.kind == "y" && o.on {
				add("f", "b")
			}
		case "c":
			if o.kind == "x" {
				add("e", "c")
			}
		case "f":
			add("a", "f")
			if o.on {
				add("c", "f")
			}
		case "g":
			add("h", "g")
		}
	}
	add = func(name, by string) {
		_, there := got[name]
		got[name] = append(got[name], by)
		if !there {
			need(name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		add(name, "aegis.cue")
	}
	if got["d"] != nil && got["e"] != nil {
		add("g", "aegis")
	}
	return got
}

func TestRequirementsUnderConditions(t *testing.T) {
	s := newSchema(t, conditional)
	choices := []*choice{nil, {"none", false}, {"x", false}, {"y", true}}
	names := []string{"a", "b", "c", "d", "f"}
	// Every fifth: each choice of a component meets each of every other.
	for n := 0; n < 4*4*4*2*3; n += 5 {
		m := map[string]choice{}
		manifest := "name: \"shop\"\n"
		rest := n
		for i, name := range names {
			base := []int{4, 4, 4, 2, 3}[i]
			c := choices[rest%base]
			if name == "f" && rest%base == 2 {
				c = &choice{"none", true}
			}
			rest /= base
			if c != nil {
				m[name] = *c
				manifest += fmt.Sprintf("components: %s: {kind: %q, on: %v}\n", name, c.kind, c.on)
			}
		}
		p := mustLoad(t, s, manifest)
		got, want := map[string][]string{}, needed(m)
		for _, c := range p.Components {
			for _, r := range c.Reasons {
				got[c.Name] = append(got[c.Name], r.By)
			}
		}
		for _, by := range want {
			slices.Sort(by)
		}
		if !maps.EqualFunc(got, want, slices.Equal[[]string]) {
			t.Fatalf("%sbrings %v\nwant %v", manifest, got, want)
		}
	}
}

func TestPartsThatAreNeeded(t *testing.T) {
	p := mustLoad(t, newSchema(t, conditional), "name: \"shop\", components: {d: kind: \"x\", e: kind: \"y\"}\n")
	if h := p.Component("h"); h == nil || h.Kind != schema.Part || !slices.Equal(h.Variants, []string{"y"}) ||
		!slices.Equal(h.Reasons, []schema.Reason{{By: "g", Because: "with d x and e y"}}) {
		t.Errorf("h is %+v", h)
	}
	// A part is no name to users: who brings it is.
	sources := append(slices.Clone(conditional), conditionalSource("i", ""), schema.Source{
		Name: "j", CUE: []byte("package schema\n_registry: j: {namespace: \"parts\", summary: \"j\", joins: [\"a\", \"b\"], requires: i: \"keeps score\"}\n"),
	})
	wantDiagnostics(t, newSchema(t, sources), "name: \"shop\"\ncomponents: {a: {}, b: {}, i: enabled: false}\n", `
aegis.cue:2:40: components.i.enabled: i is switched off, but a and b need it
  aegis.cue:2:17: components.a: is there with b, which needs it
  hint: delete this line, or switch off a`)
}

// What activity follows from has an answer whatever is chosen: or else
// requirements would get lost without a word.
func TestRequirementsOfTheRealComponentsHaveAnAnswer(t *testing.T) {
	for _, s := range []*schema.Schema{realSchema(t), infrastructure(t), newSchema(t, conditional)} {
		if err := s.CheckRequirements(); err != nil {
			t.Error(err)
		}
	}
}
