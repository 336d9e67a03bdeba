package assemble

import (
	"maps"
	"slices"

	"github.com/hashicorp/go-multierror"

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
		err := schema.CheckCompose(dir, name, func() ([]string, error) { return composeServices(project, overrides[name]) })
		if err != nil {
			errs = multierror.Append(errs, err)
		}
	}
	return errs.ErrorOrNil()
}

// composeServices returns the services of our compose file name.
func composeServices(project *schema.Project, name string) ([]string, error) {
	if project == nil {
		return nil, nil
	}
	files, err := Render(project, all.Generators())
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		if f.Path == name {
			return containers(f)
		}
	}
	return nil, nil
}
