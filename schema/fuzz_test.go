package schema_test

import (
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// jargon is what the evaluator calls things; users must not have to know.
var jargon = []string{"conjunct", "disjunction", "structural", "_|_", "bottom", "incomplete value", "non-concrete"}

// FuzzLoad: whatever a manifest holds, loading ends without a panic, with a
// project or with diagnostics that lie inside the manifest and speak plainly.
func FuzzLoad(f *testing.F) {
	s := realSchema(f)
	f.Add([]byte("name: \"shop\"\n"))
	f.Fuzz(func(t *testing.T, manifest []byte) {
		if len(manifest) > 2000 {
			return // what large manifests cost is another test
		}
		p, err := s.LoadBytes(map[string][]byte{schema.ManifestName: manifest})
		if err == nil {
			if p.Name == "" || p.Module == "" || len(p.Components) < 3 {
				t.Fatalf("accepted, but resolved to %+v", p)
			}
			return
		}
		diags := schema.Diagnostics(err)
		if len(diags) == 0 {
			t.Fatalf("not a diagnostic: %v", err)
		}
		lines := strings.Split(string(manifest), "\n")
		seen := map[string]bool{}
		for _, d := range diags {
			if d.File != schema.ManifestName || d.Line < 1 || d.Line > len(lines) || d.Column < 1 || d.Column > len(lines[d.Line-1])+2 {
				t.Errorf("lies outside of the manifest: %v", d)
			}
			if d.Message == "" || d.Code.Title() == "" {
				t.Errorf("says nothing: %+v", d)
			}
			if d.Code == schema.CodeInternal {
				t.Errorf("the evaluator failed: %v", d)
			}
			if text := d.Error(); seen[text] {
				t.Errorf("said twice: %s", text)
			} else {
				seen[text] = true
			}
			for _, word := range jargon {
				if said := d.Message + d.Hint; strings.Contains(said, word) && !strings.Contains(string(manifest), word) {
					t.Errorf("speaks of %q: %v", word, d)
				}
			}
		}
	})
}
