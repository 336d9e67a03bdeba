package assemble

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/edit"
)

// ChoiceError says that components cannot be chosen as asked for.
type ChoiceError struct {
	// Unknown says that it is their names or options that make no sense,
	// whatever the project is.
	Unknown bool

	err error
}

func (e *ChoiceError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *ChoiceError) Unwrap() error { return e.err }

// choices is a manifest whose choice of components changes.
type choices struct {
	schema   *schema.Schema
	dir      string
	manifest *edit.Manifest
	before   *schema.Project
}

func (o Options) choices() (*choices, error) {
	if err := Complete(o.outputDir(), o.Waiting); err != nil {
		return nil, err
	}
	gens := o.Generators
	if gens == nil {
		gens = all.Generators()
	}
	s, err := generators.Schema(gens)
	if err != nil {
		return nil, err
	}
	c := &choices{schema: s, dir: o.Dir}
	if c.before, err = s.Load(o.Dir); err != nil {
		return nil, err
	}
	c.manifest, err = edit.Open(o.Dir)
	return c, err
}

// load resolves the manifest as it is edited. Its mistakes are where it lies.
func (c *choices) load() (*schema.Project, error) {
	return c.schema.LoadEdited(c.dir, c.manifest.Texts())
}

// with returns the options that make the project of the edited manifest.
func (c *choices) with(o Options, project *schema.Project) Options {
	o.Project, o.Manifest = project, c.manifest.Changed()
	return o
}

// named is a component or service as the command line names it.
type named struct {
	kind schema.Kind
	schema.Selection
}

// names parses what the command line names.
func (c *choices) names(items []string) ([]named, error) {
	var out []named
	var errs []error
	for _, item := range items {
		kind, selection, err := c.schema.SelectNamed(item)
		switch {
		case err != nil:
			errs = append(errs, err)
		case slices.ContainsFunc(out, func(n named) bool { return n.Name == selection.Name }):
			errs = append(errs, fmt.Errorf("%q is named twice", selection.Name))
		default:
			out = append(out, named{kind, selection})
		}
	}
	err := several(errs)
	if choice := new(ChoiceError); errors.As(err, &choice) {
		choice.Unknown = true
	}
	return out, err
}

// several makes one error of what is wrong with the choice.
func several(errs []error) error {
	if len(errs) == 0 {
		return nil
	}
	all := &multierror.Error{Errors: errs, ErrorFormat: func(errs []error) string {
		lines := make([]string, len(errs))
		for i, err := range errs {
			lines[i] = err.Error()
		}
		return strings.Join(lines, "\n")
	}}
	return &ChoiceError{err: all}
}

// Add returns the options with which [Generate] and [Check] add components:
// names, with options in brackets, as "database[postgres]". What cannot be added
// is a *[ChoiceError]; values that the schema refuses are diagnostics, placed
// in the manifest as it would be.
func Add(o Options, items []string) (Options, error) {
	c, err := o.choices()
	if err != nil {
		return o, err
	}
	chosen, err := c.names(items)
	if err != nil {
		return o, err
	}
	var errs []error
	for _, n := range chosen {
		if err := c.manifest.Add(n.kind, n.Selection); err != nil {
			errs = append(errs, err)
		}
	}
	if err := several(errs); err != nil {
		return o, err
	}
	project, err := c.load()
	if err != nil {
		return o, err
	}
	for _, n := range chosen {
		if project.Component(n.Name) == nil {
			errs = append(errs, fmt.Errorf("%q would still not be part of the project\nhint: edit the manifest by hand", n.Name))
		}
	}
	return c.with(o, project), several(errs)
}

// Removed is a component that goes.
type Removed struct {
	Name string `json:"name"`
	// Because says why it goes when it was not asked for.
	Because string `json:"because,omitempty"`
	// Leaves is what stays behind and how to get rid of it.
	Leaves string `json:"leaves,omitempty"`
}

// Remove returns the options with which [Generate] and [Check] remove
// components, and what goes with them. What others need is a *[ChoiceError],
// unless with cascade, which removes those too.
func Remove(o Options, items []string, cascade bool) (Options, []Removed, error) {
	c, err := o.choices()
	if err != nil {
		return o, nil, err
	}
	chosen, err := c.names(items)
	if err != nil {
		return o, nil, err
	}
	var errs []error
	for _, n := range chosen {
		if err := c.drop(n, cascade); err != nil {
			errs = append(errs, err)
		}
	}
	if err := several(errs); err != nil {
		return o, nil, err
	}
	project, err := c.load()
	if err != nil {
		return o, nil, err
	}
	asked := map[string]bool{}
	for _, n := range chosen {
		asked[n.Name] = true
	}
	for cascade {
		needers, err := c.needers(project, chosen)
		if err != nil {
			return o, nil, err
		}
		if len(needers) == 0 {
			break
		}
		for _, n := range needers {
			if _, err := c.manifest.Remove(n.kind, n.Name); err != nil {
				return o, nil, err
			}
		}
		if project, err = c.load(); err != nil {
			return o, nil, err
		}
	}
	for _, n := range chosen {
		if still := project.Component(n.Name); still != nil {
			errs = append(errs, c.stillNeeded(still))
		}
	}
	if err := several(errs); err != nil {
		return o, nil, err
	}
	removed, err := c.removed(project, asked)
	return c.with(o, project), removed, err
}

// drop takes the mention of a component out of the manifest.
func (c *choices) drop(n named, cascade bool) error {
	active := c.before.Component(n.Name)
	if active != nil && slices.ContainsFunc(active.Reasons, func(r schema.Reason) bool { return r.By == "aegis" }) {
		return fmt.Errorf("%q is part of every project", n.Name)
	}
	mentioned, err := c.manifest.Remove(n.kind, n.Name)
	switch {
	case err != nil || mentioned:
		return err
	case active == nil:
		return fmt.Errorf("%q is not part of the project", n.Name)
	case !cascade:
		return c.stillNeeded(active)
	}
	return nil
}

// stillNeeded says who needs a component.
func (c *choices) stillNeeded(component *schema.Component) error {
	entries, err := c.schema.Catalog()
	if err != nil {
		return err
	}
	var by, hint, options []string
	for _, r := range component.Reasons {
		if r.By == "aegis.cue" {
			return fmt.Errorf("%q is chosen in a way that cannot be taken out of the manifest\nhint: edit it by hand", component.Name)
		}
		by = append(by, fmt.Sprintf("%q (%s)", r.By, r.Because))
		hint = append(hint, r.By)
		if byOption(entries, r.By, component.Name) {
			options = append(options, fmt.Sprintf("\"aegis explain %s\"", r.By))
		}
	}
	text := fmt.Sprintf("%q is needed by %s\nhint: remove %s as well, or all of them with --cascade", component.Name, strings.Join(by, " and "), strings.Join(hint, " and "))
	if len(options) > 0 {
		text += "; an option may change that, see " + strings.Join(options, " and ")
	}
	return errors.New(text)
}

// byOption says whether the options of a component decide that it needs another.
func byOption(entries []schema.Entry, name, needed string) bool {
	return slices.ContainsFunc(entries, func(e schema.Entry) bool {
		return e.Name == name && slices.ContainsFunc(e.Requires, func(r schema.Requirement) bool { return r.Name == needed && r.Conditional })
	})
}

// needers returns what has to go for the chosen components to go: whoever needs
// them and is named in the manifest.
func (c *choices) needers(project *schema.Project, chosen []named) ([]named, error) {
	var out []named
	seen := map[string]bool{}
	var visit func(name string) error
	visit = func(name string) error {
		component := project.Component(name)
		if component == nil || seen[name] {
			return nil
		}
		seen[name] = true
		for _, r := range component.Reasons {
			switch r.By {
			case "aegis":
				return &ChoiceError{err: fmt.Errorf("%q is part of every project, and needs what is to be removed", name)}
			case "aegis.cue":
				out = append(out, named{component.Kind, schema.Selection{Name: name}})
			default:
				if err := visit(r.By); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for _, n := range chosen {
		if err := visit(n.Name); err != nil {
			return nil, err
		}
	}
	return out, c.removable(out)
}

// removable checks that each is written in the manifest so that it can be taken
// out of it; otherwise removing would never end.
func (c *choices) removable(needers []named) error {
	var errs []error
	for _, n := range needers {
		probe, err := edit.New(c.manifest.Texts())
		if err != nil {
			return err
		}
		if found, err := probe.Remove(n.kind, n.Name); err != nil || !found {
			errs = append(errs, errors.Join(err, fmt.Errorf("%q is chosen in a way that cannot be taken out of the manifest\nhint: edit it by hand", n.Name)))
		}
	}
	return several(errs)
}

// removed lists what was part of the project and is not any more.
func (c *choices) removed(project *schema.Project, asked map[string]bool) ([]Removed, error) {
	entries, err := c.schema.Catalog()
	if err != nil {
		return nil, err
	}
	leaves := map[string]string{}
	for _, e := range entries {
		leaves[e.Name] = e.Leaves
	}
	out := []Removed{}
	for _, was := range c.before.Components {
		if project.Component(was.Name) != nil {
			continue
		}
		r := Removed{Name: was.Name, Leaves: leaves[was.Name]}
		if !asked[was.Name] {
			r.Because = "nothing needs it any more"
			for _, reason := range was.Reasons {
				if reason.By == "aegis.cue" {
					r.Because = "it needs what was removed"
				}
			}
		}
		out = append(out, r)
	}
	return out, nil
}
