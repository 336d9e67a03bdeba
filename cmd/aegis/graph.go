package main

import (
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/cmd/aegis/graph"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
)

func newGraph(c *console) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "graph",
		Short: "Draw the components and containers of the project",
		Long: `Graph prints what the project consists of: its components, what needs what and
why, and the containers with their ports and volumes, in development and in
production. Mermaid is for Markdown, dot for Graphviz, svg for browsers.`,
		Example: `  aegis graph
  aegis graph --format svg > shop.svg`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, graph.Formats...); err != nil {
				return err
			}
			project, err := c.load()
			if err != nil {
				return err
			}
			gens := all.Generators()
			s, err := all.Schema()
			if err != nil {
				return err
			}
			entries, err := s.Catalog()
			if err != nil {
				return err
			}
			g, err := assemble.NewGraph(project, entries, gens)
			if err != nil {
				return err
			}
			return graph.Write(c.out, format, g)
		},
	}
	cmd.Flags().StringVar(&format, "format", graph.Formats[0], "mermaid, dot, svg or json")
	return cmd
}
