package main

import (
	"fmt"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/cmd/aegis/doctor"
	"github.com/aegis-stack/aegis/generators/assemble"
)

func newDoctor(c *console) *cobra.Command {
	var f generateFlags
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look for what keeps the project from running here",
		Long: `Doctor looks at the Go toolchain, Docker and Compose, the manifest, the files of
the project, the version of Aegis that made them, the ports that the application
listens on, and the servers that its environment and .env name. What is wrong
comes with a way out. It changes nothing. The exit code is 1 if something has to
be mended; a warning, as when there is no Docker, is none.`,
		Example: `  aegis doctor
  aegis doctor --json`,
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			project, err := c.load()
			if other := assemble.CheckCompose(c.dir, project); other != nil {
				err = multierror.Append(err, other)
			}
			findings := doctor.Examine(cmd.Context(), doctor.Patient{
				Options: c.options(project, f), Project: project, Err: err, Environ: os.Environ(),
			})
			if asJSON {
				if err := c.printJSON(findings); err != nil {
					return err
				}
			} else if err := c.findings(findings); err != nil {
				return err
			}
			for _, finding := range findings {
				if finding.Status == doctor.Problem {
					return &exitError{code: exitProject}
				}
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as JSON")
	return cmd
}

// findings prints a line for each, with the way out below.
func (c *console) findings(findings []doctor.Finding) error {
	w := tabwriter.NewWriter(c.out, 0, 0, 2, ' ', 0)
	for _, f := range findings {
		fmt.Fprintf(w, "%s\t%s\t%s\n", f.Status, f.Check, strings.ReplaceAll(f.Message, "\n", " "))
		if f.Hint != "" {
			fmt.Fprintf(w, "\t\thint: %s\n", f.Hint)
		}
	}
	return w.Flush()
}
