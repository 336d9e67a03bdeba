package scheduler

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

const (
	pagePath = "/components/scheduler"
	// shownRuns is how many runs the page shows.
	shownRuns = 20
)

// Page shows the jobs, with buttons to steer them, and what ran lately.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	jobs, err := c.List(ctx)
	if err != nil {
		return nil, err
	}
	runs, err := c.Runs(ctx, "", shownRuns)
	if err != nil {
		return nil, err
	}
	return g.Group{c.jobSection(jobs), runSection(runs)}, nil
}

// button does what a button of the page is for, and leads back to it.
func (c *Component) button(a action) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := a.do(r.Context(), r.PathValue("job"))
		switch {
		case err == nil:
			http.Redirect(w, r, pagePath, http.StatusSeeOther)
		case errors.Is(err, ErrUnknown):
			http.Error(w, err.Error(), http.StatusNotFound)
		case errors.Is(err, ErrElsewhere):
			http.Error(w, err.Error(), http.StatusConflict)
		default:
			c.log.ErrorContext(r.Context(), "could not steer a job", "action", a.name, "error", err)
			http.Error(w, "The job cannot be reached. The log says why.", http.StatusInternalServerError)
		}
	})
}

func (c *Component) jobSection(jobs []JobView) g.Node {
	if len(jobs) == 0 {
		return ui.Section("Jobs", h.P(g.Text("There are none.")))
	}
	rows := make([]g.Node, 0, len(jobs))
	for _, j := range jobs {
		schedule := j.Schedule
		if j.Timezone != "UTC" {
			schedule += " (" + j.Timezone + ")"
		}
		if j.Edited {
			schedule += ", edited"
		}
		rows = append(rows, ui.Row(
			g.Group{h.Strong(g.Text(j.Name)), g.If(j.Doc != "", g.Group{h.Br(), g.Text(j.Doc)})},
			h.Code(g.Text(schedule)), nextRun(j), lastRun(j), jobStatus(j), lastDuration(j), c.buttons(j),
		))
	}
	return ui.Section("Jobs", ui.Table([]string{"Job", "Schedule", "Next run (UTC)", "Last run (UTC)", "Status", "Duration", "Actions"}, rows...))
}

func (c *Component) buttons(j JobView) g.Node {
	if !c.shared() && !c.app.Serves(Role) {
		return g.Text("–")
	}
	var nodes g.Group
	for _, a := range c.actions() {
		if a.name == "pause" && j.Paused || a.name == "resume" && !j.Paused {
			continue
		}
		nodes = append(nodes, ui.Action(pagePath+"/jobs/"+url.PathEscape(j.Name)+"/"+a.name, a.label))
	}
	return nodes
}

func nextRun(j JobView) g.Node {
	switch {
	case j.Asked:
		return g.Text("as soon as possible")
	case j.NextRun == nil:
		return g.Text("–")
	default:
		return stamp(*j.NextRun)
	}
}

func lastRun(j JobView) g.Node {
	if j.LastRun == nil {
		return g.Text("–")
	}
	return stamp(j.LastRun.Started)
}

func lastDuration(j JobView) g.Node {
	if j.LastRun == nil || j.LastRun.Finished == nil {
		return g.Text("–")
	}
	return g.Text(took(*j.LastRun))
}

func jobStatus(j JobView) g.Node {
	switch {
	case j.Running > 0:
		return badge(Running)
	case j.Paused:
		return mark(health.Info, "paused")
	case j.LastRun == nil:
		return g.Text("–")
	default:
		return badge(j.LastRun.Status)
	}
}

func runSection(runs []RunView) g.Node {
	if len(runs) == 0 {
		return ui.Section("Recent runs", h.P(g.Text("Nothing has run yet.")))
	}
	rows := make([]g.Node, 0, len(runs))
	for _, r := range runs {
		ended := g.Text("–")
		if r.Finished != nil {
			ended = g.Text(took(r))
		}
		rows = append(rows, ui.Row(
			g.Text(r.Job), g.Text(string(r.Kind)), stamp(r.Started), badge(r.Status), ended, g.Text(r.Instance), g.Text(r.Error),
		))
	}
	return ui.Section("Recent runs", ui.Table([]string{"Job", "Kind", "Started (UTC)", "Status", "Duration", "Instance", "Error"}, rows...))
}

func took(r RunView) string {
	return (time.Duration(r.DurationMS) * time.Millisecond).String()
}

// stamp shows a time to people and to programs.
func stamp(t time.Time) g.Node {
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), g.Text(t.UTC().Format(time.DateTime)))
}

// badge shows how a run does.
func badge(s Status) g.Node {
	switch s {
	case Succeeded:
		return mark(health.Healthy, "succeeded")
	case Running:
		return mark(health.Info, "running")
	case Cancelled:
		return mark(health.Warning, "cancelled")
	case Failed:
		return mark(health.Unhealthy, "failed")
	case TimedOut:
		return mark(health.Unhealthy, "timed out")
	case Lost:
		return mark(health.Unhealthy, "lost")
	default:
		return g.Text(string(s))
	}
}

// mark is a badge with a word of its own.
func mark(s health.Status, word string) g.Node {
	return h.Span(h.Class("badge"), h.Data("status", string(s)), ui.StatusIcon(s), g.Text(word))
}
