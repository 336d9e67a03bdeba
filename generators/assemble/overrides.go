package assemble

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	"github.com/hashicorp/go-multierror"
	"go.yaml.in/yaml/v3"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// overrides are the compose files of the user, and ours that each changes.
var overrides = map[string]string{
	"compose.override.yaml":      "compose.yaml",
	"compose.prod.override.yaml": "compose.prod.yaml",
}

// CheckCompose returns, as diagnostics, what is wrong with the user's part of
// the compose files: what the manifest says of services, and the files in dir
// that change ours. Without a project, which services there are is not known
// and not checked.
func CheckCompose(dir string, project *schema.Project) error {
	var errs *multierror.Error
	files := sync.OnceValues(func() ([]File, error) { return Render(project, all.Generators()) })
	if project != nil && len(project.Compose) > 0 {
		if _, err := files(); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		err := schema.CheckCompose(dir, name, func() (map[string]map[string]any, error) {
			if project == nil {
				return nil, nil
			}
			rendered, err := files()
			if err != nil {
				return nil, err
			}
			i := slices.IndexFunc(rendered, func(f File) bool { return f.Path == overrides[name] })
			return composeSections(rendered[i])
		})
		if err != nil {
			errs = multierror.Append(errs, err)
		}
	}
	return errs.ErrorOrNil()
}

// composeSections returns what a compose file of ours holds, by section and name.
func composeSections(f File) (map[string]map[string]any, error) {
	compose := map[string]yaml.Node{}
	if err := yaml.Unmarshal(f.Content, &compose); err != nil {
		return nil, fmt.Errorf("%s: %w", f.Path, err)
	}
	sections := map[string]map[string]any{}
	for key, value := range compose {
		var section map[string]any
		if value.Kind != yaml.MappingNode {
			continue
		}
		if err := value.Decode(&section); err != nil {
			return nil, fmt.Errorf("%s: %w", f.Path, err)
		}
		sections[key] = section
	}
	return sections, nil
}
