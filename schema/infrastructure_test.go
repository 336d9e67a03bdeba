package schema_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// infrastructure is the schema of components with maps, payloads and parts:
// those in testdata/components, and the real ones that are always there.
func infrastructure(tb testing.TB) *schema.Schema {
	tb.Helper()
	files, err := filepath.Glob("testdata/components/*.cue")
	if err != nil || len(files) == 0 {
		tb.Fatalf("found no components: %v", err)
	}
	for _, name := range []string{"backend", "cli", "frontend"} {
		files = append(files, "../generators/"+name+"/component.cue")
	}
	var sources []schema.Source
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".cue")
		if name == "component" {
			name = filepath.Base(filepath.Dir(f))
		}
		sources = append(sources, schema.Source{Name: name, CUE: text})
	}
	return newSchema(tb, sources)
}
