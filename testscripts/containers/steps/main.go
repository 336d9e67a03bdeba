// Command steps runs what a job of a GitHub workflow runs, in order, with the
// shell that runners have. Those steps are left out that use an action: they are
// the runner's own.
//
//	steps .github/workflows/ci.yml containers
//
// It ends with an error at the first step that fails, after those that are there
// for that case.
package main

import (
	"fmt"
	"os"
	"os/exec"
	"time"

	"go.yaml.in/yaml/v4"
)

type workflow struct {
	Jobs map[string]struct {
		Env   map[string]string `yaml:"env"`
		Steps []step            `yaml:"steps"`
	} `yaml:"jobs"`
}

type step struct {
	Name string `yaml:"name"`
	If   string `yaml:"if"`
	Uses string `yaml:"uses"`
	Run  string `yaml:"run"`
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: steps WORKFLOW JOB")
		os.Exit(2)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "steps:", err)
		os.Exit(1)
	}
}

func run(file, job string) error {
	text, err := os.ReadFile(file) //nolint:gosec // the caller names it
	if err != nil {
		return err
	}
	var w workflow
	if err := yaml.Unmarshal(text, &w); err != nil {
		return fmt.Errorf("%s: %w", file, err)
	}
	env := os.Environ()
	for name, value := range w.Jobs[job].Env {
		env = append(env, name+"="+value)
	}
	ran := 0
	var failed error
	for _, s := range w.Jobs[job].Steps {
		if s.Run == "" && s.Uses != "" {
			continue
		}
		due, known := map[string]bool{"": failed == nil, "failure()": failed != nil, "always()": true}[s.If]
		if s.Run == "" || !known {
			return fmt.Errorf("%s: what the step %q of %s does, and when, is not known here", file, s.Name, job)
		}
		if !due {
			continue
		}
		began := time.Now()
		cmd := exec.Command("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", s.Run) //nolint:gosec // that is what it is for
		cmd.Env, cmd.Stdout, cmd.Stderr = env, os.Stderr, os.Stderr
		if err := cmd.Run(); err != nil && failed == nil {
			failed = fmt.Errorf("the step %q of %s: %w", s.Name, job, err)
		}
		ran++
		fmt.Printf("%s: %s in %.1f s\n", job, s.Name, time.Since(began).Seconds())
	}
	if ran == 0 {
		return fmt.Errorf("%s: the job %s runs nothing", file, job)
	}
	return failed
}
