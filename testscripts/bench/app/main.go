//go:build linux

// Command app measures what aegis generates, against references that it runs
// alternately in the same minutes, and prints ratios:
//
//	go run ./testscripts/bench/app
//
// Requests go to a bare net/http server that does the same work, built from the
// folder bare; tasks go through the library that carries the queues, used by the
// folder barequeue. All traffic stays on this machine. With REDIS_URL the
// application uses that server for requests, and without one the server that it
// embeds; tasks need redis-server on the PATH.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	rounds := flag.Int("rounds", 7, "how often each subject is measured")
	span := flag.Duration("span", time.Second/2, "how long requests are sent in a round")
	flag.Parse()
	if err := run(*rounds, *span); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// bench is one run of the program.
type bench struct {
	dir    string
	rounds int
	span   time.Duration

	bare       string // the reference for requests
	bareQueue  string // the reference for tasks
	least      string // the application with nothing optional
	most       string // with every component
	noRedis    string // with its tasks in the database
	everything []string
}

func run(rounds int, span time.Duration) error {
	dir, err := os.MkdirTemp("", "aegis-bench")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b := &bench{dir: dir, rounds: rounds, span: span}
	if err := b.build(); err != nil {
		return err
	}
	for _, part := range []func() error{b.size, b.ready, b.memory, b.requests, b.tasks} {
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

// build generates and builds the applications, the same way as the reference.
func (b *bench) build() error {
	aegis := filepath.Join(b.dir, "aegis")
	if _, err := command(".", "go", "build", "-o", aegis, "./cmd/aegis"); err != nil {
		return err
	}
	list, err := command(".", aegis, "list", "components", "--json")
	if err != nil {
		return err
	}
	var entries []struct {
		Name   string `json:"name"`
		Always bool   `json:"always"`
	}
	if err := json.Unmarshal(list, &entries); err != nil {
		return err
	}
	for _, e := range entries {
		if !e.Always {
			b.everything = append(b.everything, e.Name)
		}
	}
	b.bare = filepath.Join(b.dir, "bare")
	if err := build(".", b.bare, "./testscripts/bench/app/bare"); err != nil {
		return err
	}
	b.bareQueue = filepath.Join(b.dir, "barequeue")
	if err := build(".", b.bareQueue, "./testscripts/bench/app/barequeue"); err != nil {
		return err
	}
	if b.least, err = b.project(aegis, "least"); err != nil {
		return err
	}
	if b.most, err = b.project(aegis, "most", b.everything...); err != nil {
		return err
	}
	b.noRedis, err = b.project(aegis, "noredis", "worker[database]")
	return err
}

// project makes an application that greets, and returns its program.
func (b *bench) project(aegis, name string, components ...string) (string, error) {
	dir := filepath.Join(b.dir, name)
	arguments := []string{"init", name, "--module", "example.com/" + name, "--output-dir", dir}
	if len(components) > 0 {
		arguments = append(arguments, "--components", strings.Join(components, ","))
	}
	if _, err := command(".", aegis, arguments...); err != nil {
		return "", err
	}
	greeter := strings.ReplaceAll(greeter, "example.com/shop", "example.com/"+name)
	own := "package main\n\nimport (\n\t\"example.com/" + name + "/internal/app\"\n\t\"example.com/" + name + "/internal/greeter\"\n)\n\n" +
		"func own(*app.App) ([]app.Component, error) { return []app.Component{greeter.Component{}}, nil }\n"
	for file, text := range map[string]string{
		"internal/greeter/greeter.go":    greeter,
		"cmd/" + name + "/components.go": own,
	} {
		file = filepath.Join(dir, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return "", err
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			return "", err
		}
	}
	program := filepath.Join(dir, "bin", name)
	return program, build(dir, program, "./cmd/"+name)
}

// greeter is what an owner would add: one typed operation.
const greeter = `package greeter

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"example.com/shop/internal/app"
)

type Component struct{}

func (Component) Name() string { return "greeter" }

type answer struct {
	Body struct {
		Text string ` + "`json:\"text\"`" + `
	}
}

func (Component) Routes(r *app.Routes) {
	huma.Get(r.API, "/api/v1/greetings/{name}", func(_ context.Context, in *struct {
		Name string ` + "`path:\"name\"`" + `
	}) (*answer, error) {
		out := &answer{}
		out.Body.Text = "Hello, " + in.Name
		return out, nil
	})
}
`

// build makes a static, stripped program.
func build(dir, program, pkg string) error {
	_, err := command(dir, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, pkg)
	return err
}

func command(dir, name string, arguments ...string) ([]byte, error) {
	cmd := exec.Command(name, arguments...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	out, err := cmd.Output()
	if err != nil {
		detail := ""
		if exit, ok := err.(*exec.ExitError); ok { //nolint:errorlint // Output returns it as it is
			detail = string(exit.Stderr)
		}
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, detail)
	}
	return out, nil
}

func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return (sorted[n/2] + sorted[(n-1)/2]) / 2
}
