package assemble

import (
	"fmt"
	"path"
	"runtime"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/sync/errgroup"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
	"github.com/aegis-stack/aegis/generators/internal/render"
	"github.com/aegis-stack/aegis/schema"
)

// File is one file of a project and who brings it.
type File = plan.File

// owner brings the documents that all generators share.
const owner = "aegis"

// Render returns the files of project, sorted by path, as gens make them:
// blueprints always, components when they are active. Independent mistakes come
// back together as a *multierror.Error.
func Render(project *schema.Project, gens []generators.Generator) ([]File, error) {
	files, parts, err := generate(project, gens)
	if err != nil {
		return nil, err
	}
	shared, err := documents(project, parts)
	if err != nil {
		return nil, err
	}
	for i := range files {
		if isMigration(files[i].Path) {
			files[i].Policy = generators.CreateOnce
		}
	}
	planned, err := plan.New(append(files, shared...))
	if err != nil {
		return nil, err
	}
	if err := rewrite(project, planned); err != nil {
		return nil, err
	}
	return prune(project, gens, planned), nil
}

// isMigration tells whether a file changes the schema of a database. One that
// exists may have been applied, so that it must never be written again.
func isMigration(name string) bool {
	return slices.Contains(strings.Split(path.Dir(name), "/"), "migrations")
}

// generate asks every generator of the project.
func generate(project *schema.Project, gens []generators.Generator) ([]File, []render.Part, error) {
	var errs *multierror.Error
	for _, c := range project.Components {
		if !slices.ContainsFunc(gens, func(g generators.Generator) bool { return g.Name() == c.Name }) {
			errs = multierror.Append(errs, fmt.Errorf("%s %q has no generator", c.Kind, c.Name))
		}
	}
	// Each in a goroutine: evaluating Jsonnet is most of the work, and only
	// some of them do.
	responses := make([]generators.Response, len(gens))
	failures := make([]error, len(gens))
	var group errgroup.Group
	for i, g := range gens {
		component := project.Component(g.Name())
		if component == nil && g.Schema() != nil {
			continue // not active
		}
		group.Go(func() error {
			responses[i], failures[i] = g.Generate(generators.Request{Project: project, Component: component})
			return nil
		})
	}
	_ = group.Wait() // the errors are in failures, where none is lost

	var files []File
	var parts []render.Part
	for i, g := range gens {
		if failures[i] != nil {
			errs = multierror.Append(errs, fmt.Errorf("generate %s: %w", g.Name(), failures[i]))
		}
		for _, f := range responses[i].Files {
			files = append(files, File{Owner: g.Name(), File: f})
		}
		for _, f := range responses[i].Fragments {
			parts = append(parts, render.Part{Owner: g.Name(), Fragment: f})
		}
	}
	return files, parts, errs.ErrorOrNil()
}

// documents renders the shared documents.
func documents(project *schema.Project, parts []render.Part) ([]File, error) {
	merged, err := render.Merge(append(parts, composeOfManifest(project, parts)...))
	if err != nil {
		return nil, blameManifest(project, err)
	}
	var files []File
	var errs *multierror.Error
	add := func(path string, policy generators.Policy, hint string, content []byte, err error) {
		if err != nil {
			errs = multierror.Append(errs, err)
			return
		}
		files = append(files, File{Owner: owner, File: generators.File{Path: path, Policy: policy, Mode: 0o644, Content: content, Hint: hint}})
	}

	command := path.Join("cmd", project.Name)
	content, err := render.Components(project, merged[generators.Wiring], merged[generators.Environment])
	add(command+"/components_gen.go", generators.Regenerate,
		"components of your own belong in "+command+"/components.go", content, err)

	add(".env.example", generators.Merge, "",
		render.EnvExample(project, merged[generators.Environment]), nil)

	if modules := merged[generators.Modules]; modules != nil {
		mod, sum, err := render.GoMod(project.Module, modules)
		add("go.mod", generators.Merge, "", mod, err)
		if err == nil {
			add("go.sum", generators.Merge, "", sum, nil)
		}
	}
	if workflow := merged[generators.Workflow]; workflow != nil {
		content, err := render.Workflow(workflow,
			"Generated from aegis.cue. Jobs of your own belong in another file beside this one.")
		add(".github/workflows/ci.yml", generators.Regenerate,
			"jobs of your own belong in another file beside it", content, err)
	}
	if compose := merged[generators.Compose]; compose != nil {
		if err := multierror.Append(incomplete(project, compose.Tree), dangling(project, compose.Tree)).ErrorOrNil(); err != nil {
			return nil, err
		}
		dev, prod, secrets, err := render.Compose(compose)
		add("compose.yaml", generators.Regenerate, "changes of yours belong in compose.override.yaml", dev, err)
		if err == nil {
			add("compose.prod.yaml", generators.Regenerate, "changes of yours belong in compose.prod.override.yaml", prod, nil)
		}
		if secrets != nil {
			add("deploy/secrets.sh", generators.Regenerate, "a value of your own belongs in its file below secrets", secrets, nil)
			files[len(files)-1].Mode = 0o755
		}
	}
	return files, errs.ErrorOrNil()
}

// rewrite gives the Go files among files the project's import paths.
func rewrite(project *schema.Project, files []File) error {
	imports := render.Imports{Module: project.Module, Name: project.Name}
	failures := make([]error, len(files))
	var group errgroup.Group
	group.SetLimit(runtime.GOMAXPROCS(0))
	for i := range files {
		if !strings.HasSuffix(files[i].Path, ".go") {
			continue
		}
		group.Go(func() error {
			f := &files[i]
			content, err := imports.Rewrite(f.Path, f.Content)
			if err != nil {
				failures[i] = fmt.Errorf("%s: %w", f.Owner, err)
				return nil
			}
			f.Content = content
			return nil
		})
	}
	_ = group.Wait() // the errors are in failures, where none is lost
	var errs *multierror.Error
	for _, err := range failures {
		if err != nil {
			errs = multierror.Append(errs, err)
		}
	}
	return errs.ErrorOrNil()
}
