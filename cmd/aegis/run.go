package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/spf13/cobra"
)

func newRun(c *console) *cobra.Command {
	var f generateFlags
	cmd := &cobra.Command{
		Use:   "run [flags] [-- serve flags]",
		Short: "Generate, build and start the application",
		Long: `Run brings the project in step with the manifest, as generate does, builds the
application into bin/ and starts it. What follows a double dash goes to the
application's serve command.`,
		Example: `  aegis run
  aegis run --output-dir /tmp/shop -- --port 0`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if cmd.ArgsLenAtDash() != 0 && len(args) > 0 {
				return usagef("aegis run takes no arguments, not %q\nhint: flags of the application go behind a double dash: aegis run -- --port 0", args)
			}
			project, err := c.load()
			if err != nil {
				return err
			}
			set, err := c.generate(c.options(project, f))
			if err != nil {
				return err
			}
			dir := f.outputDir
			if dir == "" {
				dir = c.dir
			}
			if s := summary(set); s != "" {
				c.note("%s in %s", s, dir)
			}
			return c.serve(dir, project.Name, args)
		},
	}
	cmd.Flags().StringVarP(&f.outputDir, "output-dir", "o", "", "`folder` of the project (default: that of aegis.cue)")
	return cmd
}

// serve builds the application in dir and runs it until it ends. The program
// is run directly, since go run does not pass on SIGTERM.
func (c *console) serve(dir, name string, args []string) error {
	binary, err := filepath.Abs(filepath.Join(dir, "bin", name))
	if err != nil {
		return err
	}
	// What the go command prints comes after the progress, not in between.
	build := exec.Command("go", "build", "-o", binary, "./cmd/"+name)
	build.Dir = dir
	built := c.progress("building " + name)
	output, err := build.CombinedOutput()
	built()
	if err != nil {
		fmt.Fprintf(c.err, "%s", output)
		return fmt.Errorf("build %s: %w", name, err)
	}
	program := exec.Command(binary, append([]string{"serve"}, args...)...)
	program.Dir, program.Stdin, program.Stdout, program.Stderr = dir, c.in, c.out, c.err

	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	if err := program.Start(); err != nil {
		return fmt.Errorf("start %s: %w", name, err)
	}
	done := make(chan error, 1)
	go func() { done <- program.Wait() }()
	for {
		select {
		case s := <-signals:
			// The program may be gone by now; its end is what counts.
			_ = program.Process.Signal(s)
		case err := <-done:
			var exit *exec.ExitError
			if errors.As(err, &exit) {
				return &exitError{code: exit.ExitCode()}
			}
			return err
		}
	}
}
