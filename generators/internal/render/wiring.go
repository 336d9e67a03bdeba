package render

import (
	"bytes"
	"fmt"
	"go/format"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/schema"
)

// wired is one component as the wiring document describes it.
type wired struct {
	name, pkg, folder string
	needs             []string
}

// Components returns components_gen.go, the only file of the project that
// knows which components exist: its name, the defaults of its environment and
// the constructor calls, each after those of the components that it needs.
// Components that need one that is not there, or each other in a ring, are an
// error.
func Components(project *schema.Project, wiring, environment *Document) ([]byte, error) {
	parts, err := ordered(wiring)
	if err != nil {
		return nil, err
	}
	imports := []string{path.Join(project.Module, "internal/app")}
	for _, p := range parts {
		imports = append(imports, path.Join(project.Module, p.folder))
	}
	slices.Sort(imports)

	var out bytes.Buffer
	out.WriteString("// Code generated from aegis.cue. DO NOT EDIT.\n\npackage main\n\nimport (\n")
	for _, p := range imports {
		fmt.Fprintf(&out, "\t%q\n", p)
	}
	fmt.Fprintf(&out, ")\n\nconst name = %q\n\n", project.Name)

	out.WriteString("// defaults are the values of the environment variables that are not set.\n")
	out.WriteString("var defaults = map[string]string{\n")
	if environment != nil {
		for _, name := range slices.Sorted(maps.Keys(environment.Tree)) {
			if v := variableOf(environment, name); v.Default != "" {
				fmt.Fprintf(&out, "\t%q: %q,\n", name, v.Default)
			}
		}
	}
	out.WriteString("}\n\n")

	out.WriteString("// components returns the components of the application in the order in which\n// they start.\n")
	out.WriteString("func components(a *app.App) ([]app.Component, error) {\n")
	made := make([]string, len(parts))
	for i, p := range parts {
		made[i] = variable(p.pkg)
		arguments := []string{"a"}
		for _, need := range p.needs {
			arguments = append(arguments, variable(named(parts, need).pkg))
		}
		fmt.Fprintf(&out, "%s, err := %s.New(%s)\nif err != nil {\nreturn nil, err\n}\n", made[i], p.pkg, strings.Join(arguments, ", "))
	}
	fmt.Fprintf(&out, "return []app.Component{%s}, nil\n}\n", strings.Join(made, ", "))
	return format.Source(out.Bytes())
}

// variable names the component of a package, which has the short name itself.
func variable(pkg string) string { return pkg + "Component" }

func named(parts []wired, name string) wired {
	return parts[slices.IndexFunc(parts, func(p wired) bool { return p.name == name })]
}

// ordered returns the parts of the wiring, each after those that it needs, and
// otherwise by name.
func ordered(wiring *Document) ([]wired, error) {
	if wiring == nil {
		return nil, nil
	}
	var waiting []wired
	for _, name := range slices.Sorted(maps.Keys(wiring.Tree)) {
		entry, _ := wiring.Tree[name].(map[string]any)
		p := wired{name: name}
		p.pkg, _ = entry["package"].(string)
		p.folder, _ = entry["folder"].(string)
		needs, _ := entry["needs"].([]any)
		for _, need := range needs {
			n, _ := need.(string)
			p.needs = append(p.needs, n)
		}
		if p.pkg == "" || p.folder == "" {
			return nil, fmt.Errorf("wiring: %s: the package or its folder is missing", name)
		}
		waiting = append(waiting, p)
	}
	var errs *multierror.Error
	for _, p := range waiting {
		for _, need := range p.needs {
			if wiring.Tree[need] == nil {
				errs = multierror.Append(errs, fmt.Errorf("wiring: %s needs %s, which is not part of the project", p.name, need))
			}
		}
	}
	if err := errs.ErrorOrNil(); err != nil {
		return nil, err
	}

	var done []wired
	isDone := func(name string) bool {
		return slices.ContainsFunc(done, func(p wired) bool { return p.name == name })
	}
	for len(waiting) > 0 {
		next := slices.IndexFunc(waiting, func(p wired) bool {
			return !slices.ContainsFunc(p.needs, func(need string) bool { return !isDone(need) })
		})
		if next < 0 {
			names := ring(waiting)
			if len(names) == 1 {
				return nil, fmt.Errorf("wiring: %s needs itself", names[0])
			}
			return nil, fmt.Errorf("wiring: %s need each other", strings.Join(names, ", "))
		}
		done = append(done, waiting[next])
		waiting = slices.Delete(waiting, next, next+1)
	}
	return done, nil
}

// ring returns the names of parts that need each other. Each of waiting needs
// another of them.
func ring(waiting []wired) []string {
	var way []string
	at := waiting[0]
	for !slices.Contains(way, at.name) {
		way = append(way, at.name)
		for _, need := range at.needs {
			if i := slices.IndexFunc(waiting, func(p wired) bool { return p.name == need }); i >= 0 {
				at = waiting[i]
				break
			}
		}
	}
	return way[slices.Index(way, at.name):]
}
