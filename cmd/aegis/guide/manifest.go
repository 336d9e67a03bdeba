package guide

import (
	"fmt"
	"strings"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/literal"

	"github.com/aegis-stack/aegis/schema"
)

// newManifest writes the text of a manifest that makes the given choices.
func newManifest(name, module string, components, services []schema.Selection) ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "// What %s consists of. `aegis generate` brings the code in step with it,\n", name)
	fmt.Fprintf(&b, "// `aegis explain components.backend` shows its options and their defaults.\n\n")
	fmt.Fprintf(&b, "name: %s\n", literal.String.Quote(name))
	if module != "" {
		fmt.Fprintf(&b, "module: %s\n", literal.String.Quote(module))
	}
	writeSelections(&b, "components", components)
	writeSelections(&b, "services", services)
	return format.Source([]byte(b.String()), format.Simplify())
}

func writeSelections(b *strings.Builder, field string, selections []schema.Selection) {
	if len(selections) == 0 {
		return
	}
	fmt.Fprintf(b, "\n%s: {\n", field)
	for _, s := range selections {
		fmt.Fprintf(b, "%s: {\n", quoteLabel(s.Name))
		for _, setting := range s.Settings {
			for _, part := range setting.Path {
				b.WriteString(quoteLabel(part) + ": ")
			}
			b.WriteString(setting.Value + "\n")
		}
		b.WriteString("}\n")
	}
	b.WriteString("}\n")
}

// quoteLabel writes a name as the label of a field.
func quoteLabel(name string) string {
	if ast.IsValidIdent(name) {
		return name
	}
	return literal.Label.Quote(name)
}
