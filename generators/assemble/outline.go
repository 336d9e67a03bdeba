package assemble

import (
	"maps"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// Outline is what a project comes to: what it costs to build and to run.
type Outline struct {
	Files      []string   `json:"files"`   // paths with slashes, sorted
	Modules    []string   `json:"modules"` // paths of the Go modules that go.mod requires, sorted
	Containers Containers `json:"containers"`
}

// Containers are the services of the compose files, sorted.
type Containers struct {
	Development []string `json:"development"`
	Production  []string `json:"production"`
}

// NewOutline renders project as gens make it and describes what comes out.
func NewOutline(project *schema.Project, gens []generators.Generator) (*Outline, error) {
	files, err := Render(project, gens)
	if err != nil {
		return nil, err
	}
	o := &Outline{Files: make([]string, len(files))}
	for i, f := range files {
		o.Files[i] = f.Path
		switch f.Path {
		case "go.mod":
			o.Modules = slices.Sorted(maps.Keys(requirements(f.Content)))
		case "compose.yaml":
			o.Containers.Development, err = containers(f)
		case "compose.prod.yaml":
			o.Containers.Production, err = containers(f)
		}
		if err != nil {
			return nil, err
		}
	}
	return o, nil
}

// containers returns the names of the services in a compose file, sorted.
func containers(f File) ([]string, error) {
	sections, err := composeSections(f)
	return slices.Sorted(maps.Keys(sections["services"])), err
}
