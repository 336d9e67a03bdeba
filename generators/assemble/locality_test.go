package assemble

import (
	"bytes"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// shared are the files that speak of all components and that a user may edit:
// they are merged by structure, or list what there is.
var shared = []string{".env.example", "go.mod", "go.sum", "README.md"}

// TestLocality adds each optional component and service to each selection
// without it:
// whatever differs belongs to the component or to what came along with it, or
// is a file that is always regenerated.
func TestLocality(t *testing.T) {
	variants := variants(t)
	projects := map[string]map[string]File{}
	owners := map[string][]string{}
	parts := map[string]string{} // why they are there
	for _, s := range selections(t) {
		project := load(t, s.manifest())
		files, err := Render(project, all.Generators())
		if err != nil {
			t.Fatalf("%s: %v", s, err)
		}
		byPath := map[string]File{}
		for _, f := range files {
			byPath[f.Path] = f
		}
		projects[s.String()] = byPath
		for _, c := range project.Components {
			owners[s.String()] = append(owners[s.String()], c.Name)
			for _, r := range c.Reasons {
				if c.Kind == schema.Part {
					parts[c.Name] = r.By + " " + r.Because
				}
			}
		}
	}
	compared := 0
	for _, without := range selections(t) {
		for _, name := range slices.Sorted(maps.Keys(variants)) {
			if _, ok := without[name]; ok {
				continue
			}
			for _, v := range variants[name] {
				with := maps.Clone(without)
				with[name] = v
				if projects[with.String()] == nil {
					continue // a service, which is not with everything
				}
				compared++
				before, after := projects[without.String()], projects[with.String()]
				came := func(owner string) bool {
					return owner == name || strings.Contains(parts[owner], name) || slices.Contains(owners[with.String()], owner) && !slices.Contains(owners[without.String()], owner)
				}
				for path, f := range after {
					old, existed := before[path]
					switch {
					case existed && bytes.Equal(old.Content, f.Content):
					case f.Policy == generators.Regenerate, slices.Contains(shared, path):
					case came(f.Owner):
					case pruned(f, existed):
					default:
						t.Errorf("%s in %q: %s of %s differs", name, with, path, f.Owner)
					}
				}
				for path, f := range before {
					// Choosing another variant than what came along before takes that back.
					if _, stays := after[path]; !stays && f.Owner != name {
						t.Errorf("%s in %q: %s of %s is gone", name, with, path, f.Owner)
					}
				}
			}
		}
	}
	t.Logf("%d selections, %d comparisons", len(projects), compared)
}

// pruned says whether f is part of a contract that nobody needed before.
func pruned(f File, existed bool) bool { return !existed && f.Owner == "service" }
