package assemble

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/render"
	"github.com/aegis-stack/aegis/schema"
)

// composeFiles are the compose files in the fragments, and who they are for.
var composeFiles = map[string]string{"dev": "development", "prod": "production"}

// composeOfManifest returns what the manifest says of the services of the
// compose files, as fragments of them. Their owners are the places in the
// manifest. Services that the manifest does not give to one of the files are
// meant in the files that have them, or in both if they are new.
func composeOfManifest(project *schema.Project, parts []render.Part) []render.Part {
	has := func(file, name string) bool {
		return slices.ContainsFunc(parts, func(p render.Part) bool {
			tree, _ := p.Data[file].(map[string]any)
			services, _ := tree["services"].(map[string]any)
			return p.Document == generators.Compose && services[name] != nil
		})
	}
	known := func(name string) bool { return has("dev", name) || has("prod", name) }
	var fragments []render.Part
	for _, c := range project.Compose {
		data := map[string]any{}
		for file := range composeFiles {
			services, volumes := map[string]any{}, map[string]any{}
			for name, service := range c.Services {
				if c.File != "" && c.File != file || c.File == "" && known(name) && !has(file, name) {
					continue
				}
				fields := composeService(service)
				if !has(file, name) {
					join(project, file, name, fields)
				}
				services[name] = fields
				mounts, _ := fields["volumes"].(map[string]any)
				for mount := range mounts {
					if m := namedVolume.FindStringSubmatch(mount); m != nil {
						volumes[m[1]] = nil
					}
				}
			}
			if len(services) == 0 {
				continue
			}
			tree := map[string]any{"services": services}
			if len(volumes) > 0 {
				tree["volumes"] = volumes
			}
			data[file] = tree
		}
		fragments = append(fragments, render.Part{Owner: placeOwner(c.Path), Fragment: generators.Fragment{Document: generators.Compose, Data: data}})
	}
	return fragments
}

// incomplete returns what is wrong with services of the manifest that no part
// knows: those that run nothing.
func incomplete(project *schema.Project, compose map[string]any) error {
	var errs *multierror.Error
	for _, c := range project.Compose {
		running, of := map[string]bool{}, "this project"
		for file := range composeFiles {
			if tree, _ := compose[file].(map[string]any); c.File == "" || c.File == file {
				services, _ := tree["services"].(map[string]any)
				for name, service := range services {
					if service, _ := service.(map[string]any); schema.Runs(service) {
						running[name] = true
					}
				}
			}
		}
		if c.File != "" {
			of = composeFiles[c.File]
		}
		complete := slices.Sorted(maps.Keys(running))
		for _, name := range slices.Sorted(maps.Keys(c.Services)) {
			if !slices.Contains(complete, name) {
				errs = multierror.Append(errs, project.Diagnostic(slices.Concat(c.Path, []string{name}), schema.CodeCompose,
					fmt.Sprintf("is no service of %s, and has neither image nor build", of),
					schema.DidYouMean(name, complete, "the services are "+strings.Join(complete, ", "))))
			}
		}
	}
	return errs.ErrorOrNil()
}

// dangling returns what services of the manifest depend on, and what a compose
// file that they are in does not have.
func dangling(project *schema.Project, compose map[string]any) error {
	var errs *multierror.Error
	services := func(file string) map[string]any {
		tree, _ := compose[file].(map[string]any)
		services, _ := tree["services"].(map[string]any)
		return services
	}
	for _, c := range project.Compose {
		for _, name := range slices.Sorted(maps.Keys(c.Services)) {
			for _, on := range dependsOn(c.Services[name]) {
				var without, with, there []string
				for _, file := range slices.Sorted(maps.Keys(composeFiles)) {
					switch {
					case c.File != "" && c.File != file || services(file)[name] == nil:
					case services(file)[on.name] == nil:
						without = append(without, composeFiles[file])
						there = append(there, slices.Collect(maps.Keys(services(file)))...)
					default:
						with = append(with, composeFiles[file])
					}
				}
				if len(without) == 0 {
					continue
				}
				slices.Sort(there)
				there = slices.Compact(there)
				hint := schema.DidYouMean(on.name, there, "the services are "+strings.Join(there, ", "))
				if len(with) > 0 {
					hint = fmt.Sprintf("write it below deploy.compose.%s, which has one", with[0])
				}
				errs = multierror.Append(errs, project.Diagnostic(slices.Concat(c.Path, []string{name, "depends_on", on.key}), schema.CodeCompose,
					fmt.Sprintf("there is no service %q in %s", on.name, strings.Join(without, " and ")), hint))
			}
		}
	}
	return errs.ErrorOrNil()
}

// dependency is the name of a service and its key in depends_on.
type dependency struct{ key, name string }

// dependsOn returns what a service of the manifest depends on.
func dependsOn(service any) []dependency {
	fields, _ := service.(map[string]any)
	var out []dependency
	switch on := fields["depends_on"].(type) {
	case []any:
		for i, item := range on {
			if name, ok := item.(string); ok {
				out = append(out, dependency{strconv.Itoa(i), name})
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(on)) {
			out = append(out, dependency{name, name})
		}
	}
	return out
}

// placeOwner is the owner of what the manifest has at path.
func placeOwner(path []string) string { return schema.ManifestName + ": " + strings.Join(path, ".") }

// placeOf returns the path in the manifest that an owner stands for, or nil.
func placeOf(owner string) []string {
	if place, ok := strings.CutPrefix(owner, schema.ManifestName+": "); ok {
		return strings.Split(place, ".")
	}
	return nil
}

// namedVolume matches where a volume that Compose keeps is mounted.
var namedVolume = regexp.MustCompile(`^([A-Za-z0-9][A-Za-z0-9_.-]+):/`)

// join puts a service of the user's own where it meets the others. In
// development there is one network for all.
func join(project *schema.Project, file, name string, service map[string]any) {
	if file == "dev" {
		delete(service, "networks")
		return
	}
	chosen := slices.ContainsFunc(project.Compose, func(c schema.ComposeServices) bool {
		s, _ := c.Services[name].(map[string]any)
		return c.File != "dev" && (s["networks"] != nil || s["network_mode"] != nil)
	})
	if !chosen {
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
		if !errors.As(one, &clash) || placeOf(clash.Owners[0]) == nil && placeOf(clash.Owners[1]) == nil {
			errs = multierror.Append(errs, one)
			continue
		}
		mine := slices.IndexFunc(clash.Owners[:], func(o string) bool { return placeOf(o) != nil })
		other := "the application brings"
		if name := clash.Owners[1-mine]; project.Component(name) != nil {
			other = name + " brings"
		}
		if place := placeOf(clash.Owners[1-mine]); place != nil {
			other = strings.Join(place, ".") + " says"
		}
		path := slices.Concat(placeOf(clash.Owners[mine]), clash.Path[2:]) // without the file and "services"
		d := project.Diagnostic(path, schema.CodeConflict,
			fmt.Sprintf("is %s here, and %s in what %s", shown(clash.Values[mine]), shown(clash.Values[1-mine]), other),
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
