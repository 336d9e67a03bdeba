package main

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// generateFlags is how a project is brought in step with its manifest.
type generateFlags struct {
	outputDir     string
	keep, replace []string
	conflict      string
	adopt         bool
	dryRun, check bool
	diff, json    bool
}

// preview registers the flags that show what would happen.
func (f *generateFlags) preview(flags *pflag.FlagSet) {
	flags.BoolVarP(&f.dryRun, "dry-run", "n", false, "print what would happen, and write nothing")
	flags.BoolVar(&f.diff, "diff", false, "with --dry-run, print the changes as unified diffs")
	flags.BoolVar(&f.json, "json", false, "print the changes as JSON, with diffs")
}

// style registers the flag that says how conflicts are treated.
func (f *generateFlags) style(flags *pflag.FlagSet) {
	flags.StringVar(&f.conflict, "conflict", assemble.Conflicts[0], "what to do where you and Aegis changed the same lines: merge or diff3 write `markers`, fail writes nothing")
}

// validate refuses flags that make no sense together.
func (f *generateFlags) validate() error {
	switch {
	case f.dryRun && f.check:
		return usagef("--dry-run and --check exclude each other")
	case f.diff && !f.dryRun && !f.check:
		return usagef("--diff goes with --dry-run\nhint: \"aegis diff\" is the short form of the two")
	case f.conflict == "":
		return nil // the command has no such flag
	}
	return oneOf("conflict", f.conflict, assemble.Conflicts...)
}

func newGenerate(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "generate",
		Short: "Bring the project in step with the manifest",
		Long: `Generate writes what the manifest asks for and leaves everything else alone. It
is quiet when there is nothing to do. Your edits stay: what Aegis changed since
is merged into them, what you deleted stays deleted, and files that you moved are
found. Where both changed the same lines, the file gets conflict markers, the
files are listed and the exit code is 3; until they are resolved, generating
again changes nothing.

A run that is interrupted leaves the old project or is completed by the next.
"aegis undo" takes the last run back.

With --check it writes nothing, lists what differs and why, and ends with exit
code 3 if anything does: for continuous integration.`,
		Example: `  aegis generate
  aegis generate --dry-run --diff
  aegis generate --check`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			return c.bring(c.options(nil, f), f)
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	f.preview(cmd.Flags())
	f.style(cmd.Flags())
	cmd.Flags().BoolVar(&f.check, "check", false, "write nothing; exit with 3 if the project is out of step")
	cmd.Flags().BoolVar(&f.adopt, "adopt", false, "take what differs for your edits, where .aegis is missing or damaged")
	cmd.Flags().StringArrayVar(&f.keep, "keep", nil, "keep your own text of the file at `path` from now on")
	cmd.Flags().StringArrayVar(&f.replace, "replace", nil, "give up your edits of the file at `path`")
	return cmd
}

func newDiff(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "diff",
		Short: "Show what generate would change, as unified diffs",
		Long: `Diff is short for generate --dry-run --diff, without the list. It prints what
git apply and patch understand.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			set, err := c.check(c.options(nil, f))
			if err != nil {
				return err
			}
			if !f.json {
				c.diffs(set)
			} else if err := c.printJSON(changes(set)); err != nil {
				return err
			}
			return c.conflicts(set.Blocked())
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the changes as JSON, with diffs")
	return cmd
}

// bring brings a project in step with its manifest, or shows what that would
// do.
func (c *console) bring(o assemble.Options, f generateFlags) error {
	if f.dryRun || f.check {
		return c.preview(o, f)
	}
	set, err := c.generate(o)
	if set != nil && f.json {
		err = errors.Join(c.printJSON(changes(set)), err)
	} else if set != nil {
		c.kept(set)
		if s := summary(set); s != "" {
			c.note("%s", s)
		}
	}
	return err
}

// load reads and resolves the manifest.
func (c *console) load() (*schema.Project, error) {
	s, err := all.Schema()
	if err != nil {
		return nil, err
	}
	defer c.progress("reading the manifest")()
	return s.Load(c.dir)
}

func (c *console) options(project *schema.Project, f generateFlags) assemble.Options {
	return assemble.Options{
		Project: project, Dir: c.dir, OutputDir: f.outputDir, Version: version,
		Keep: cleaned(f.keep), Replace: cleaned(f.replace), Adopt: f.adopt, Conflict: f.conflict,
		Waiting: c.waiting,
	}
}

// cleaned writes paths as changes have them: "./a.go" is "a.go".
func cleaned(paths []string) []string {
	out := make([]string, len(paths))
	for i, p := range paths {
		out[i] = filepath.ToSlash(filepath.Clean(p))
	}
	return out
}

// waiting says that another run is at work.
func (c *console) waiting() {
	c.note("aegis: waiting for another run in this project")
}

// generate writes the project. Files that only the user can decide about are
// listed; the changeset is there if anything was written.
func (c *console) generate(o assemble.Options) (*assemble.Changeset, error) {
	done := c.progress("generating")
	set, err := assemble.Generate(o)
	done()
	var conflict *assemble.ConflictError
	if errors.As(err, &conflict) && !conflict.Written {
		set = nil
	}
	return set, c.conflicts(err)
}

// check returns what generating would do.
func (c *console) check(o assemble.Options) (*assemble.Changeset, error) {
	defer c.progress("comparing")()
	return assemble.Check(o)
}

// conflicts lists the files that only the user can decide about.
func (c *console) conflicts(err error) error {
	var conflict *assemble.ConflictError
	if !errors.As(err, &conflict) {
		return err
	}
	for i, change := range conflict.Changes {
		fmt.Fprintf(c.err, "%s: %s\n", change.Place(), change.Reason)
		// What holds for several files in a row is said once, below them.
		if last := i == len(conflict.Changes)-1; change.Hint != "" && (last || conflict.Changes[i+1].Hint != change.Hint) {
			fmt.Fprintf(c.err, "  hint: %s\n", change.Hint)
		}
	}
	needed := count(len(conflict.Changes), "file needs", "files need") + " a decision of yours"
	if conflict.Written {
		return &exitError{exitDrift, errors.New(needed + "; everything else is done")}
	}
	return &exitError{exitDrift, errors.New("nothing was written: " + needed)}
}

// kept lists the files that stay although nothing generates them any more.
func (c *console) kept(set *assemble.Changeset) {
	for _, change := range set.Changes {
		if change.Action == assemble.Keep && change.Retired {
			c.note("%s stays: %s", change.Place(), change.Reason)
		}
	}
}

// preview shows what generate would do.
func (c *console) preview(o assemble.Options, f generateFlags) error {
	set, err := c.check(o)
	if err != nil {
		if errors.Is(err, assemble.ErrInterrupted) {
			return &exitError{exitDrift, err}
		}
		return err
	}
	if f.json {
		if err := c.printJSON(changes(set)); err != nil {
			return err
		}
	} else {
		c.listChanges(set, f)
	}
	if f.check && set.Pending() || len(set.Conflicts()) > 0 {
		return &exitError{code: exitDrift}
	}
	return nil
}

// listChanges prints a line for each change.
func (c *console) listChanges(set *assemble.Changeset, f generateFlags) {
	for _, change := range set.Changes {
		if change.Action == assemble.Unchanged || f.check && change.Action == assemble.Keep {
			continue
		}
		fmt.Fprintf(c.out, "%-8s %s (%s)", change.Action, change.Place(), change.Owner)
		if change.Reason != "" {
			fmt.Fprintf(c.out, ": %s", change.Reason)
		}
		fmt.Fprintln(c.out)
		if change.Blocks && change.Hint != "" {
			fmt.Fprintf(c.out, "  hint: %s\n", change.Hint)
		}
	}
	if f.diff {
		c.diffs(set)
	}
}

// diffs prints every change as a unified diff.
func (c *console) diffs(set *assemble.Changeset) {
	for _, change := range set.Changes {
		fmt.Fprintf(c.out, "%s", set.Diff(change))
	}
}

// shownChange is a change as machines get it.
type shownChange struct {
	assemble.Change

	Diff string `json:"diff,omitempty"`
}

// changes lists what happens, without the files to which nothing does.
func changes(set *assemble.Changeset) []shownChange {
	list := []shownChange{}
	for _, change := range set.Changes {
		if change.Action != assemble.Unchanged {
			list = append(list, shownChange{change, string(set.Diff(change))})
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
	}{{assemble.Create, "created"}, {assemble.Update, "updated"}, {assemble.Merge, "merged"}, {assemble.Delete, "deleted"}, {assemble.Conflict, "in conflict"}} {
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
