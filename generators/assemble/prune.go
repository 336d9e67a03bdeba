package assemble

import (
	"bytes"
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// prune leaves out the packages of blueprints that nothing in the project
// imports: contracts between components that are not there. Such packages
// import no other modules, or go.mod would still require those.
func prune(project *schema.Project, gens []generators.Generator, files []File) []File {
	blueprints := map[string]bool{}
	for _, g := range gens {
		blueprints[g.Name()] = g.Schema() == nil
	}
	folders := map[string]bool{}
	for _, f := range files {
		if blueprints[f.Owner] && strings.HasPrefix(f.Path, "internal/") && strings.HasSuffix(f.Path, ".go") {
			folders[path.Dir(f.Path)] = true
		}
	}
	// Again and again: what only a package that is left out imports goes too.
	for left := -1; left != len(files); {
		left = len(files)
		for folder := range folders {
			// Looking for the import as a text may find it in another place. That
			// keeps a package, and parsing every file costs more than it would save.
			imported := []byte(strconv.Quote(path.Join(project.Module, folder)))
			if slices.ContainsFunc(files, func(f File) bool {
				return path.Dir(f.Path) != folder && bytes.Contains(f.Content, imported)
			}) {
				continue
			}
			files = slices.DeleteFunc(files, func(f File) bool {
				return blueprints[f.Owner] && packageOf(f.Path, folders) == folder
			})
			delete(folders, folder)
		}
	}
	return files
}

// packageOf returns which of folders the file name belongs to: the nearest one
// above it, for a package may have folders of assets or test data.
func packageOf(name string, folders map[string]bool) string {
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		if folders[dir] {
			return dir
		}
	}
	return ""
}
