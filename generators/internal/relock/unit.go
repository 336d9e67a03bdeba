package main

import (
	"fmt"
	"go/parser"
	"go/token"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/render"
	"github.com/aegis-stack/aegis/schema"
)

// modulePath is that of the modules in which imports are looked at. It is in
// no modules.json.
const modulePath = "aegis.invalid/project"

// unit is a set of packages with a modules.json of its own: a blueprint, or a
// component without its variants, or one variant.
type unit struct {
	owner  string
	target string            // its modules.json in Aegis's tree
	files  map[string][]byte // its files in a project, and the packages that they import
}

// split returns the units that gens consist of.
func split(gens []generators.Generator) ([]unit, error) {
	type source struct {
		unit
		own map[string][]byte
	}
	var sources []source
	tree := map[string][]byte{} // what all projects have, without variants
	for _, g := range gens {
		variants := []string{""}
		target := path.Join("blueprints", g.Name())
		if c, ok := g.(interface{ Variants() []string }); ok {
			variants = append(variants, c.Variants()...)
			target = path.Join("generators", g.Name())
		}
		var base map[string][]byte
		for _, variant := range variants {
			files, err := goFiles(g, variant)
			if err != nil {
				return nil, err
			}
			s := source{unit: unit{owner: g.Name(), target: path.Join(target, "modules.json")}}
			if variant == "" {
				base = files
				maps.Copy(tree, files)
			} else {
				s.target = path.Join(target, "modules."+variant+".json")
				maps.DeleteFunc(files, func(name string, _ []byte) bool { return base[name] != nil })
			}
			s.own = files
			sources = append(sources, s)
		}
	}
	units := make([]unit, len(sources))
	for i, s := range sources {
		files, err := closure(s.own, tree)
		if err != nil {
			return nil, err
		}
		units[i] = s.unit
		units[i].files = files
	}
	return units, nil
}

// goFiles returns the Go files that g brings into a project, with one variant
// or none.
func goFiles(g generators.Generator, variant string) (map[string][]byte, error) {
	project := &schema.Project{Name: "project", Module: modulePath}
	request := generators.Request{Project: project}
	if g.Schema() != nil {
		component := schema.Component{Name: g.Name()}
		if variant != "" {
			component.Variants = []string{variant}
		}
		project.Components = []schema.Component{component}
		request.Component = &component
	}
	sourced, ok := g.(interface {
		Files(generators.Request) ([]generators.File, error)
	})
	if !ok {
		return nil, fmt.Errorf("%s does not tell its files", g.Name())
	}
	sources, err := sourced.Files(request)
	if err != nil {
		return nil, fmt.Errorf("generate %s: %w", g.Name(), err)
	}
	imports := render.Imports{Module: project.Module, Name: project.Name}
	files := map[string][]byte{}
	for _, f := range sources {
		if !strings.HasSuffix(f.Path, ".go") {
			continue
		}
		if files[f.Path], err = imports.Rewrite(f.Path, f.Content); err != nil {
			return nil, err
		}
	}
	return files, nil
}

// closure returns the files own, and all packages in them and in tree that these
// import, with the tests of those.
func closure(own, tree map[string][]byte) (map[string][]byte, error) {
	files := map[string][]byte{}
	queue := slices.Sorted(maps.Keys(own))
	tree = maps.Clone(tree)
	maps.Copy(tree, own)
	for len(queue) > 0 {
		name := queue[0]
		queue = queue[1:]
		if files[name] != nil {
			continue
		}
		files[name] = tree[name]
		parsed, err := parser.ParseFile(token.NewFileSet(), name, tree[name], parser.ImportsOnly)
		if err != nil {
			return nil, err
		}
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return nil, err
			}
			folder, ours := strings.CutPrefix(imported, modulePath+"/")
			if !ours {
				continue
			}
			for other := range tree {
				if path.Dir(other) == folder {
					queue = append(queue, other)
				}
			}
		}
	}
	return files, nil
}

// everything returns the files of all units.
func everything(units []unit) map[string][]byte {
	files := map[string][]byte{}
	for _, u := range units {
		maps.Copy(files, u.files)
	}
	return files
}
