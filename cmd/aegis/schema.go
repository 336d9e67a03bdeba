package main

import (
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
)

func newSchema(c *console) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "schema",
		Short: "Print the schema of the manifest, for editors and other tools",
		Long: `Schema prints what a manifest may hold: as one CUE file, against which cue vet
accepts and rejects what validate does, or as JSON Schema.`,
		Example: `  aegis schema > schema/schema.cue
  aegis schema --format jsonschema > aegis.schema.json`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := oneOf("format", format, "cue", "jsonschema"); err != nil {
				return err
			}
			s, err := all.Schema()
			if err != nil {
				return err
			}
			print := s.CUE
			if format == "jsonschema" {
				print = s.JSONSchema
			}
			text, err := print()
			if err != nil {
				return err
			}
			_, err = c.out.Write(text)
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", "cue", "cue or jsonschema")
	return cmd
}
