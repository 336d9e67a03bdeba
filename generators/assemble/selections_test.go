package assemble

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// selection is a choice of optional components and services: name to the value of
// its inline option, empty where it has none.
type selection map[string]string

// String is the selection as aegis add takes it.
func (s selection) String() string {
	var items []string
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name] != "" {
			name += "[" + s[name] + "]"
		}
		items = append(items, name)
	}
	return strings.Join(items, ",")
}

// manifest returns the manifest that makes this choice.
func (s selection) manifest() string {
	var out strings.Builder
	out.WriteString("name: \"shop\"\nmodule: \"example.com/shop\"\n")
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if s[name] == "" {
			fmt.Fprintf(&out, "%s: %s: {}\n", namespaces[name], name)
		} else {
			fmt.Fprintf(&out, "%s: %s: %s: %q\n", namespaces[name], name, inlineOptions[name], s[name])
		}
	}
	return out.String()
}

// inlineOptions are the names of the inline options, and namespaces where
// components and services are in the manifest, by name.
var inlineOptions, namespaces = map[string]string{}, map[string]string{}

// variants returns, by optional component and service, the values that its inline
// option may have: a single empty one where there is no such option.
func variants(t *testing.T) map[string][]string {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	quoted := regexp.MustCompile(`"([^"]*)"`)
	out := map[string][]string{}
	for _, e := range entries {
		if e.Always || e.Kind == schema.Part {
			continue
		}
		namespaces[e.Name] = map[schema.Kind]string{schema.Infrastructure: "components", schema.Service: "services"}[e.Kind]
		out[e.Name] = []string{""}
		for _, o := range e.Options {
			if o.Path == e.Inline && e.Inline != "" {
				inlineOptions[e.Name] = e.Inline
				out[e.Name] = nil
				for _, m := range quoted.FindAllStringSubmatch(o.Allowed, -1) {
					out[e.Name] = append(out[e.Name], m[1])
				}
			}
		}
	}
	return out
}

// selections returns every subset of the optional components in every variant.
// Services are on top of these and would double their number each. So a service
// comes alone, which brings what it needs, with everything else, and in the
// covering set.
func selections(t *testing.T) []selection {
	t.Helper()
	list := products(t, func(name string) bool { return namespaces[name] == "components" })
	known := map[string]bool{}
	for _, s := range list {
		known[s.String()] = true
	}
	add := func(s selection) {
		if !known[s.String()] {
			known[s.String()] = true
			list = append(list, s)
		}
	}
	everything := list[len(list)-1]
	for name, values := range variants(t) {
		for _, v := range values {
			if namespaces[name] != "services" {
				continue
			}
			add(selection{name: v})
			with := maps.Clone(everything)
			with[name] = v
			add(with)
		}
	}
	for _, s := range covering(t) {
		add(s)
	}
	return list
}

// products returns every subset of what there is, in every variant, as far as it
// is wanted. The last one has everything.
func products(t *testing.T, wanted func(name string) bool) []selection {
	t.Helper()
	variants := variants(t)
	list := []selection{{}}
	for _, name := range slices.Sorted(maps.Keys(variants)) {
		if !wanted(name) {
			continue
		}
		for _, s := range slices.Clone(list) {
			for _, v := range variants[name] {
				with := maps.Clone(s)
				with[name] = v
				list = append(list, with)
			}
		}
	}
	return list
}

// covering returns selections among which every pair of choices occurs, "not at
// all" being one of the choices of a component.
func covering(t *testing.T) []selection {
	t.Helper()
	all := products(t, func(string) bool { return true })
	names := slices.Sorted(maps.Keys(variants(t)))
	pairs := func(s selection) []string {
		var out []string
		choice := func(name string) string {
			if v, ok := s[name]; ok {
				return name + "=" + v
			}
			return "no " + name
		}
		for i, a := range names {
			for _, b := range names[i+1:] {
				out = append(out, choice(a)+" "+choice(b))
			}
		}
		return out
	}
	missing := map[string]bool{}
	for _, s := range all {
		for _, p := range pairs(s) {
			missing[p] = true
		}
	}
	chosen := []selection{{}} // nothing optional
	for _, p := range pairs(chosen[0]) {
		delete(missing, p)
	}
	for len(missing) > 0 {
		var best selection
		most := 0
		for _, s := range all {
			gain := 0
			for _, p := range pairs(s) {
				if missing[p] {
					gain++
				}
			}
			// Of equals the later one, which has more components.
			if gain >= most {
				best, most = s, gain
			}
		}
		for _, p := range pairs(best) {
			delete(missing, p)
		}
		chosen = append(chosen, best)
	}
	return chosen
}
