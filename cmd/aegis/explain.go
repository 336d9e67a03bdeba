package main

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

func newExplain(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "explain PATH|NAME|CODE",
		Short: "Explain an option of the manifest, a component, or a mistake",
		Long: `Explain tells what an option of the manifest means, what it may be, its default,
and, inside a project, its current value and where that comes from. In a path,
NAME stands for any name of yours. A component, or a part that came along, can be
named by its name alone; inside a project it says why it is there. The code of a
mistake, as validate reports it, gives an example and the way out.`,
		Example: `  aegis explain components.backend.port
  aegis explain scheduler.jobs.NAME.cron
  aegis explain frontend
  aegis explain AEG022`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("aegis explain takes one path, name or code, not %d\nhint: aegis explain components.backend.port", len(args))
			}
			if page := schema.Code(strings.ToUpper(args[0])).Page(); page != nil {
				if asJSON {
					return c.printJSON(page)
				}
				c.page(page)
				return nil
			}
			s, err := all.Schema()
			if err != nil {
				return err
			}
			x, err := s.Explain(c.dir, args[0])
			if err != nil {
				return &exitError{exitUsage, err}
			}
			if asJSON {
				return c.printJSON(x)
			}
			return c.explain(x)
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

func (c *console) explain(x *schema.Explanation) error {
	if e := x.Component; e != nil {
		fmt.Fprintf(c.out, "%s (%s): %s\n", e.Name, e.Kind, e.Summary)
	} else if x.Path != "" {
		fmt.Fprintln(c.out, x.Path)
	}
	if x.Doc != "" {
		fmt.Fprintf(c.out, "\n  %s\n", strings.ReplaceAll(x.Doc, "\n", "\n  "))
	}
	var rows strings.Builder
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(&rows, "  %s\t%s\n", name, value)
		}
	}
	if len(x.Fields) == 0 || strings.HasPrefix(x.Fields[0].Path, "NAME") { // a value, or a map of them
		row("type", x.Allowed)
		row("default", x.Default)
	}
	if x.Value != "" && len(x.Fields) == 0 {
		row("value", x.Value+" ("+x.From+")")
	}
	if x.Required {
		row("required", "yes")
	}
	row("state", state(x))
	if e := x.Component; e != nil {
		for _, r := range e.Requires {
			text := r.Name + ": " + r.Because
			if r.Conditional {
				text += " (depends on the options)"
			}
			row("needs", text)
		}
		for _, b := range e.Brings {
			row("brings", fmt.Sprintf("%s, with %s: %s", b.Name, strings.Join(b.With, " and "), b.Summary))
		}
		for _, p := range e.Ports {
			row("listens", fmt.Sprintf("%s on %d, from %s", p.Use, p.Number, p.Option))
		}
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	if rows.Len() > 0 {
		fmt.Fprintf(w, "\n%s", rows.String())
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if len(x.Fields) > 0 {
		fmt.Fprintln(c.out, "\noptions:")
		for _, o := range x.Fields {
			fmt.Fprintf(c.out, "  %s: %s (%s)\n", o.Path, o.Allowed, defaultOf(o))
			if o.Doc != "" {
				fmt.Fprintf(c.out, "      %s\n", strings.ReplaceAll(o.Doc, "\n", "\n      "))
			}
		}
	}
	if e := x.Component; e != nil && len(e.Env) > 0 {
		fmt.Fprintln(c.out, "\nenvironment, each behind the name of the project, as in SHOP_ADDR:")
		for _, v := range e.Env {
			fmt.Fprintf(w, "  %s\t%s\n", v.Name, v.Doc)
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	if e := x.Component; e != nil {
		if text := all.Readme(e.Name); text != nil {
			fmt.Fprintf(c.out, "\n%s", text)
		}
	}
	if x.Broken {
		fmt.Fprintln(c.err, "aegis: the manifest has mistakes, so that its values are not shown; see \"aegis validate\"")
	}
	return nil
}

// state says whether the component is part of the project, and why.
func state(x *schema.Explanation) string {
	switch e := x.Component; {
	case e == nil || !x.Project || x.Broken:
		return ""
	case len(x.Reasons) == 0 && len(e.Joins) > 0:
		return "not part of the project; it comes along with " + strings.Join(e.Joins, " and ")
	case len(x.Reasons) == 0 && e.Kind == schema.Part:
		return "not part of the project; it comes along with what needs it"
	case len(x.Reasons) == 0:
		return fmt.Sprintf("not part of the project; \"aegis add %s\" adds it", e.Name)
	}
	var reasons []string
	for _, r := range x.Reasons {
		if len(r.Joins) > 0 {
			reasons = append(reasons, joined(r))
			continue
		}
		place := r.Position
		if len(r.Through) > 0 {
			place = strings.TrimSuffix("for "+r.Through[len(r.Through)-1]+", "+place, ", ")
		}
		if place != "" {
			place = " (" + place + ")"
		}
		text := r.Because + place
		if r.By != "aegis" && r.By != "aegis.cue" {
			text = r.By + " needs it" + place + ": " + r.Because
		}
		reasons = append(reasons, text)
	}
	return "enabled, because " + strings.Join(reasons, "; ")
}

// joined says what a part is there for, each with its place.
func joined(r schema.PlacedReason) string {
	var names []string
	for _, j := range r.Joins {
		if j.Position != "" {
			j.Name += " (" + j.Position + ")"
		}
		names = append(names, j.Name)
	}
	if len(names) == 1 {
		return names[0] + " is there"
	}
	return strings.Join(names, " and ") + " are there"
}

func defaultOf(o schema.Option) string {
	switch {
	case o.Required:
		return "required"
	case len(o.Choices) == 1 && o.Default == "":
		return "always"
	case o.Default == "":
		return "no default"
	}
	return "default " + o.Default
}
