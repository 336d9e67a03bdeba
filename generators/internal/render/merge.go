// Package render turns what generators contribute into bytes: Go files get the
// project's import paths, and the fragments of each shared document become
// that document. Start with [Imports.Rewrite] and [Merge].
package render

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/generators"
)

// Part is a fragment and who contributes it.
type Part struct {
	Owner string
	generators.Fragment
}

// Document is what the fragments of one document make up together.
type Document struct {
	Tree map[string]any
	// owners holds who was the first to bring each path of the tree.
	owners map[string]string
}

// Owner returns who brought the entry key of the document.
func (d *Document) Owner(key string) string { return d.owners[key] }

// Clash is a path of a document that two owners want to have different values.
type Clash struct {
	Document generators.Document
	Path     []string
	// Owners and Values are in the order of the owners' names.
	Owners [2]string
	Values [2]any
}

// Error names the path and both owners.
func (c *Clash) Error() string {
	return fmt.Sprintf("%s: %s: %s and %s disagree", c.Document, strings.Join(c.Path, "."), c.Owners[0], c.Owners[1])
}

// Merge puts the fragments of each document together. Objects are merged;
// whatever else two fragments both have must be the same. The error is a
// *multierror.Error with a *Clash for every path where they are not.
func Merge(parts []Part) (map[generators.Document]*Document, error) {
	parts = slices.Clone(parts)
	slices.SortStableFunc(parts, func(a, b Part) int {
		return cmp.Or(cmp.Compare(a.Document, b.Document), cmp.Compare(a.Owner, b.Owner))
	})
	documents := map[generators.Document]*Document{}
	var errs *multierror.Error
	for _, p := range parts {
		d := documents[p.Document]
		if d == nil {
			d = &Document{Tree: map[string]any{}, owners: map[string]string{}}
			documents[p.Document] = d
		}
		for _, c := range d.add(d.Tree, p.Data, nil, p.Owner) {
			c.Document = p.Document
			errs = multierror.Append(errs, c)
		}
	}
	return documents, errs.ErrorOrNil()
}

// add merges from into to and returns where they disagree.
func (d *Document) add(to, from map[string]any, path []string, owner string) []*Clash {
	var clashes []*Clash
	for _, key := range slices.Sorted(maps.Keys(from)) {
		path := append(slices.Clone(path), key)
		joined := strings.Join(path, ".")
		value := from[key]
		present, ok := to[key]
		object, isObject := value.(map[string]any)
		if !ok {
			d.owners[joined] = owner
			if isObject {
				// A copy: the fragment stays its owner's.
				fresh := make(map[string]any, len(object))
				to[key] = fresh
				d.add(fresh, object, path, owner)
				continue
			}
			to[key] = value
			continue
		}
		if was, both := present.(map[string]any); both && isObject {
			clashes = append(clashes, d.add(was, object, path, owner)...)
			continue
		}
		if !reflect.DeepEqual(present, value) {
			clashes = append(clashes, &Clash{Path: path, Owners: [2]string{d.owners[joined], owner}, Values: [2]any{present, value}})
		}
	}
	return clashes
}
