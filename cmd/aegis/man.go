package main

import (
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

func newMan() *cobra.Command {
	var dir string
	cmd := &cobra.Command{
		Use:   "man",
		Short: "Write manual pages, one for each command",
		Long: `Man writes manual pages into a folder, one for each command. In a folder of the
MANPATH, such as ~/.local/share/man/man1, "man aegis" finds them.`,
		Example: `  aegis man --output-dir ~/.local/share/man/man1`,
		Args:    noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if dir == "" {
				return usagef("aegis man needs to know where to write\nhint: aegis man --output-dir ~/.local/share/man/man1")
			}
			if err := os.MkdirAll(dir, 0o755); err != nil {
				return err
			}
			// The same text on every day, for those who package it.
			day := time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)
			root := cmd.Root()
			root.DisableAutoGenTag = true
			if err := doc.GenManTree(root, &doc.GenManHeader{Section: "1", Source: "aegis " + version, Manual: "Aegis", Date: &day}, dir); err != nil {
				return fmt.Errorf("write manual pages: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&dir, "output-dir", "o", "", "`folder` to write them to")
	return cmd
}
