package assemble

import (
	"bytes"
	"crypto/sha256"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/all"
)

var matrix = flag.Bool("matrix", false, "build every selection of components, and run the tests of a covering set")

// TestMatrix generates every subset of the optional components in every variant,
// and the services as far as selections says. With -matrix it also vets and builds each project and checks its
// go.mod; those of a covering set, in which every pair of choices occurs, run
// their own tests, start, become healthy and stop.
//
//	go test ./generators/assemble -run TestMatrix -matrix -timeout 60m -v
func TestMatrix(t *testing.T) {
	began := time.Now()
	covered := map[string]bool{}
	for _, s := range covering(t) {
		covered[s.String()] = true
	}
	// Always the same folder, so that what projects share is compiled once.
	dir := filepath.Join(t.TempDir(), "shop")
	seen := map[[sha256.Size]byte]string{}
	projects, tested := 0, 0
	for _, s := range selections(t) {
		project := load(t, s.manifest())
		files, err := Render(project, all.Generators())
		if err != nil {
			t.Errorf("%q: %v", s, err)
			continue
		}
		hash := sha256.New()
		for _, f := range files {
			_, _ = fmt.Fprintf(hash, "%q %o %d\n%s", f.Path, f.Mode, len(f.Content), f.Content)
		}
		sum := [sha256.Size]byte(hash.Sum(nil))
		if seen[sum] != "" && !covered[s.String()] {
			continue // the same project, because of what components bring along
		}
		seen[sum] = s.String()
		projects++
		if !*matrix {
			continue
		}
		t.Run("["+s.String()+"]", func(t *testing.T) {
			writeProject(t, dir, files)
			goTool(t, dir, "vet", "./...")
			goTool(t, dir, "build", "-ldflags", "-s -w", "-o", "bin/shop", "./cmd/shop")
			goTool(t, dir, "mod", "tidy", "-diff")
			if covered[s.String()] {
				tested++
				goTool(t, dir, "test", "-vet=off", "./...") // vetted above
				startProject(t, dir)
			}
		})
	}
	t.Logf("%d selections are %d projects; %d of them ran their tests; %s",
		len(selections(t)), projects, tested, time.Since(began).Round(time.Second))
}

// writeProject makes dir hold files and nothing else.
func writeProject(t *testing.T, dir string, files []File) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.Content, f.Mode); err != nil {
			t.Fatal(err)
		}
	}
}

// fine are the packages whose tests pass, of which nobody wants to read when others fail.
var fine = regexp.MustCompile(`(?m)^(ok  |\?   ).*\n`)

func goTool(t *testing.T, dir string, args ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "GOWORK=off", "CGO_ENABLED=0", "GOFLAGS=-trimpath")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("go %s: %v\n%s", strings.Join(args, " "), err, fine.ReplaceAll(out, nil))
	}
}

// startProject runs the program on its defaults until it is healthy, and has it
// stop.
func startProject(t *testing.T, dir string) {
	t.Helper()
	program := filepath.Join(dir, "bin", "shop")
	var log bytes.Buffer
	serve := exec.CommandContext(t.Context(), program, "serve", "--port", "0")
	serve.Dir = t.TempDir()
	serve.Env = append(os.Environ(), "SHOP_LOG_FORMAT=json")
	serve.Stderr = &log
	read, write, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	serve.Stdout = write // says the address once it is ready
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	_ = write.Close()
	_ = read.SetReadDeadline(time.Now().Add(30 * time.Second))
	buffer := make([]byte, 4096)
	n, err := read.Read(buffer)
	address := regexp.MustCompile(`http://\S+`).Find(buffer[:n])
	if err != nil || address == nil {
		t.Errorf("it is not ready: %v\n%s%s", err, buffer[:n], log.Bytes())
	} else {
		health := exec.CommandContext(t.Context(), program, "health", "--url", string(address))
		if out, err := health.CombinedOutput(); err != nil {
			t.Errorf("it is not healthy: %v\n%s", err, out)
		}
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := serve.Wait(); err != nil {
		t.Errorf("it ended with %v\n%s", err, log.Bytes())
	}
}
