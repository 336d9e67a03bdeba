// Package all is the registry: every generator that there is, listed from the
// folders by go generate.
package all

import (
	"cmp"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

//go:generate go run gen.go
//go:generate go run ../internal/relock ../..

// Generators returns all components, services and blueprints, sorted by name.
func Generators() []generators.Generator {
	return slices.SortedFunc(slices.Values(list), func(a, b generators.Generator) int {
		return cmp.Compare(a.Name(), b.Name())
	})
}

// Schema returns the schema of manifests that may use all of them.
func Schema() (*schema.Schema, error) { return generators.Schema(Generators()) }

// Readme returns what the README.md of the component called name says of it,
// nil if there is no such component.
func Readme(name string) []byte {
	for _, g := range list {
		if documented, ok := g.(interface{ Readme() []byte }); ok && g.Name() == name {
			return documented.Readme()
		}
	}
	return nil
}
