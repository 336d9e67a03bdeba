package schedulerworker_test

import (
	"go/parser"
	"go/token"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/schedulerworker"
	"github.com/aegis-stack/aegis/schema"
)

func TestJobsThatAreTasks(t *testing.T) {
	project := &schema.Project{Name: "shop", Components: []schema.Component{
		{Name: "scheduler", Options: map[string]any{"jobs": map[string]any{
			"weekly": map[string]any{
				"cron": "0 7 * * 1", "timezone": "Europe/Berlin", "timeout": "10m", "overlap": "skip", "misfire": "once",
				"task": "report", "payload": map[string]any{"to": "a\"`b", "n": 3},
			},
			"daily":   map[string]any{"every": "24h", "timeout": "10m", "overlap": "skip", "misfire": "once", "task": "sweep"},
			"cleanup": map[string]any{"every": "1h", "timeout": "10m", "overlap": "skip", "misfire": "once"},
		}}},
		{Name: "schedulerworker", Variants: []string{"enqueued"}},
	}}
	response, err := schedulerworker.Generator.Generate(generators.Request{Project: project, Component: &project.Components[1]})
	if err != nil {
		t.Fatal(err)
	}
	var lists []generators.File
	for _, f := range response.Files {
		if strings.HasPrefix(f.Path, "internal/schedulerworker/enqueued/") {
			lists = append(lists, f)
		}
	}
	if len(lists) != 1 || lists[0].Policy != generators.Regenerate || lists[0].Hint == "" {
		t.Fatalf("the lists are %v", lists)
	}
	source := string(lists[0].Content)
	if _, err := parser.ParseFile(token.NewFileSet(), "", source, 0); err != nil {
		t.Error(err)
	}
	for _, want := range []string{`"0 7 * * 1"`, `"Europe/Berlin"`, `"report"`, `json.RawMessage("{\"n\":3,\"to\":\"a\\\"` + "`b" + `\"}")`, `json.RawMessage("{}")`, `"sweep"`} {
		if !strings.Contains(source, want) {
			t.Errorf("it does not have %s:\n%s", want, source)
		}
	}
	if strings.Contains(source, "cleanup") {
		t.Errorf("it has a job that is no task:\n%s", source)
	}
}
