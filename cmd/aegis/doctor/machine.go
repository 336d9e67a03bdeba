package doctor

import (
	"context"
	"fmt"
	"go/version"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"golang.org/x/mod/modfile"
)

// toolchain compares the go command with what the project's go.mod asks for.
func (p Patient) toolchain(ctx context.Context) []Finding {
	const install = "install Go from https://go.dev/dl"
	have, err := p.output(ctx, []string{"GOTOOLCHAIN=local"}, "go", "env", "GOVERSION")
	if err != nil {
		return []Finding{{"go", Problem, "there is no go command that works: " + err.Error(), install}}
	}
	have, _, _ = strings.Cut(have, " ") // experiments follow
	want := "go" + wanted(p.dir())
	switch {
	case want == "go":
		return []Finding{{"go", Fine, have, ""}}
	case version.Compare(have, want) >= 0:
		return []Finding{{"go", Fine, fmt.Sprintf("%s, and go.mod asks for %s", have, want), ""}}
	}
	message := fmt.Sprintf("%s is older than the %s that go.mod asks for", have, want)
	if lookup(p.Environ, "GOTOOLCHAIN") == "local" {
		return []Finding{{"go", Problem, message, install + ", or unset GOTOOLCHAIN, so that the go command fetches it"}}
	}
	return []Finding{{"go", Warning, message + ", so that the go command fetches that first", install + ", to do without"}}
}

// wanted returns the version of Go in the go.mod of a folder, "" if there is
// none that can be read.
func wanted(dir string) string {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return ""
	}
	mod, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil || mod.Go == nil {
		return ""
	}
	return mod.Go.Version
}

// docker looks for the engine and for Compose. Nothing but the containers needs
// them.
func (p Patient) docker(ctx context.Context) []Finding {
	const without = "without it, everything runs with \"go run\", but no container does"
	if _, err := exec.LookPath("docker"); err != nil {
		return []Finding{{"docker", Warning, "there is no docker command", "install Docker Engine with Compose, https://docs.docker.com/engine/install; " + without}}
	}
	var out []Finding
	if engine, err := p.output(ctx, nil, "docker", "version", "--format", "{{.Server.Version}}"); err != nil {
		out = append(out, Finding{"docker", Warning, "the engine does not answer: " + err.Error(), "start it, and see \"docker info\"; " + without})
	} else {
		out = append(out, Finding{"docker", Fine, "engine " + engine, ""})
	}
	if compose, err := p.output(ctx, nil, "docker", "compose", "version", "--short"); err != nil {
		out = append(out, Finding{"docker compose", Warning, "it is missing: " + err.Error(), "install the Compose plugin, https://docs.docker.com/compose/install; " + without})
	} else {
		out = append(out, Finding{"docker compose", Fine, compose, ""})
	}
	return out
}

// output runs a program and returns what it prints. The error says in one line
// what it complained about.
func (p Patient) output(ctx context.Context, env []string, name string, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, p.patience())
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...) //nolint:gosec // go and docker
	cmd.Env = append(p.Environ, env...)
	cmd.WaitDelay = p.patience() // for those that leave children behind
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return "", fmt.Errorf("no answer within %s", p.patience())
	}
	if err != nil {
		if line, _, _ := strings.Cut(strings.TrimSpace(complaint.String()), "\n"); line != "" {
			return "", fmt.Errorf("%s", line)
		}
		return "", err
	}
	return strings.TrimSpace(string(out)), nil
}
