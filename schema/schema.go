package schema

import (
	"cmp"
	"embed"
	"fmt"
	"slices"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/parser"
	"github.com/hashicorp/go-multierror"
)

// ImportPath is how a manifest imports the schema, if it does: for completion
// in editors and for cue vet.
const ImportPath = "github.com/aegis-stack/aegis/schema"

//go:embed vocabulary.cue manifest.cue resolve.cue
var base embed.FS

// Source is what one component adds to the schema: the text of its
// component.cue. The file name is only for people who develop the component.
type Source struct {
	Name string
	CUE  []byte
}

// Schema is what a manifest may say, for one set of components. It is
// immutable, and safe for concurrent use.
type Schema struct {
	sources []source
	names   []string // of the components, sorted

	requirements map[string][]Requirement // by component
	parts        map[string][]string      // what hidden parts join, by part
	places       []place
}

// source is one file of the schema.
type source struct {
	name string // as it appears in positions
	text []byte
}

// schemaPrefix begins the names of the schema's files, so that positions in
// them can be told from positions in the user's.
const schemaPrefix = "aegis:/"

// New returns the schema that the components make up together. It refuses
// components of the same name, and those that need each other in a ring.
func New(components []Source) (*Schema, error) {
	s := new(Schema)
	for _, name := range []string{"vocabulary.cue", "manifest.cue", "resolve.cue"} {
		text, err := base.ReadFile(name)
		if err != nil {
			return nil, fmt.Errorf("read the embedded schema: %w", err)
		}
		s.sources = append(s.sources, source{schemaPrefix + "schema/" + name, text})
	}

	components = slices.SortedFunc(slices.Values(components), func(a, b Source) int { return cmp.Compare(a.Name, b.Name) })
	var errs *multierror.Error
	for i, c := range components {
		if i > 0 && components[i-1].Name == c.Name {
			errs = multierror.Append(errs, fmt.Errorf("component %q is there twice", c.Name))
			continue
		}
		s.names = append(s.names, c.Name)
		s.sources = append(s.sources, source{schemaPrefix + "generators/" + c.Name + "/component.cue", c.CUE})
	}
	if err := errs.ErrorOrNil(); err != nil {
		return nil, err
	}
	files, err := s.parse()
	if err != nil {
		return nil, err
	}
	s.requirements, s.parts, err = checkEntries(s.names, files[len(files)-len(s.names):])
	if err != nil {
		return nil, err
	}
	s.places = findPlaces(files)
	return s, nil
}

// parse returns the syntax of the schema's files, anew each time: the
// evaluator keeps notes in the trees it is given.
func (s *Schema) parse() ([]*ast.File, error) {
	var errs *multierror.Error
	files := make([]*ast.File, 0, len(s.sources))
	for _, src := range s.sources {
		f, err := parser.ParseFile(src.name, src.text, parser.ParseComments)
		if err != nil {
			errs = multierror.Append(errs, fmt.Errorf("parse %s: %w", src.name, err))
			continue
		}
		files = append(files, f)
	}
	return files, errs.ErrorOrNil()
}
