package schema

import (
	"bytes"
	"fmt"
	"maps"
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
)

// PublishedPath is where a project keeps the published schema for editors and the
// cue command: they look there for what a manifest imports from [ImportPath].
const PublishedPath = "cue.mod/usr/" + ImportPath + "/schema.cue"

// published heads the schema that is given to editors and to cue vet.
const published = `// Package schema says what a manifest of Aegis may hold. This is the schema of
// all components in one file, for editors and for the cue command:
//
//	import "` + ImportPath + `"
//
//	schema.#Manifest & {
//		name: "shop"
//	}
package schema

`

// violations turns broken rules into errors of CUE's. Aegis itself reads the
// rules as data, to report them with a position and a hint.
const violations = `
#Manifest: {
	_checks: [string]: _
	_violations: {
		for n, c in _checks if !c.ok {(n): error("\(strings.Join(c.at, ".")): \(c.message)")}
	}
}
`

// CUE returns the schema as one self-contained file of CUE. The cue command
// accepts and refuses with it what [Schema.Load] does, but for two things that
// CUE has no words for: whether there is a time zone of some name, and whether
// the payload of a job is of the type that its task describes. A manifest with
// such types has no definite values there, so that cue vet needs -c=false.
func (s *Schema) CUE() ([]byte, error) {
	files, err := s.parse()
	if err != nil {
		return nil, err
	}
	rules, err := s.publishedRules()
	if err != nil {
		return nil, err
	}
	imports := map[string]bool{`"regexp"`: true, `"strconv"`: true}
	var body bytes.Buffer
	for i, f := range files {
		end := 0
		for _, d := range f.Decls {
			switch d := d.(type) {
			case *ast.Package:
				end = d.End().Offset()
			case *ast.ImportDecl:
				end = d.End().Offset()
				for _, spec := range d.Specs {
					imports[spec.Path.Value] = true
				}
			}
		}
		body.Write(bytes.TrimSpace(s.sources[i].text[end:]))
		body.WriteString("\n\n")
	}
	var out bytes.Buffer
	out.WriteString(published)
	out.WriteString("import (\n")
	for _, path := range slices.Sorted(maps.Keys(imports)) {
		fmt.Fprintf(&out, "\t%s\n", path)
	}
	out.WriteString(")\n\n")
	out.Write(body.Bytes())
	out.WriteString(violations)
	out.WriteString(rules)
	text, err := format.Source(out.Bytes())
	if err != nil {
		return nil, fmt.Errorf("format the published schema: %w", err)
	}
	return text, nil
}
