package render

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// GoMod returns go.mod and go.sum of the module path as go mod tidy leaves
// them, without asking the go command.
//
// What tidy computes from the source code of all modules, the modules document
// holds for each owner: what its packages require, and the part of the module
// graph below that. The rest is the same arithmetic on their union. Versions
// are pinned, so that owners cannot disagree about a requirement; where only
// tests of dependencies need a module, the highest version in the graph counts.
func GoMod(path string, modules *Document) (mod, sum []byte, err error) {
	require := texts(modules.Tree["require"])
	direct, _ := modules.Tree["direct"].(map[string]any)
	goVersion, _ := modules.Tree["go"].(string)

	file := new(modfile.File)
	if err := file.AddModuleStmt(path); err != nil {
		return nil, nil, fmt.Errorf("go.mod: %w", err)
	}
	if err := file.AddGoStmt(goVersion); err != nil {
		return nil, nil, fmt.Errorf("go.mod: %w", err)
	}
	var lines []*modfile.Require
	for _, path := range slices.Sorted(maps.Keys(require)) {
		_, isDirect := direct[path]
		lines = append(lines, &modfile.Require{Mod: module.Version{Path: path, Version: require[path]}, Indirect: !isDirect})
	}
	file.SetRequireSeparateIndirect(lines)
	file.Cleanup()
	if mod, err = file.Format(); err != nil {
		return nil, nil, fmt.Errorf("go.mod: %w", err)
	}
	sum, err = goSum(require, modules)
	return mod, sum, err
}

// goSum returns the checksums of every module whose packages are compiled or
// tested, and of every go.mod that says which versions these have.
func goSum(require map[string]string, modules *Document) ([]byte, error) {
	graph, _ := modules.Tree["graph"].(map[string]any)
	loaded, selected, err := walk(require, graph)
	if err != nil {
		return nil, err
	}
	keep := map[module.Version]bool{}
	zip := func(m module.Version) {
		keep[m] = true
		keep[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}] = true
	}
	for path, version := range require {
		zip(module.Version{Path: path, Version: version})
	}
	for _, m := range loaded {
		keep[module.Version{Path: m.Path, Version: m.Version + "/go.mod"}] = true
	}
	tests, _ := modules.Tree["tests"].(map[string]any)
	for path := range tests {
		zip(module.Version{Path: path, Version: selected[path]})
	}

	sums := texts(modules.Tree["sums"])
	list := slices.Collect(maps.Keys(keep))
	module.Sort(list)
	var out strings.Builder
	var errs *multierror.Error
	for _, m := range list {
		sum, ok := sums[m.Path+"@"+m.Version]
		if !ok {
			errs = multierror.Append(errs, fmt.Errorf("go.sum: no checksum of %s %s is known", m.Path, m.Version))
			continue
		}
		fmt.Fprintf(&out, "%s %s %s\n", m.Path, m.Version, sum)
	}
	return []byte(out.String()), errs.ErrorOrNil()
}

// walk loads the module graph below require as the go command does when the
// main module prunes it: a module whose go.mod is of Go 1.17 or later counts
// with its own requirements only, an older one with all that is below it. It
// returns the modules whose go.mod was read, and the highest version of each
// path that any of them names.
func walk(require map[string]string, graph map[string]any) (loaded []module.Version, selected map[string]string, err error) {
	type visit struct {
		module.Version
		unpruned bool
	}
	seen := map[visit]bool{}
	read := map[module.Version]bool{}
	selected = maps.Clone(require)
	var queue []visit
	for _, path := range slices.Sorted(maps.Keys(require)) {
		queue = append(queue, visit{Version: module.Version{Path: path, Version: require[path]}})
	}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		if seen[at] {
			continue
		}
		seen[at] = true
		node, ok := graph[at.Path+"@"+at.Version.Version].(map[string]any)
		if !ok {
			return nil, nil, fmt.Errorf("go.mod: the requirements of %s are not known", at.Version)
		}
		if !read[at.Version] {
			read[at.Version] = true
			loaded = append(loaded, at.Version)
		}
		_, pruned := node["pruned"]
		for path, version := range texts(node["require"]) {
			if semver.Compare(selected[path], version) < 0 {
				selected[path] = version
			}
			if at.unpruned || !pruned {
				// Order does not matter: the result is a set and a maximum.
				queue = append(queue, visit{module.Version{Path: path, Version: version}, at.unpruned || !pruned})
			}
		}
	}
	return loaded, selected, nil
}

// texts returns the members of a JSON object that are texts.
func texts(object any) map[string]string {
	members, _ := object.(map[string]any)
	out := make(map[string]string, len(members))
	for key, value := range members {
		if s, ok := value.(string); ok {
			out[key] = s
		}
	}
	return out
}
