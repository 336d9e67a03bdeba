package schema

import (
	"fmt"
	"slices"
	"strings"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// evaluator unifies manifests with one schema. The schema is compiled once,
// however often a manifest is corrected and evaluated again.
type evaluator struct {
	ctx    *cue.Context
	schema *build.Instance
	user   *build.Instance // of the last evaluation
	rounds int

	payloads []place // where a manifest has types instead of values
}

func (s *Schema) evaluator() (*evaluator, error) {
	files, err := s.parse()
	if err != nil {
		return nil, err
	}
	e := &evaluator{ctx: cuecontext.New()}
	for _, p := range s.places {
		if p.definition == "#Payload" {
			e.payloads = append(e.payloads, p)
		}
	}
	e.schema, err = e.instance(ImportPath, "schema", nil, files)
	return e, err
}

// glue unifies the manifest with its schema. As packages that import each
// other the two are evaluated once, together; filling one value into another
// would evaluate the schema a second time.
const glue = `package glue
import "` + ImportPath + `"
import manifest "` + manifestPath + `"
plan: schema.#Manifest & manifest
`

// manifestPath is the import path of the user's package inside glue. Nobody
// sees it.
const manifestPath = "aegis.invalid/manifest:manifest"

// check returns the manifest unified with the schema, and everything that the
// evaluator has against it.
func (e *evaluator) check(files []*ast.File) (cue.Value, error) {
	plan, err := e.evaluate(files)
	if err == nil {
		err = e.withoutTypes(plan.Validate(cue.Concrete(true)))
	}
	return plan, err
}

// withoutTypes drops what the evaluator has against types where a manifest
// describes a payload: everywhere else they are fields without a value.
func (e *evaluator) withoutTypes(err error) error {
	if err == nil || len(e.payloads) == 0 {
		return err
	}
	var out errors.Error
	for _, g := range group(err) {
		isType := g.has("incomplete value") || g.has("non-concrete value") || g.has("required but not present")
		if isType && slices.ContainsFunc(e.payloads, func(p place) bool { return len(g.path) > len(p.path) && p.matches(g.path) }) {
			continue
		}
		for _, one := range g.errs {
			out = errors.Append(out, one)
		}
	}
	if out == nil {
		return nil
	}
	return out
}

// own returns what the user's files alone say at a path.
func (e *evaluator) own(path []string) cue.Value {
	return e.ctx.BuildInstance(e.user).LookupPath(fieldPath(path))
}

// computed returns where the user's files say what is at a path.
func (e *evaluator) computed(path []string) token.Pos {
	v := e.own(path)
	if !v.Exists() || strings.HasPrefix(v.Pos().Filename(), schemaPrefix) {
		return token.NoPos
	}
	return v.Pos()
}

// evaluate returns the manifest unified with the schema. An error is one that
// keeps the files from being evaluated at all; what does not fit is found by
// validating the value.
func (e *evaluator) evaluate(files []*ast.File) (cue.Value, error) {
	e.rounds++
	var err error
	e.user, err = e.instance(fmt.Sprintf("aegis.invalid/round%d:manifest", e.rounds), "manifest", map[string]*build.Instance{ImportPath: e.schema}, files)
	if err != nil {
		return cue.Value{}, err
	}
	f, err := parser.ParseFile(schemaPrefix+"glue.cue", glue)
	if err != nil {
		return cue.Value{}, err
	}
	both, err := e.instance(fmt.Sprintf("aegis.invalid/glue%d:glue", e.rounds), "glue", map[string]*build.Instance{ImportPath: e.schema, manifestPath: e.user}, []*ast.File{f})
	if err != nil {
		return cue.Value{}, err
	}
	v := e.ctx.BuildInstance(both)
	if both.Err != nil {
		return cue.Value{}, both.Err
	}
	return v.LookupPath(planPath), nil
}

var planPath = cue.MakePath(cue.Str("plan"))

// instance makes a package of files, which may import the packages given and
// CUE's standard library.
func (e *evaluator) instance(path, name string, imports map[string]*build.Instance, files []*ast.File) (*build.Instance, error) {
	ctx := build.NewContext(build.Loader(func(_ token.Pos, path string) *build.Instance { return imports[path] }))
	bi := ctx.NewInstance(path, nil)
	bi.ImportPath, bi.PkgName = path, name
	for _, f := range files {
		if err := bi.AddSyntax(f); err != nil {
			return nil, errors.Promote(err, "")
		}
	}
	if err := bi.Complete(); err != nil {
		return nil, err
	}
	return bi, nil
}
