package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/hashicorp/go-multierror"
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// initFlags are the choices of init. Each has a flag, so that init never needs
// to ask.
type initFlags struct {
	module, components, services, outputDir string

	force, yes bool
}

func newInit(c *console) *cobra.Command {
	var f initFlags
	cmd := &cobra.Command{
		Use:   "init NAME",
		Short: "Write a manifest and generate the project",
		Long: `Init writes aegis.cue into a new folder and generates the project. The folder
must be empty; with --force it may hold other files, which stay as they are.`,
		Example: `  aegis init shop --module example.com/shop
  aegis init shop --components backend[port=9090],frontend[theme=dark]`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usagef("aegis init takes one name, not %d arguments\nhint: aegis init shop", len(args))
			}
			return nil
		},
		RunE: func(_ *cobra.Command, args []string) error { return c.init(args[0], f) },
	}
	cmd.Flags().StringVarP(&f.module, "module", "m", "", "path of the Go module (default: the name)")
	cmd.Flags().StringVar(&f.components, "components", "", "components, as in `a,b[option=value]`")
	cmd.Flags().StringVar(&f.services, "services", "", "services, as in `a,b[option=value]`")
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "folder of the project (default: the name)")
	cmd.Flags().BoolVar(&f.force, "force", false, "accept a folder that is not empty")
	cmd.Flags().BoolVarP(&f.yes, "yes", "y", false, "do not ask for confirmation on a terminal")
	return cmd
}

func (c *console) init(name string, f initFlags) error {
	s, err := all.Schema()
	if err != nil {
		return err
	}
	manifest, project, err := f.manifest(s, name)
	if err != nil {
		return err
	}
	dir := f.outputDir
	if dir == "" {
		dir = name
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(c.dir, dir)
	}
	if err := f.checkFolder(dir); err != nil {
		return err
	}
	if !f.yes && terminal(c.in) && terminal(c.out) {
		if ok, err := c.confirm(fmt.Sprintf("Create %s in %s?", project.Name, dir)); err != nil || !ok {
			return err
		}
	}

	// Whatever speaks against the project is found before the first byte is
	// written.
	options := assemble.Options{Project: project, OutputDir: dir, Version: version}
	set, err := assemble.Check(options)
	if err != nil {
		return err
	}
	if len(set.Conflicts()) == 0 {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
		if err := writeNew(filepath.Join(dir, "aegis.cue"), manifest); err != nil {
			return err
		}
	}
	if set, err = c.generate(c.options(project, generateFlags{outputDir: dir})); err != nil {
		return err
	}
	c.welcome(project, dir, set)
	return nil
}

// welcome says what was made and what to do with it.
func (c *console) welcome(project *schema.Project, dir string, set *assemble.Changeset) {
	var names []string
	for _, component := range project.Components {
		names = append(names, component.Name)
	}
	fmt.Fprintf(c.out, "%s with %s, from %s\n\n", summary(set), strings.Join(names, ", "), filepath.Join(dir, "aegis.cue"))
	fmt.Fprintf(c.out, "  cd %s\n", dir)
	fmt.Fprintf(c.out, "  go run ./cmd/%s serve    # API, dashboard and documentation\n", project.Name)
	fmt.Fprintf(c.out, "  make                      # what else there is\n")
}

// manifest writes the manifest and resolves it. A choice that the schema
// refuses is a mistake of the command line.
func (f initFlags) manifest(s *schema.Schema, name string) ([]byte, *schema.Project, error) {
	components, err := s.Select(schema.Infrastructure, f.components)
	if err != nil {
		return nil, nil, usagef("--components: %w", flat(err))
	}
	services, err := s.Select(schema.Service, f.services)
	if err != nil {
		return nil, nil, usagef("--services: %w", flat(err))
	}
	text, err := newManifest(name, f.module, components, services)
	if err != nil {
		return nil, nil, err
	}
	project, err := s.LoadBytes(map[string][]byte{"aegis.cue": text})
	diags := schema.Diagnostics(err)
	if len(diags) == 0 {
		return text, project, err
	}
	var b strings.Builder
	for i, d := range diags {
		if i > 0 {
			b.WriteString("\naegis: ")
		}
		fmt.Fprintf(&b, "%s: %s", d.Path, d.Message)
		if d.Hint != "" {
			fmt.Fprintf(&b, "\nhint: %s", d.Hint)
		}
	}
	return nil, nil, usagef("%s", b.String())
}

// flat writes several mistakes of one flag on a line each.
func flat(err error) error {
	var several *multierror.Error
	if errors.As(err, &several) {
		several.ErrorFormat = func(errs []error) string {
			lines := make([]string, len(errs))
			for i, err := range errs {
				lines[i] = err.Error()
			}
			return strings.Join(lines, "\n")
		}
	}
	return err
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
