// Package jobs reads the jobs that a manifest declares, for the generators that
// write Go for them.
package jobs

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators/internal/declared"
	"github.com/aegis-stack/aegis/generators/internal/goname"
	"github.com/aegis-stack/aegis/schema"
)

// Job is a job of the manifest.
type Job struct {
	Name     string
	Doc      string // may be empty
	Function string // that does it
	// Task is the task of the worker that it is, and Payload what that is given,
	// as JSON. Empty is none.
	Task, Payload string
	// Fields are those of a schedule.Job, as Go writes them; Run is not among
	// them.
	Fields string
}

// Declared returns the jobs of the project, sorted by name.
func Declared(project *schema.Project) ([]Job, error) {
	component := project.Component("scheduler")
	if component == nil {
		return nil, nil
	}
	options, _ := component.Options["jobs"].(map[string]any)
	var jobs []Job
	for _, name := range slices.Sorted(maps.Keys(options)) {
		o, _ := options[name].(map[string]any)
		j, err := read(name, o)
		if err != nil {
			return nil, fmt.Errorf("components.scheduler.jobs.%s: %w", name, err)
		}
		jobs = append(jobs, j)
	}
	return jobs, nil
}

var (
	overlaps = map[string]string{"skip": "schedule.Skip", "queue": "schedule.Queue", "allow": "schedule.Allow"}
	misfires = map[string]string{"skip": "schedule.Drop", "once": "schedule.Once", "all": "schedule.Each"}
)

func read(name string, options map[string]any) (Job, error) {
	text := func(option string) string {
		s, _ := options[option].(string)
		return s
	}
	j := Job{Name: name, Doc: text("doc"), Function: goname.Exported(name), Task: text("task")}
	if payload, ok := options["payload"]; ok {
		encoded, err := json.Marshal(payload)
		if err != nil {
			return j, err
		}
		j.Payload = string(encoded)
	}
	timeout, err := declared.Duration(text("timeout"))
	if err != nil {
		return j, err
	}
	jitter, err := declared.Duration(text("jitter"))
	if err != nil {
		return j, err
	}

	var fields strings.Builder
	field := func(name, value string, given bool) {
		if given {
			fmt.Fprintf(&fields, "%s: %s,\n", name, value)
		}
	}
	field("Name", fmt.Sprintf("%q", name), true)
	field("Doc", fmt.Sprintf("%q", j.Doc), j.Doc != "")
	if every := text("every"); every != "" {
		field("Schedule", fmt.Sprintf("%q", "@every "+every), true)
	} else {
		field("Schedule", fmt.Sprintf("%q", text("cron")), true)
		field("Timezone", fmt.Sprintf("%q", text("timezone")), text("timezone") != "UTC")
	}
	field("Timeout", timeout, timeout != "")
	field("Overlap", overlaps[text("overlap")], true)
	field("Misfire", misfires[text("misfire")], true)
	field("Jitter", jitter, jitter != "")
	field("RetryLost", "true", options["retryLost"] == true)
	j.Fields = fields.String()
	return j, nil
}

// Sentence returns what the job does as the rest of a comment.
func (j Job) Sentence() string {
	if j.Doc == "" {
		return "is the job " + j.Name + "."
	}
	return "is the job " + j.Name + ": " + strings.TrimSuffix(j.Doc, ".") + "."
}
