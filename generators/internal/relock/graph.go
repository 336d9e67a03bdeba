package main

import (
	"os"
	"path/filepath"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// loader reads the module graph from the go.mod files in the module cache.
type loader struct {
	cache    string
	graph    map[string]node
	unpruned map[module.Version]bool // whose whole graph is loaded
}

// load adds the go.mod of m to the graph and, where that is from before Go
// pruned module graphs, or something above it is, all that it requires.
func (l *loader) load(m module.Version, unpruned bool) error {
	n, ok := l.graph[m.String()]
	if !ok {
		var err error
		if n, err = l.read(m); err != nil {
			return err
		}
		l.graph[m.String()] = n
	}
	if !unpruned && n.Pruned || l.unpruned[m] {
		return nil
	}
	l.unpruned[m] = true // before what is below: there may be rings
	for path, version := range n.Require {
		if err := l.load(module.Version{Path: path, Version: version}, true); err != nil {
			return err
		}
	}
	return nil
}

func (l *loader) read(m module.Version) (node, error) {
	path, err := module.EscapePath(m.Path)
	if err != nil {
		return node{}, err
	}
	version, err := module.EscapeVersion(m.Version)
	if err != nil {
		return node{}, err
	}
	name := filepath.Join(l.cache, "cache", "download", filepath.FromSlash(path), "@v", version+".mod")
	text, err := os.ReadFile(name)
	if err != nil {
		return node{}, err
	}
	file, err := modfile.ParseLax(name, text, nil)
	if err != nil {
		return node{}, err
	}
	n := node{Require: map[string]string{}}
	n.Pruned = file.Go != nil && semver.Compare("v"+file.Go.Version, "v1.17") >= 0
	for _, r := range file.Require {
		if semver.Compare(n.Require[r.Mod.Path], r.Mod.Version) < 0 {
			n.Require[r.Mod.Path] = r.Mod.Version
		}
	}
	return n, nil
}
