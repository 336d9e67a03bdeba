package main

import (
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// Where a component comes from leads to the line that brought it.
func TestStateNamesThePlace(t *testing.T) {
	reason := func(by, because, position string, through ...string) schema.PlacedReason {
		return schema.PlacedReason{Reason: schema.Reason{By: by, Because: because}, Position: position, Through: through}
	}
	for _, c := range []struct {
		want    string
		reasons []schema.PlacedReason
	}{
		{`not part of the project; "aegis add redis" adds it`, nil},
		{"enabled, because database (aegis.cue:4:2) and scheduler are there", []schema.PlacedReason{{
			Reason: schema.Reason{By: "aegis", Because: "database and scheduler are both there"},
			Joins:  []schema.Join{{Name: "database", Position: "aegis.cue:4:2"}, {Name: "scheduler"}},
		}}},
		{"enabled, because worker needs it (aegis.cue:7:14): carries its queues", []schema.PlacedReason{reason("worker", "carries its queues", "aegis.cue:7:14")}},
		{"enabled, because worker needs it (for auth, aegis.cue:5:11): carries its queues", []schema.PlacedReason{reason("worker", "carries its queues", "aegis.cue:5:11", "auth")}},
		{"enabled, because worker needs it (for auth): carries its queues", []schema.PlacedReason{reason("worker", "carries its queues", "", "auth")}},
		{"enabled, because always included; requested (aegis.cue:2:1)", []schema.PlacedReason{reason("aegis", "always included", ""), reason("aegis.cue", "requested", "aegis.cue:2:1")}},
		{"enabled, because frontend needs it: serves its pages", []schema.PlacedReason{reason("frontend", "serves its pages", "")}},
	} {
		if got := state(&schema.Explanation{Component: &schema.Entry{Name: "redis"}, Project: true, Reasons: c.reasons}); got != c.want {
			t.Errorf("the state is %q, want %q", got, c.want)
		}
	}
	for want, entry := range map[string]schema.Entry{
		"not part of the project; it comes along with database and scheduler": {Kind: schema.Part, Joins: []string{"database", "scheduler"}},
		"not part of the project; it comes along with what needs it":          {Kind: schema.Part},
	} {
		if got := state(&schema.Explanation{Component: &entry, Project: true}); got != want {
			t.Errorf("the state is %q, want %q", got, want)
		}
	}
	// Outside of a project there is nothing to say.
	if got := state(&schema.Explanation{Component: &schema.Entry{Name: "redis"}}); got != "" {
		t.Errorf("the state is %q", got)
	}
}
