package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/cmd/aegis/guide"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// initFlags are the choices of init. Each has a flag, so that init never needs
// to ask.
type initFlags struct {
	guide.Choices

	outputDir        string
	force, yes, json bool
}

func newInit(c *console) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init [NAME]",
		Short: "Write a manifest and generate the project",
		Long: `Init writes aegis.cue into a new folder and generates the project. The folder
must be empty; with --force it may hold other files, which stay as they are.

On a terminal, without choices as flags, it asks: one question a screen, with
what each choice brings, costs and pulls in. Nothing is written before the last
one is answered, which shows the command that repeats the answers. Ctrl-C, and
Esc at the first question, leave with exit code 130. With ACCESSIBLE=1 or
TERM=dumb the questions are plain lines. Where standard input is no terminal it
never asks.

A starter is a manifest to begin with: one that "aegis list starters" shows, or
the path of your own. It keeps its comments and all that it says; NAME and
--module replace its own, and --components and --services add to it as "aegis
add" does.`,
		Example: `  aegis init
  aegis init shop --module example.com/shop
  aegis init shop --components backend[port=9090],frontend[theme=dark]
  aegis init shop --starter saas
  aegis init shop --starter ../template.cue --components cache`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) > 1 {
				return usagef("aegis init takes one name, not %d arguments\nhint: aegis init shop", len(args))
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.Name = args[0]
			}
			if f.Name == "." || strings.ContainsAny(f.Name, `/\`) {
				return usagef("aegis init takes a name, and %q is a path\nhint: aegis init shop --output-dir %s", f.Name, guide.Quote(f.Name))
			}
			chosen := f.Module+f.Starter+f.Components+f.Services != ""
			asks := terminal(c.in) && terminal(c.err) && !f.yes && !f.json
			if f.Name == "" && f.Starter == "" && (chosen || !asks) {
				return usagef("aegis init takes one name\nhint: aegis init shop")
			}
			return c.init(f, asks, !chosen)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&f.Module, "module", "m", "", "path of the Go module (default: the name)")
	flags.StringVar(&f.Starter, "starter", "", "`manifest` to begin with: the name of a starter, or a path")
	flags.StringVar(&f.Components, "components", "", "components, as in `a,b[option=value]`")
	flags.StringVar(&f.Services, "services", "", "services, as in `a,b[option=value]`")
	flags.StringVarP(&f.outputDir, "output-dir", "o", "", "folder of the project (default: the name)")
	flags.BoolVar(&f.force, "force", false, "accept a folder that is not empty")
	flags.BoolVarP(&f.yes, "yes", "y", false, "do not ask on a terminal")
	flags.BoolVar(&f.json, "json", false, "print what was made as JSON, and do not ask")
	return cmd
}

// init makes a project. If it asks, it asks for everything with open, or else
// whether to go on.
func (c *console) init(f initFlags, asks, open bool) error {
	s, err := all.Schema()
	if err != nil {
		return err
	}
	if asks && open {
		if f.Choices, err = c.guide(s, f); err != nil {
			return err
		}
	}
	manifest, project, err := f.Resolve(s)
	if err != nil {
		if flag := new(guide.FlagError); errors.As(err, &flag) {
			return usagef("%w", err)
		}
		return err
	}
	dir := f.folder(c.dir, project.Name)
	if err := f.checkFolder(dir); err != nil {
		return err
	}
	if asks && !open {
		if ok, err := c.confirm(fmt.Sprintf("Create %s in %s?", project.Name, dir)); err != nil || !ok {
			return err
		}
	}

	// Whatever speaks against the project is found before the first byte is
	// written.
	set, err := c.check(assemble.Options{Project: project, OutputDir: dir, Version: version})
	if err != nil {
		return err
	}
	if len(set.Conflicts()) == 0 {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := writeNew(filepath.Join(dir, schema.ManifestName), manifest); err != nil {
			return err
		}
	}
	if set, err = c.generate(c.options(project, generateFlags{outputDir: dir})); err != nil {
		return err
	}
	if f.json {
		return c.printJSON(made(project, dir, set))
	}
	if !c.quiet {
		c.welcome(project, dir, set)
	}
	return nil
}

// guide asks for the choices on the terminal.
func (c *console) guide(s *schema.Schema, f initFlags) (guide.Choices, error) {
	// People take their time, and each of their choices is evaluated.
	debug.SetGCPercent(100)
	choices, err := guide.Ask(guide.Config{
		Schema: s,
		Start:  f.Choices,
		Folder: func(name string) string { return f.folder(c.dir, name) },
		Refuse: func(name string) error { return f.checkFolder(f.folder(c.dir, name)) },
		Command: func(choices guide.Choices) []string {
			args := choices.Command()
			if c.dir != "." {
				args = append(args, "--dir", c.dir)
			}
			if f.outputDir != "" {
				args = append(args, "--output-dir", f.outputDir)
			}
			if f.force {
				args = append(args, "--force")
			}
			return args
		},
		In: c.in.(*os.File), Out: c.err.(*os.File), // terminals are files
		Lines: plainTerminal(), Color: c.coloured(c.err),
	})
	if errors.Is(err, guide.ErrLeft) {
		return choices, &exitError{exitLeft, err}
	}
	return choices, err
}

// folder is where a project of that name goes: below base, unless --output-dir
// says otherwise, which is a path of its own as for every command.
func (f initFlags) folder(base, name string) string {
	if f.outputDir != "" {
		return filepath.Clean(f.outputDir)
	}
	return filepath.Join(base, name)
}

// welcome says what was made and what to do with it.
func (c *console) welcome(project *schema.Project, dir string, set *assemble.Changeset) {
	var names []string
	for _, component := range project.Components {
		names = append(names, component.Name)
	}
	fmt.Fprintf(c.out, "%s with %s, from %s\n\n", summary(set), strings.Join(names, ", "), filepath.Join(dir, "aegis.cue"))
	fmt.Fprintf(c.out, "  cd %s\n", guide.Quote(dir))
	serve := fmt.Sprintf("go run ./cmd/%s serve", project.Name)
	fmt.Fprintf(c.out, "  %s    # API, dashboard and documentation\n", serve)
	fmt.Fprintf(c.out, "  %-*s    # what else there is\n", len(serve), "make")
}

// madeProject is a new project as machines get it.
type madeProject struct {
	Name       string          `json:"name"`
	Module     string          `json:"module"`
	Dir        string          `json:"dir"`
	Components []madeComponent `json:"components"`
	Files      []string        `json:"files"`
}

type madeComponent struct {
	Name    string          `json:"name"`
	Kind    schema.Kind     `json:"kind"`
	Reasons []schema.Reason `json:"reasons"`
}

// made describes a new project.
func made(project *schema.Project, dir string, set *assemble.Changeset) madeProject {
	m := madeProject{project.Name, project.Module, dir, madeOf(project), []string{schema.ManifestName}}
	for _, change := range set.Changes {
		if change.Action == assemble.Create {
			m.Files = append(m.Files, change.Path)
		}
	}
	return m
}

// madeOf lists what a project is made of.
func madeOf(project *schema.Project) []madeComponent {
	out := make([]madeComponent, len(project.Components))
	for i, c := range project.Components {
		out[i] = madeComponent{c.Name, c.Kind, c.Reasons}
	}
	return out
}

// checkFolder refuses a folder that holds a manifest already, and one that
// holds anything unless --force is given.
func (f initFlags) checkFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if _, err := os.Lstat(filepath.Join(dir, "aegis.cue")); err == nil {
		return fmt.Errorf("%s has an aegis.cue already\nhint: edit it and run \"aegis generate\", or choose another folder with --output-dir", dir)
	}
	if len(entries) > 0 && !f.force {
		return fmt.Errorf("%s is not empty\nhint: choose another folder with --output-dir, or keep what is there with --force", dir)
	}
	return nil
}

// writeNew writes a file that must not be there yet.
func writeNew(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

// confirm asks a question whose answer is yes unless it begins with n.
func (c *console) confirm(question string) (bool, error) {
	fmt.Fprintf(c.err, "%s [Y/n] ", question)
	line, err := bufio.NewReader(c.in).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	answer := strings.ToLower(strings.TrimSpace(line))
	return answer != "" && answer[0] != 'n' || answer == "" && err == nil, nil
}
