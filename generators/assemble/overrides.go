package assemble

import (
	"maps"
	"slices"

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
	if project != nil && len(project.Compose) > 0 {
		if _, err := Render(project, all.Generators()); err != nil {
			return err
		}
	}
	for _, name := range slices.Sorted(maps.Keys(overrides)) {
		err := schema.CheckCompose(dir, name, func() (map[string]map[string]any, error) { return composeFile(project, overrides[name]) })
		if err != nil {
			errs = multierror.Append(errs, err)
		}
	}
	return errs.ErrorOrNil()
}

// composeFile returns what our compose file name holds, by section and name. It
// is nil without a project.
func composeFile(project *schema.Project, name string) (map[string]map[string]any, error) {
	if project == nil {
		return nil, nil
	}
	files, err := Render(project, all.Generators())
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(files, func(f File) bool { return f.Path == name })
	compose := map[string]yaml.Node{}
	if err := yaml.Unmarshal(files[i].Content, &compose); err != nil {
		return nil, err
	}
	sections := map[string]map[string]any{}
	for key, value := range compose {
		var section map[string]any
		if value.Kind != yaml.MappingNode {
			continue
		}
		if err := value.Decode(&section); err != nil {
			return nil, err
		}
		sections[key] = section
	}
	return sections, nil
}
