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

// wired is what one constructor makes, as the wiring document describes it: a
// component, or the variant of one.
type wired struct {
	name, pkg, folder, typ string
	needs                  []string
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
	var out bytes.Buffer
	out.WriteString("// Code generated from aegis.cue. DO NOT EDIT.\n\npackage main\n\nimport (\n")
	out.WriteString(importLines(project.Module, parts))
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
	var made []string
	for _, p := range parts {
		arguments := []string{"a"}
		for _, need := range p.needs {
			i := slices.IndexFunc(parts, func(q wired) bool { return q.name == need })
			arguments = append(arguments, parts[i].variable())
		}
		fmt.Fprintf(&out, "%s, err := %s.New(%s)\nif err != nil {\nreturn nil, err\n}\n",
			p.variable(), p.pkg, strings.Join(arguments, ", "))
		if p.typ == "Component" {
			made = append(made, p.variable())
		}
	}
	fmt.Fprintf(&out, "return []app.Component{%s}, nil\n}\n", strings.Join(made, ", "))
	return format.Source(out.Bytes())
}

// variable names what p makes: the short name is that of the package.
func (p wired) variable() string { return p.pkg + p.typ }

// importLines returns the imports of components_gen.go. Where packages share a
// name (the postgres of two components), it changes that to one of their own.
func importLines(module string, parts []wired) string {
	paths := map[string]string{path.Join(module, "internal/app"): ""}
	packages := map[string]int{}
	for _, p := range parts {
		packages[p.pkg]++
	}
	for i, p := range parts {
		alias := ""
		if own := strings.NewReplacer("/", "", "-", "").Replace(p.name); packages[p.pkg] > 1 && own != p.pkg {
			alias, parts[i].pkg = own+" ", own
		}
		paths[path.Join(module, p.folder)] = alias
	}
	var lines strings.Builder
	for _, p := range slices.Sorted(maps.Keys(paths)) {
		fmt.Fprintf(&lines, "\t%s%q\n", paths[p], p)
	}
	return lines.String()
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
		p.typ, _ = entry["type"].(string)
		needs, _ := entry["needs"].([]any)
		for _, need := range needs {
			n, _ := need.(string)
			p.needs = append(p.needs, n)
		}
		if p.pkg == "" || p.folder == "" || p.typ == "" {
			return nil, fmt.Errorf("wiring: %s: the package, its folder or what it makes is missing", name)
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
