package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// generateFlags is how a project is brought in step with its manifest.
type generateFlags struct {
	outputDir     string
	keep, replace []string
	dryRun, check bool
	json          bool
}

func newGenerate(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Bring the project in step with the manifest",
		Long: `Generate writes what the manifest asks for and leaves everything else alone. It
is quiet when there is nothing to do. Your edits stay: where Aegis and you
changed the same file, nothing is written, the files are listed and the exit
code is 3.

With --check it writes nothing, lists what differs and ends with exit code 3 if
anything does: for continuous integration.`,
		Example: `  aegis generate
  aegis generate --dry-run
  aegis generate --check`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if f.dryRun && f.check {
				return usagef("--dry-run and --check exclude each other")
			}
			if f.dryRun || f.check {
				return c.preview(f)
			}
			set, err := c.generate(nil, f)
			if err != nil {
				return err
			}
			if f.json {
				return c.printJSON(changes(set))
			}
			if s := summary(set); s != "" {
				fmt.Fprintln(c.err, s)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "print what would happen, and write nothing")
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit with 3 if the project is out of step")
	cmd.Flags().StringArrayVar(&f.keep, "keep", nil, "keep your own text of the file at `path` from now on")
	cmd.Flags().StringArrayVar(&f.replace, "replace", nil, "give up your edits of the file at `path`")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the changes as JSON")
	return cmd
}

// load reads and resolves the manifest.
func (c *console) load() (*schema.Project, error) {
	s, err := all.Schema()
	if err != nil {
		return nil, err
	}
	return s.Load(c.dir)
}

func (c *console) options(project *schema.Project, f generateFlags) assemble.Options {
	return assemble.Options{
		Project: project, Dir: c.dir, OutputDir: f.outputDir, Version: version,
		Keep: f.keep, Replace: f.replace,
	}
}

// generate writes the project: the given one or, if it is nil, that of the
// manifest. Files that only the user can decide about are listed, and nothing
// is written.
func (c *console) generate(project *schema.Project, f generateFlags) (*assemble.Changeset, error) {
	set, err := assemble.Generate(c.options(project, f))
	var conflict *assemble.ConflictError
	if errors.As(err, &conflict) {
		for _, change := range conflict.Changes {
			fmt.Fprintf(c.err, "%s: %s\n", change.Path, change.Reason)
			if change.Hint != "" {
				fmt.Fprintf(c.err, "  hint: %s\n", change.Hint)
			}
		}
		return nil, &exitError{exitDrift, errors.New("nothing was written: " + count(len(conflict.Changes), "file needs", "files need") + " a decision of yours")}
	}
	return set, err
}

// preview lists what generate would do.
func (c *console) preview(f generateFlags) error {
	set, err := assemble.Check(c.options(nil, f))
	if err != nil {
		return err
	}
	list := changes(set)
	if f.json {
		if err := c.printJSON(list); err != nil {
			return err
		}
	} else {
		for _, change := range list {
			if f.check && change.Action == assemble.Keep {
				continue
			}
			fmt.Fprintf(c.out, "%-8s %s (%s)", change.Action, change.Path, change.Owner)
			if change.Reason != "" {
				fmt.Fprintf(c.out, ": %s", change.Reason)
			}
			fmt.Fprintln(c.out)
		}
	}
	if f.check && set.Pending() || len(set.Conflicts()) > 0 {
		return &exitError{code: exitDrift}
	}
	return nil
}

// changes lists what happens, without the files to which nothing does.
func changes(set *assemble.Changeset) []assemble.Change {
	list := []assemble.Change{}
	for _, change := range set.Changes {
		if change.Action != assemble.Unchanged {
			list = append(list, change)
		}
	}
	return list
}

// summary counts what happened; it is empty when nothing did.
func summary(set *assemble.Changeset) string {
	counts := map[assemble.Action]int{}
	for _, change := range set.Changes {
		counts[change.Action]++
	}
	var parts []string
	for _, part := range []struct {
		action assemble.Action
		done   string
	}{{assemble.Create, "created"}, {assemble.Update, "updated"}, {assemble.Delete, "deleted"}} {
		if n := counts[part.action]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %s", count(n, "file", "files"), part.done))
		}
	}
	return strings.Join(parts, ", ")
}

// count writes a number with its noun.
func count(n int, one, many string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %s", n, many)
}
