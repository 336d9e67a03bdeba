package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/remote"
)

// Program is what main knows about the application.
type Program struct {
	Name     string
	Defaults map[string]string // of the variables, without prefix
	// Components are those of the application, Own those that its owner added.
	Components, Own app.Constructor
}

// Main runs the command that args ask for and returns the exit code.
func Main(args []string, p Program) int {
	return p.run(context.Background(), args, console{out: os.Stdout, err: os.Stderr, environ: os.Environ()})
}

// console is what a command reads from and writes to.
type console struct {
	out, err io.Writer
	environ  []string
}

func (p Program) run(ctx context.Context, args []string, c console) int {
	root := p.root(c)
	root.SetArgs(args)
	if err := p.addContributed(root, args, c); err != nil {
		return p.fail(c, err)
	}
	refuseUnknown(root)
	reached := false
	root.PersistentPreRun = func(*cobra.Command, []string) { reached = true }
	err := root.ExecuteContext(ctx)
	if err != nil && !reached {
		err = &remote.ExitError{Code: remote.Usage, Err: fmt.Errorf("%w\nsee %s --help", err, p.Name)}
	}
	return p.fail(c, err)
}

// refuseUnknown has commands that are only there for others refuse what is none of
// them. They would print their help, and a script with a misspelt command go on.
func refuseUnknown(parent *cobra.Command) {
	for _, c := range parent.Commands() {
		if c.HasSubCommands() && !c.Runnable() {
			c.Args = cobra.NoArgs
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
		refuseUnknown(c)
	}
}

// root has the commands that every application has.
func (p Program) root(c console) *cobra.Command {
	root := &cobra.Command{
		Use:           p.Name,
		Short:         "Serve and manage " + p.Name,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetOut(c.out)
	root.SetErr(c.err)
	root.AddCommand(ownCommands(&p, &c)...)
	root.InitDefaultCompletionCmd()
	root.SetHelpCommand(&cobra.Command{Hidden: true, Use: "no-help"}) // --help does
	return root
}

func ownCommands(p *Program, c *console) []*cobra.Command {
	return []*cobra.Command{
		serveCommand(p, c), healthCommand(p, c), routesCommand(p, c), configCommand(p, c), versionCommand(p, c),
	}
}

// addContributed adds the commands of the components, unless one of our own is
// asked for: those work, or explain themselves, even if no component can be
// made.
func (p Program) addContributed(root *cobra.Command, args []string, c console) error {
	if found, _, err := root.Find(args); err == nil && found != root {
		return nil
	}
	a, err := p.quiet(c)
	if err != nil {
		if len(args) == 0 || strings.HasPrefix(args[0], "-") {
			return nil // help is most welcome now
		}
		return err
	}
	root.AddCommand(contributed(a)...)
	return nil
}

// quiet makes the application for a command, which says itself what it does: of
// the log, only warnings are wanted beside that, unless a level is set.
func (p Program) quiet(c console) (*app.App, error) {
	a, err := p.application(c, nil)
	if err != nil {
		return nil, err
	}
	isDefault := func(v app.Variable) bool { return v.Name == a.Prefix()+"LOG_LEVEL" && v.Source == app.FromDefault }
	if slices.ContainsFunc(a.Variables(), isDefault) {
		return p.application(c, map[string]string{"LOG_LEVEL": "warn"})
	}
	return a, nil
}

func contributed(a *app.App) []*cobra.Command {
	var commands []*cobra.Command
	for _, commander := range app.All[app.Commander](a) {
		commands = append(commands, commander.Commands()...)
	}
	return commands
}

// application makes the application, which starts nothing. Without roles it has
// all of them.
func (p Program) application(c console, overrides map[string]string, roles ...app.Role) (*app.App, error) {
	return app.New(app.Options{
		Name:      p.Name,
		Defaults:  p.Defaults,
		Environ:   c.environ,
		EnvFile:   ".env",
		Overrides: overrides,
		Roles:     roles,
		LogTo:     c.err,
	}, p.Components, p.Own)
}

// server is the component that answers requests.
type server interface {
	Addresses() []app.Address
	Endpoints() []app.Endpoint
}

func serverOf(a *app.App) (server, error) {
	if all := app.All[server](a); len(all) > 0 {
		return all[0], nil
	}
	return nil, errors.New("no component serves requests")
}

// fail prints the error, each line with the name of the program, and returns
// the exit code.
func (p Program) fail(c console, err error) int {
	if err == nil {
		return remote.OK
	}
	code := remote.Failure
	var wrongConfig *app.ConfigError
	var wanted *remote.ExitError
	switch {
	case errors.As(err, &wanted):
		code = wanted.Code
	case errors.As(err, &wrongConfig):
		code = remote.Usage
	}
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSuffix(line, "\n"); line != "" {
			_, _ = fmt.Fprintf(c.err, "%s: %s\n", p.Name, line) // there is no other place to complain
		}
	}
	return code
}
