// Package guide makes the manifest of a new project: of choices that the
// command line makes ([Choices.Resolve]), or of those that it asks for on a
// terminal ([Ask]). Both are the same choices, so that what was answered can be
// repeated as a command ([Choices.Command]).
package guide

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/blueprints"
	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/edit"
)

// Choices are what a new project is made of, each as its flag of aegis init
// takes it. Empty is not chosen.
type Choices struct {
	Name, Module         string
	Starter              string // the name of a starter, or the path of a manifest
	Components, Services string
}

// FlagError is a mistake in the choices themselves.
type FlagError struct{ err error }

func (e *FlagError) Error() string { return e.err.Error() }

// Unwrap returns what is wrong.
func (e *FlagError) Unwrap() error { return e.err }

func flagErrorf(format string, args ...any) error {
	return &FlagError{fmt.Errorf(format, args...)}
}

// Resolve writes the manifest that makes the choices, and resolves it. A
// starter keeps what it says, but for the name and the module where those are
// chosen; components and services are added to it as aegis add does.
//
// What is wrong with the choices is a *[FlagError]. What is wrong with a
// manifest of the user's own are diagnostics in that file.
func (c Choices) Resolve(s *schema.Schema) ([]byte, *schema.Project, error) {
	components, err := s.Select(schema.Infrastructure, c.Components)
	if err != nil {
		return nil, nil, flagErrorf("--components: %w", flat(err))
	}
	services, err := s.Select(schema.Service, c.Services)
	if err != nil {
		return nil, nil, flagErrorf("--services: %w", flat(err))
	}
	var text []byte
	if c.Starter == "" {
		text, err = newManifest(c.Name, c.Module, components, services)
	} else {
		text, err = c.onStarter(components, services)
	}
	if err != nil {
		return nil, nil, err
	}
	project, err := s.LoadBytes(map[string][]byte{schema.ManifestName: text})
	if diags := schema.Diagnostics(err); len(diags) > 0 {
		if c.ownStarter() {
			for _, d := range diags {
				d.File = c.Starter
			}
			return nil, nil, err
		}
		return nil, nil, &FlagError{choiceErrors(diags)}
	}
	return text, project, err
}

// choiceErrors writes diagnostics without the places, where nobody has seen the
// manifest.
func choiceErrors(diags []*schema.Diagnostic) error {
	var lines []string
	for _, d := range diags {
		line := d.Path + ": " + d.Message
		if d.Hint != "" {
			line += "\nhint: " + d.Hint
		}
		lines = append(lines, line)
	}
	return errors.New(strings.Join(lines, "\naegis: "))
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

// ownStarter tells whether the starter is a file of the user's.
func (c Choices) ownStarter() bool {
	return strings.ContainsAny(c.Starter, `/\`) || strings.HasSuffix(c.Starter, ".cue")
}

// onStarter writes the manifest of the starter with what is chosen besides.
func (c Choices) onStarter(components, services []schema.Selection) ([]byte, error) {
	text, err := c.starterText()
	if err != nil {
		return nil, err
	}
	m, err := edit.New(map[string][]byte{schema.ManifestName: text})
	if m == nil {
		return text, nil // the loader says what is wrong, and where
	}
	if c.Name != "" {
		err = m.Set("name", c.Name)
	}
	if c.Module != "" {
		err = errors.Join(err, m.Set("module", c.Module))
	}
	if err != nil {
		return nil, err
	}
	var errs []error
	for _, selection := range components {
		errs = append(errs, m.Add(schema.Infrastructure, selection))
	}
	for _, selection := range services {
		errs = append(errs, m.Add(schema.Service, selection))
	}
	if err := errors.Join(errs...); err != nil {
		// The places are those in the starter, which is the user's manifest only
		// later.
		file := c.Starter
		if !c.ownStarter() {
			file += ".cue"
		}
		words := strings.ReplaceAll(strings.ReplaceAll(err.Error(), schema.ManifestName+":", file+":"), "\nhint: change it there", "")
		return nil, flagErrorf("--starter: %s\nhint: leave it to the starter, or change it afterwards", words)
	}
	return m.Texts()[schema.ManifestName], nil
}

// starterText reads the starter.
func (c Choices) starterText() ([]byte, error) {
	if c.ownStarter() {
		info, err := os.Stat(c.Starter)
		if errors.Is(err, fs.ErrNotExist) {
			return nil, flagErrorf("--starter: there is no file %s", c.Starter)
		}
		if err != nil {
			return nil, err
		}
		if info.IsDir() {
			return nil, flagErrorf("--starter: %s is a folder\nhint: name the manifest in it: %s", c.Starter, filepath.Join(c.Starter, schema.ManifestName))
		}
		// Looked at before it is read: a named pipe waits for a writer.
		if !info.Mode().IsRegular() {
			return nil, flagErrorf("--starter: %s is not a regular file", c.Starter)
		}
		if info.Size() > schema.MaxFileBytes {
			return nil, flagErrorf("--starter: %s has more than %d MiB", c.Starter, schema.MaxFileBytes>>20)
		}
		return os.ReadFile(c.Starter)
	}
	starters := blueprints.Starters()
	if i := slices.IndexFunc(starters, func(s blueprints.Starter) bool { return s.Name == c.Starter }); i >= 0 {
		return starters[i].Manifest, nil
	}
	var names []string
	for _, s := range starters {
		names = append(names, s.Name)
	}
	return nil, flagErrorf("--starter: there is no starter %q; there are %s\nhint: a manifest of your own is named with its path, as in ./%s.cue", c.Starter, strings.Join(names, ", "), c.Starter)
}

// Command returns the arguments of aegis that make the same choices without
// asking.
func (c Choices) Command() []string {
	args := []string{"aegis", "init", c.Name}
	for _, flag := range []struct{ name, value string }{
		{"--module", c.Module}, {"--starter", c.Starter}, {"--components", c.Components}, {"--services", c.Services},
	} {
		if flag.value != "" {
			args = append(args, flag.name, flag.value)
		}
	}
	return args
}

// Quote writes an argument as a shell takes it.
func Quote(arg string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./,:=@%+", r)
	}
	if arg != "" && !strings.ContainsFunc(arg, func(r rune) bool { return !plain(r) }) {
		return arg
	}
	return "'" + strings.ReplaceAll(arg, "'", `'\''`) + "'"
}
