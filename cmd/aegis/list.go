package main

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

func newList(c *console) *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "list components|services|starters",
		Short: "List what there is, what each brings and what it needs",
		Example: `  aegis list components
  aegis list services --json
  aegis list starters`,
		ValidArgs: []string{"components", "services", "starters"},
		RunE: func(_ *cobra.Command, args []string) error {
			kinds := map[string]schema.Kind{"components": schema.Infrastructure, "services": schema.Service}
			if len(args) == 1 && args[0] == "starters" {
				return c.listStarters(asJSON)
			}
			if len(args) != 1 || kinds[args[0]] == "" {
				return usagef("aegis list takes one of \"components\", \"services\" and \"starters\"\nhint: aegis list components")
			}
			s, err := all.Schema()
			if err != nil {
				return err
			}
			entries, err := s.Catalog()
			if err != nil {
				return err
			}
			parts := map[string]bool{}
			for _, e := range entries {
				parts[e.Name] = e.Kind == schema.Part
			}
			entries = slices.DeleteFunc(entries, func(e schema.Entry) bool { return e.Kind != kinds[args[0]] })
			for i := range entries {
				entries[i].Requires = slices.DeleteFunc(slices.Clone(entries[i].Requires), func(r schema.Requirement) bool { return parts[r.Name] })
			}
			if asJSON {
				return c.printJSON(append([]schema.Entry{}, entries...))
			}
			return c.list(entries, args[0])
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON, with every option")
	return cmd
}

func (c *console) list(entries []schema.Entry, what string) error {
	if len(entries) == 0 {
		c.note("there are no %s yet", what)
		return nil
	}
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tBRINGS\tNEEDS")
	for _, e := range entries {
		var needs []string
		for _, r := range e.Requires {
			name := r.Name
			if r.Conditional {
				name += "?"
			}
			needs = append(needs, name)
		}
		name := e.Name
		if e.Always {
			name += " *"
		}
		if len(needs) == 0 {
			needs = []string{"-"}
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", name, e.Summary, strings.Join(needs, ", "))
	}
	if err := w.Flush(); err != nil {
		return err
	}
	c.note("\n* is part of every project, ? depends on the options; \"aegis explain NAME\" tells more")
	return nil
}
