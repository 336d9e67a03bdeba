package main

import (
	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/report"
)

func newValidate(c *console) *cobra.Command {
	var format string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "validate",
		Short: "Check the manifest and report every mistake at once",
		Long: `Validate checks aegis.cue and the files of its package, and the compose files
that change ours: compose.override.yaml and compose.prod.override.yaml. It is quiet when all is
well; otherwise it reports every mistake, each with its position and a way out,
and ends with exit code 1. Text goes to standard error, the formats for machines
go to standard output.`,
		Example: `  aegis validate
  aegis validate --format sarif > aegis.sarif`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				if cmd.Flags().Changed("format") && format != "json" {
					return usagef("--json and --format %s exclude each other", format)
				}
				format = "json"
			}
			if err := oneOf("format", format, report.Formats...); err != nil {
				return err
			}
			project, err := c.load()
			if other := assemble.CheckCompose(c.dir, project); other != nil {
				err = multierror.Append(err, other)
			}
			diags := schema.Diagnostics(err)
			if format == report.Formats[0] || err != nil && len(diags) == 0 {
				return err
			}
			if err := report.Write(c.out, format, diags, false); err != nil {
				return err
			}
			if err != nil {
				return &exitError{code: exitProject}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&format, "format", "text", "text, json, sarif or github")
	cmd.Flags().BoolVar(&asJSON, "json", false, "short for --format json")
	return cmd
}
