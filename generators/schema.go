package generators

import "github.com/aegis-stack/aegis/schema"

// Schema returns the schema of manifests that may use all of gens.
func Schema(gens []Generator) (*schema.Schema, error) {
	var sources []schema.Source
	for _, g := range gens {
		if text := g.Schema(); text != nil {
			sources = append(sources, schema.Source{Name: g.Name(), CUE: text})
		}
	}
	return schema.New(sources)
}
