package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/report"
)

// Exit codes, the same for every command.
const (
	exitOK      = 0
	exitProject = 1 // the user's manifest or project needs attention
	exitUsage   = 2 // the command line makes no sense
	exitDrift   = 3 // a check found drift or conflicts

	exitLeft = 130 // the user left while being asked, as after an interrupt
)

// console is where a command reads and writes, and the choices that hold for
// every command.
type console struct {
	in       io.Reader
	out, err io.Writer

	dir   string // the project's folder
	color string // auto, always or never
	quiet bool   // results and errors only

	spinner *spinner // what goes on, or nil
}

// exitError ends the program with a code. One without an err was already
// explained to the user.
type exitError struct {
	code int
	err  error
}

func (e *exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usagef is an error in the command line.
func usagef(format string, args ...any) error {
	return &exitError{exitUsage, fmt.Errorf(format, args...)}
}

// run is the whole program: it returns the exit code.
func run(args []string, in io.Reader, out, stderr io.Writer) int {
	// A run lives for milliseconds and allocates a few megabytes. Collecting
	// them costs a fifth of it; the limit keeps a large manifest in bounds.
	debug.SetGCPercent(-1)
	debug.SetMemoryLimit(512 << 20)

	c := &console{in: in, out: out, err: stderr}
	root := newRoot(c)
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(stderr)
	return c.fail(root.Execute())
}

// fail prints err where nobody did so yet, and picks the exit code.
func (c *console) fail(err error) int {
	if err == nil {
		return exitOK
	}
	code := exitProject
	var exit *exitError
	if errors.As(err, &exit) {
		code = exit.code
		if exit.err == nil {
			return code
		}
	}
	if diags := schema.Diagnostics(err); len(diags) > 0 {
		// Diagnostics are complete sentences with positions of their own.
		if err := report.Write(c.err, "text", diags, c.coloured(c.err)); err != nil {
			fmt.Fprintf(c.err, "aegis: %v\n", err)
		}
		if terminal(c.err) {
			fmt.Fprint(c.err, more(diags))
		}
		return code
	}
	fmt.Fprintf(c.err, "aegis: %v\n", err)
	return code
}

// more names the pages about the mistakes that were reported.
func more(diags []*schema.Diagnostic) string {
	var codes []string
	for _, d := range diags {
		codes = append(codes, string(d.Code))
	}
	slices.Sort(codes)
	return "\nmore: aegis explain " + strings.Join(slices.Compact(codes), " or ") + "\n"
}

// coloured says whether w takes colours.
func (c *console) coloured(w io.Writer) bool {
	switch c.color {
	case "always":
		return true
	case "never":
		return false
	}
	return os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb" && terminal(w)
}

// terminal says whether f is one. f is a reader or a writer.
func terminal(f any) bool {
	file, ok := f.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

func newRoot(c *console) *cobra.Command {
	root := &cobra.Command{
		Use:   "aegis",
		Short: "Generate a complete Go application from one manifest",
		Long: `Aegis turns a manifest, aegis.cue, into a complete Go application: an HTTP API
with OpenAPI documentation, a live dashboard, a management command line, tests
and continuous integration. Generating again is safe: it keeps what you edited.`,
		Example: `  aegis init shop --module example.com/shop
  cd shop && go run ./cmd/shop serve`,
		Version:       thisBuild().String(), // for --version
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          noArgs,
		RunE:          func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
		PersistentPreRunE: func(*cobra.Command, []string) error {
			return oneOf("color", c.color, "auto", "always", "never")
		},
	}
	root.SetVersionTemplate("{{.Version}}\n")
	root.PersistentFlags().StringVarP(&c.dir, "dir", "C", ".", "folder that holds aegis.cue")
	root.PersistentFlags().StringVar(&c.color, "color", "auto", "colour the output: auto, always or never")
	root.PersistentFlags().BoolVarP(&c.quiet, "quiet", "q", false, "print results and errors, and nothing else")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w\nhint: see %q", err, cmd.CommandPath()+" --help")
	})
	root.AddCommand(
		newInit(c), newAdd(c), newRemove(c), newValidate(c), newGenerate(c), newDiff(c), newUpgrade(c), newUndo(c), newRun(c),
		newList(c), newExplain(c), newGraph(c), newDoctor(c), newSchema(c), newMan(), newVersion(c),
	)
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd()
	strict(root)
	c.complete(root)
	return root
}

// strict lets the commands that cobra brings refuse what they do not know,
// instead of printing a help text that nobody asked for.
func strict(root *cobra.Command) {
	for _, cmd := range root.Commands() {
		switch cmd.Name() {
		case "help":
			cmd.Args = func(_ *cobra.Command, args []string) error {
				found, rest, err := root.Find(args)
				if err != nil || found != root {
					return err // a command takes whatever follows it
				}
				return noArgs(root, rest)
			}
		case "completion":
			cmd.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
			cmd.Args = func(_ *cobra.Command, args []string) error {
				if len(args) == 0 {
					return nil
				}
				return usagef("there is no completion for %q\nhint: see \"aegis completion --help\"", args[0])
			}
		}
	}
}

// noArgs refuses what a command does not take, as a usage error.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	if !cmd.HasParent() {
		hint := fmt.Sprintf("see %q", cmd.CommandPath()+" --help")
		if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
			hint = fmt.Sprintf("did you mean %q?", near[0])
		}
		return usagef("unknown command %q\nhint: %s", args[0], hint)
	}
	return usagef("%s takes no arguments, not %s", cmd.CommandPath(), quoted(args))
}

// oneOf refuses a value that is not among those allowed.
func oneOf(flag, value string, allowed ...string) error {
	for _, a := range allowed {
		if value == a {
			return nil
		}
	}
	return usagef("--%s cannot be %q\nhint: choose one of %s", flag, value, quoted(allowed))
}

// quoted lists words as they are written in sentences.
func quoted(words []string) string {
	out := make([]string, len(words))
	for i, word := range words {
		out[i] = strconv.Quote(word)
	}
	return strings.Join(out, ", ")
}
