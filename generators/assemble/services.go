package assemble

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/render"
	"github.com/aegis-stack/aegis/schema"
)

// manifestOwner is who brings what the manifest says of services.
const manifestOwner = schema.ManifestName

// composeOfManifest returns what the manifest says of the services of the
// compose files, as a fragment of them. A service that parts know is meant in
// the files that have it, another one in both.
func composeOfManifest(project *schema.Project, parts []render.Part) []render.Part {
	if len(project.Compose) == 0 {
		return nil
	}
	files := []string{"dev", "prod"}
	has := func(file, name string) bool {
		return slices.ContainsFunc(parts, func(p render.Part) bool {
			tree, _ := p.Data[file].(map[string]any)
			services, _ := tree["services"].(map[string]any)
			return p.Document == generators.Compose && services[name] != nil
		})
	}
	data := map[string]any{}
	for _, file := range files {
		services, volumes := map[string]any{}, map[string]any{}
		for name, service := range project.Compose {
			known := slices.ContainsFunc(files, func(f string) bool { return has(f, name) })
			if known && !has(file, name) {
				continue
			}
			fields := composeService(service)
			if !known {
				join(file, fields)
			}
			services[name] = fields
			mounts, _ := fields["volumes"].(map[string]any)
			for mount := range mounts {
				if m := namedVolume.FindStringSubmatch(mount); m != nil {
					volumes[m[1]] = nil
				}
			}
		}
		data[file] = map[string]any{"services": services, "volumes": volumes}
		if len(volumes) == 0 {
			data[file] = map[string]any{"services": services}
		}
	}
	return []render.Part{{Owner: manifestOwner, Fragment: generators.Fragment{Document: generators.Compose, Data: data}}}
}

// namedVolume matches where a volume that Compose keeps is mounted.
var namedVolume = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_.-]+):/`)

// join puts a service of the user's own where it meets the others. In
// development there is one network for all.
func join(file string, service map[string]any) {
	switch {
	case file == "dev":
		delete(service, "networks")
	case service["networks"] == nil && service["network_mode"] == nil:
		service["networks"] = []any{"inside", "outside"}
	}
}

// composeService returns a service as fragments have it: with objects for the
// lists that several owners add to, and the numbers of JSON.
func composeService(service any) map[string]any {
	text, err := json.Marshal(service)
	if err != nil {
		panic("assemble: " + err.Error()) // it was read from CUE
	}
	var fields map[string]any
	if err := json.Unmarshal(text, &fields); err != nil {
		panic("assemble: " + err.Error()) // the schema lets nothing else pass
	}
	for _, key := range render.ComposeLists {
		items, ok := fields[key].([]any)
		if !ok {
			continue
		}
		object := map[string]any{}
		for i, item := range items {
			if text, ok := item.(string); ok {
				object[text] = true
			} else {
				object[fmt.Sprintf("aegis.cue %03d", i)] = item
			}
		}
		fields[key] = object
	}
	return fields
}

// blameManifest gives the clashes with the manifest in err their places in it.
func blameManifest(project *schema.Project, err error) error {
	var many *multierror.Error
	if !errors.As(err, &many) {
		return err
	}
	var errs *multierror.Error
	var diags []*schema.Diagnostic
	for _, one := range many.Errors {
		var clash *render.Clash
		if !errors.As(one, &clash) || !slices.Contains(clash.Owners[:], manifestOwner) {
			errs = multierror.Append(errs, one)
			continue
		}
		mine := slices.Index(clash.Owners[:], manifestOwner)
		path := slices.Concat([]string{"deploy", "compose"}, clash.Path[1:]) // without the file
		other := "the application"
		if project.Component(clash.Owners[1-mine]) != nil {
			other = clash.Owners[1-mine]
		}
		d := project.Diagnostic(path, schema.CodeConflict,
			fmt.Sprintf("is %s here, and %s in what %s brings", shown(clash.Values[mine]), shown(clash.Values[1-mine]), other),
			"delete it, or write it to compose.override.yaml or compose.prod.override.yaml, which win")
		diags = append(diags, d)
	}
	// Both files may have the service.
	slices.SortFunc(diags, func(a, b *schema.Diagnostic) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
	for _, d := range slices.CompactFunc(diags, func(a, b *schema.Diagnostic) bool { return a.Error() == b.Error() }) {
		errs = multierror.Append(errs, d)
	}
	return errs.ErrorOrNil()
}

// shown returns a value in few words.
func shown(value any) string {
	switch value := value.(type) {
	case map[string]any:
		return fmt.Sprintf("an object with %d entries", len(value))
	case []any:
		text, _ := json.Marshal(value) // of a JSON document
		return string(text)
	case string:
		return fmt.Sprintf("%q", value)
	}
	return fmt.Sprint(value)
}
