package containers

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/moby/buildkit/client/llb"
	"github.com/moby/buildkit/client/llb/sourceresolver"
	"github.com/moby/buildkit/frontend/dockerfile/dockerfile2llb"
	"github.com/moby/buildkit/frontend/subrequests/lint"
	"github.com/opencontainers/go-digest"
)

// scratch stands for every base image: the checks are about our text.
type scratch struct{}

func (scratch) ResolveImageConfig(_ context.Context, ref string, _ sourceresolver.Opt) (string, digest.Digest, []byte, error) {
	const config = `{"architecture":"amd64","os":"linux","config":{"Env":["PATH=/usr/local/go/bin:/usr/bin:/bin"],"WorkingDir":"/"},"rootfs":{"type":"layers"}}`
	return ref, digest.FromString(config), []byte(config), nil
}

// check runs BuildKit's own checks, those of "docker build --check".
func check(t *testing.T, dockerfile string) *lint.LintResults {
	t.Helper()
	sources := llb.NewSourceMap(nil, "Dockerfile", "Dockerfile", []byte(dockerfile))
	definition, err := llb.Scratch().Marshal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	sources.Definition = definition
	results, err := dockerfile2llb.DockerfileLint(t.Context(), []byte(dockerfile), dockerfile2llb.ConvertOpt{MetaResolver: scratch{}, SourceMap: sources})
	if err != nil {
		t.Fatal(err)
	}
	return results
}

func TestDockerfile(t *testing.T) {
	for name, manifest := range map[string]string{
		"plain": "name: \"shop\"\n",
		"awkward": "name: \"a-long-name\"\nmodule: \"example.com/a/long-name\"\n" +
			"description: \"It's \\\"my\\\" \\\\ shop for $5, ${NOTHING} `and` #more\"\n",
	} {
		t.Run(name, func(t *testing.T) {
			dir := project(t, manifest)
			dockerfile := read(t, dir, "Dockerfile")
			results := check(t, dockerfile)
			if results.Error != nil {
				t.Fatalf("%s\n%s", results.Error.Message, dockerfile)
			}
			for _, w := range results.Warnings {
				t.Errorf("Dockerfile:%d: %s: %s", w.Location.Ranges[0].Start.Line, w.RuleName, w.Detail)
			}

			asked := regexp.MustCompile(`(?m)^go (\d+\.\d+)`).FindStringSubmatch(read(t, dir, "go.mod"))
			built := regexp.MustCompile(`(?m)^FROM .*\bgolang:(\S+) AS`).FindStringSubmatch(dockerfile)
			if asked == nil || built == nil || asked[1] != built[1] {
				t.Errorf("go.mod asks for %v, the image is built with %v", asked, built)
			}
		})
	}
}

// The checks find what they are there for.
func TestDockerfileChecksWork(t *testing.T) {
	results := check(t, "FROM alpine as x\nARG TOKEN\nENV PASSWORD=$TOKEN\nCMD run $NOTHING\n")
	found := map[string]bool{}
	for _, w := range results.Warnings {
		found[w.RuleName] = true
	}
	for _, rule := range []string{"FromAsCasing", "SecretsUsedInArgOrEnv", "JSONArgsRecommended"} {
		if !found[rule] {
			t.Errorf("%s is not found among %v", rule, found)
		}
	}
}

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	name = filepath.Join(dir, name)
	if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}
