package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/assemble"
)

func newAdd(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "add NAME[value]...",
		Short: "Add components or services to the manifest, and generate",
		Long: `Add writes components or services into the manifest, with options in brackets,
and brings the project in step. The rest of the manifest stays as it is, to the
byte. The project is the same as if they had been chosen at once.`,
		Example: `  aegis add worker
  aegis add database[postgres] auth
  aegis add backend[port=9090] --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("aegis add takes the names of components or services\nhint: \"aegis list components\" shows what there is")
			}
			if err := f.validate(); err != nil {
				return err
			}
			o, err := assemble.Add(c.options(nil, f), args)
			if err != nil {
				return choiceError(err)
			}
			return c.bring(o, f)
		},
	}
	f.preview(cmd.Flags())
	f.style(cmd.Flags())
	return cmd
}

func newRemove(c *console) *cobra.Command {
	var f generateFlags
	var cascade bool
	cmd := &cobra.Command{
		Use:   "remove NAME...",
		Short: "Remove components or services from the manifest, and generate",
		Long: `Remove takes components or services out of the manifest and brings the project
in step: their files go, but those that you edited stay and are listed. What
something else needs is not removed, unless --cascade removes both. Data is
never dropped; the answer says what stays behind and how to get rid of it.`,
		Example: `  aegis remove scheduler
  aegis remove database --cascade --dry-run`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usagef("aegis remove takes the names of components or services\nhint: \"aegis graph\" shows what the project has")
			}
			if err := f.validate(); err != nil {
				return err
			}
			o, removed, err := assemble.Remove(c.options(nil, f), args, cascade)
			if err != nil {
				return choiceError(err)
			}
			if err := c.bring(o, f); err != nil {
				return err
			}
			c.farewell(removed)
			return nil
		},
	}
	cmd.Flags().BoolVar(&cascade, "cascade", false, "remove what needs them, too")
	f.preview(cmd.Flags())
	f.style(cmd.Flags())
	return cmd
}

// choiceError makes an error of the command line of names that do not exist.
func choiceError(err error) error {
	if choice := new(assemble.ChoiceError); errors.As(err, &choice) && choice.Unknown {
		return usagef("%w", err)
	}
	return err
}

// farewell says what went without being asked for, and what stays behind.
func (c *console) farewell(removed []assemble.Removed) {
	for _, r := range removed {
		if r.Because != "" {
			c.note("%s goes as well: %s", r.Name, r.Because)
		}
		if r.Leaves != "" {
			c.note("%s leaves behind: %s", r.Name, r.Leaves)
		}
	}
}

func newUndo(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "undo",
		Short: "Restore the project to before the last generate",
		Long: `Undo takes back what the last generate, add, remove or upgrade on this machine
wrote, the manifest included where that was edited. If you changed one of those
files since, nothing happens and they are listed.`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			dir := f.outputDir
			if dir == "" {
				dir = c.dir
			}
			list, err := assemble.Undo(dir, f.dryRun, c.waiting)
			if errors.Is(err, assemble.ErrNothingToUndo) {
				return err
			}
			if err := c.conflicts(err); err != nil {
				return err
			}
			if f.json {
				return c.printJSON(append([]assemble.Change{}, list...))
			}
			for _, change := range list {
				fmt.Fprintf(c.out, "%-8s %s\n", change.Action, change.Path)
			}
			if len(list) == 0 {
				c.note("the last run changed nothing but what Aegis remembers in .aegis")
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "print what would happen, and write nothing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the changes as JSON")
	return cmd
}

func newUpgrade(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "upgrade",
		Short: "Bring the project up to this version of aegis, and say what changes",
		Long: `Upgrade merges what a newer Aegis generates otherwise into the project, as
generate does, and tells the changes in words: what happens to the files of each
component, and which dependencies move. Migrations of a database that exist are
never rewritten; new ones are added.`,
		Example: `  aegis upgrade --dry-run
  aegis upgrade`,
		Args: noArgs,
		RunE: func(*cobra.Command, []string) error {
			if err := f.validate(); err != nil {
				return err
			}
			o := c.options(nil, f)
			if f.dryRun {
				set, err := c.check(o)
				if err != nil {
					return err
				}
				if err := c.tell(set, f.json); err != nil {
					return err
				}
				if len(set.Conflicts()) > 0 {
					return &exitError{code: exitDrift}
				}
				return nil
			}
			set, err := c.generate(o)
			if set != nil {
				err = errors.Join(c.tell(set, f.json), err)
			}
			return err
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	cmd.Flags().BoolVarP(&f.dryRun, "dry-run", "n", false, "print what would happen, and write nothing")
	cmd.Flags().BoolVar(&f.json, "json", false, "print the words and the changes as JSON, with diffs")
	f.style(cmd.Flags())
	return cmd
}

// tell prints what a changeset does in words.
func (c *console) tell(set *assemble.Changeset, asJSON bool) error {
	was, lines := set.Before().Version, assemble.Words(set)
	if asJSON {
		return c.printJSON(struct {
			From    string        `json:"from"` // the version of Aegis that generated last
			To      string        `json:"to"`
			Words   []string      `json:"words"`
			Changes []shownChange `json:"changes"`
		}{was, version, append([]string{}, lines...), changes(set)})
	}
	if was != "" && was != version {
		fmt.Fprintf(c.out, "from Aegis %s to %s\n", was, version)
	}
	if len(lines) == 0 {
		fmt.Fprintln(c.out, "the project is up to date")
	}
	for _, line := range lines {
		fmt.Fprintln(c.out, line)
	}
	return nil
}
