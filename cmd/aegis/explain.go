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
		Use:   "explain PATH",
		Short: "Explain a value of the manifest, or a component",
		Long: `Explain tells what a value of the manifest means, what it may be, its default,
and, inside a project, its current value and where that comes from. A component
can be named by its name alone.`,
		Example: `  aegis explain components.backend.port
  aegis explain frontend`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("aegis explain takes one path, not %d\nhint: aegis explain components.backend.port", len(args))
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
	fmt.Fprintln(c.out)
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	row := func(name, value string) {
		if value != "" {
			fmt.Fprintf(w, "  %s\t%s\n", name, value)
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
			row("needs", r.Name+": "+r.Because)
		}
		for _, b := range e.Brings {
			row("brings", fmt.Sprintf("%s, with %s: %s", b.Name, strings.Join(b.With, " and "), b.Summary))
		}
		for _, p := range e.Ports {
			row("listens", fmt.Sprintf("%s on %d, from %s", p.Use, p.Number, p.Option))
		}
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
	if x.Component == nil || len(x.Reasons) == 0 {
		return ""
	}
	var reasons []string
	for _, r := range x.Reasons {
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

func defaultOf(o schema.Option) string {
	switch {
	case o.Required:
		return "required"
	case o.Default == "":
		return "no default"
	}
	return "default " + o.Default
}
