package scheduler_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/scheduler"
	"github.com/aegis-stack/aegis/schema"
)

// generate returns what is generated for a manifest's jobs.
func generate(t *testing.T, jobs map[string]any, variants ...string) generators.Response {
	t.Helper()
	component := schema.Component{Name: "scheduler", Options: map[string]any{"jobs": jobs}, Variants: variants}
	response, err := scheduler.Generator.Generate(generators.Request{
		Project: &schema.Project{Name: "shop", Components: []schema.Component{component}}, Component: &component,
	})
	if err != nil {
		t.Fatal(err)
	}
	return response
}

// jobFiles returns the files of the jobs by their names.
func jobFiles(response generators.Response) map[string]generators.File {
	files := map[string]generators.File{}
	for _, f := range response.Files {
		if name, ok := strings.CutPrefix(f.Path, "internal/jobs/"); ok {
			files[name] = f
		}
	}
	return files
}

func TestJobsOfTheManifest(t *testing.T) {
	response := generate(t, map[string]any{
		"cleanup": map[string]any{
			"every": "90s", "timezone": "UTC", "timeout": "10m", "overlap": "skip", "misfire": "once", "jitter": "0s", "retryLost": false,
			"doc": "Removes old carts.",
		},
		"send_url": map[string]any{
			"cron": "0 7 * * 1-5", "timezone": "Europe/Berlin", "timeout": "1h", "overlap": "queue", "misfire": "all", "jitter": "1m30s", "retryLost": true,
		},
		"in_worker": map[string]any{"every": "1h", "task": "mail"},
	}, "jobs")
	files := jobFiles(response)
	for name, want := range map[string]struct {
		policy generators.Policy
		text   []string
	}{
		"jobs_gen.go": {generators.Regenerate, []string{
			`"cleanup"`, `"@every 90s"`, `"Removes old carts."`, "10 * time.Minute", "schedule.Skip", "schedule.Once", "j.Cleanup,",
			`"send_url"`, `"0 7 * * 1-5"`, `"Europe/Berlin"`, "time.Hour,", "schedule.Queue", "schedule.Each", "90 * time.Second", "RetryLost: true", "j.SendURL,",
		}},
		"jobs.go":     {generators.CreateOnce, []string{"func New(a *app.App) (scheduler.Declared, error)"}},
		"cleanup.go":  {generators.CreateOnce, []string{"// Cleanup is the job cleanup: Removes old carts.\n", "func (j *Jobs) Cleanup(ctx context.Context) error"}},
		"send_url.go": {generators.CreateOnce, []string{"// SendURL is the job send_url.\n", "func (j *Jobs) SendURL(ctx context.Context) error"}},
	} {
		f, ok := files[name]
		delete(files, name)
		if !ok || f.Policy != want.policy || (f.Policy == generators.Regenerate) != (f.Hint != "") {
			t.Errorf("%s is %+v", name, f)
		}
		for _, text := range want.text {
			if !strings.Contains(string(f.Content), text) {
				t.Errorf("%s does not have %s:\n%s", name, text, f.Content)
			}
		}
		if _, err := parser.ParseFile(token.NewFileSet(), name, f.Content, 0); err != nil {
			t.Error(err)
		}
	}
	if len(files) > 0 {
		t.Errorf("there are more files: %v", files)
	}
	if folder := wiring(response)["folder"]; folder != "internal/jobs" {
		t.Errorf("the jobs are wired from %v", folder)
	}
	if slices.ContainsFunc(response.Files, func(f generators.File) bool { return strings.Contains(f.Path, "internal/scheduler/jobs") }) {
		t.Error("the stand-in is there too")
	}
}

func wiring(response generators.Response) map[string]any {
	for _, f := range response.Fragments {
		if f.Document == generators.Wiring {
			node, _ := f.Data["scheduler/jobs"].(map[string]any)
			return node
		}
	}
	return nil
}

func TestNoJobsNoFiles(t *testing.T) {
	for _, jobs := range []map[string]any{nil, {"in_worker": map[string]any{"every": "1h", "task": "mail"}}} {
		response := generate(t, jobs)
		if files := jobFiles(response); len(files) > 0 || wiring(response) != nil {
			t.Errorf("with %v there are %v, wired as %v", jobs, files, wiring(response))
		}
	}
}

func TestDurationsAreReadable(t *testing.T) {
	for text, want := range map[string]string{
		"1h": "time.Hour", "90s": "90 * time.Second", "1h30m": "90 * time.Minute", "1500ms": "1500 * time.Millisecond", "24h": "24 * time.Hour",
	} {
		response := generate(t, map[string]any{"a": map[string]any{"every": "1h", "timeout": text, "overlap": "skip", "misfire": "once"}}, "jobs")
		if list := jobFiles(response)["jobs_gen.go"]; !strings.Contains(string(list.Content), fmt.Sprintf("Timeout:  %s,", want)) {
			t.Errorf("%s is not %s in\n%s", text, want, list.Content)
		}
	}
}
