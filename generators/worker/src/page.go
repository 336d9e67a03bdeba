package worker

import (
	"context"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	g "maragu.dev/gomponents"
	h "maragu.dev/gomponents/html"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/ui"
)

const (
	pagePath = "/components/worker"
	// shownTasks is how many tasks a section of the page shows.
	shownTasks = 20
)

// Page shows the queues, what died, what happened lately, and what there is to do.
func (c *Component) Page(ctx context.Context) (g.Node, error) {
	queues, err := c.Queues(ctx)
	if err != nil {
		return nil, err
	}
	dead, err := c.backend.List(ctx, Filter{State: Dead, Limit: shownTasks})
	if err != nil {
		return nil, err
	}
	recent, err := c.backend.List(ctx, Filter{Limit: shownTasks})
	if err != nil {
		return nil, err
	}
	processes, err := c.backend.Processes(ctx)
	if err != nil {
		return nil, err
	}
	return g.Group{queueSection(queues), deadSection(dead), recentSection(recent), c.kindSection(), processSection(processes)}, nil
}

// button does what a button of the page is for, and leads back to it.
func (c *Component) button(do func(ctx context.Context, id string) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := do(r.Context(), r.PathValue("id"))
		if err == nil {
			http.Redirect(w, r, pagePath, http.StatusSeeOther)
			return
		}
		status, text := statusOf(err), err.Error()
		if status == http.StatusInternalServerError {
			c.log.ErrorContext(r.Context(), "could not steer a task", "error", err)
			text = "The task cannot be reached. The log says why."
		}
		http.Error(w, text, status)
	})
}

func queueSection(queues []QueueView) g.Node {
	rows := make([]g.Node, 0, len(queues))
	for _, q := range queues {
		waits := "–"
		if q.LatencyMS > 0 {
			waits = took(time.Duration(q.LatencyMS * float64(time.Millisecond)))
		}
		rows = append(rows, ui.Row(
			h.Strong(g.Text(q.Name)), count(q.Pending), count(q.Active), count(q.Scheduled), count(q.Retrying), count(q.Dead),
			g.Text(waits), g.Text(strconv.FormatInt(q.Processed, 10)), g.Text(strconv.FormatInt(q.Failed, 10)),
			count(q.Concurrency), count(q.Priority),
		))
	}
	return ui.Section("Queues", ui.Table(
		[]string{"Queue", "Waiting", "Active", "Scheduled", "Retrying", "Dead", "Oldest waits", "Processed", "Failed", "Concurrency", "Priority"}, rows...))
}

func count(n int) g.Node { return g.Text(strconv.Itoa(n)) }

func deadSection(tasks []Task) g.Node {
	if len(tasks) == 0 {
		return ui.Section("Dead tasks", h.P(g.Text("There are none.")))
	}
	rows := make([]g.Node, 0, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		rows = append(rows, ui.Row(
			name(t), g.Text(t.Queue), count(t.Attempts), when(t.Ended), g.Text(t.Error),
			g.Group{action(t, "retry", "Try again"), action(t, "delete", "Delete")},
		))
	}
	return ui.Section("Dead tasks", ui.Table([]string{"Task", "Queue", "Tries", "Died (UTC)", "Error", "Actions"}, rows...))
}

func recentSection(tasks []Task) g.Node {
	if len(tasks) == 0 {
		return ui.Section("Recent tasks", h.P(g.Text("There are none.")))
	}
	rows := make([]g.Node, 0, len(tasks))
	for i := range tasks {
		t := &tasks[i]
		buttons := g.Text("–")
		if t.Ended == nil {
			buttons = action(t, "cancel", "Cancel")
		}
		rows = append(rows, ui.Row(name(t), g.Text(t.Queue), badge(t), when(&t.Enqueued), when(t.Started), g.Text(ran(t)), count(t.Attempts), buttons))
	}
	return ui.Section("Recent tasks", ui.Table([]string{"Task", "Queue", "State", "Enqueued (UTC)", "Started (UTC)", "Duration", "Tries", "Actions"}, rows...))
}

func (c *Component) kindSection() g.Node {
	if len(c.definitions) == 0 {
		return ui.Section("Kinds of tasks", h.P(g.Text("None is declared.")))
	}
	rows := make([]g.Node, 0, len(c.definitions))
	for i := range c.definitions {
		d := &c.definitions[i]
		rows = append(rows, ui.Row(h.Strong(g.Text(d.Name)), g.Text(d.Doc), g.Text(d.Queue), count(d.Retries), g.Text(d.Timeout.String())))
	}
	return ui.Section("Kinds of tasks", ui.Table([]string{"Task", "What it does", "Queue", "Retries", "Timeout"}, rows...))
}

func processSection(processes []Process) g.Node {
	if len(processes) == 0 {
		return ui.Section("Workers", h.P(g.Text("None runs.")))
	}
	rows := make([]g.Node, 0, len(processes))
	for i := range processes {
		p := &processes[i]
		rows = append(rows, ui.Row(g.Text(p.Host), count(p.PID), when(&p.Started), count(p.Active)))
	}
	return ui.Section("Workers", ui.Table([]string{"Host", "Process", "Started (UTC)", "Active"}, rows...))
}

func name(t *Task) g.Node {
	return g.Group{h.Strong(g.Text(t.Name)), h.Br(), h.Code(g.Text(t.ID))}
}

func action(t *Task, do, label string) g.Node {
	return ui.Action(pagePath+"/tasks/"+url.PathEscape(t.ID)+"/"+do, label)
}

// when shows a time to people and to programs.
func when(t *time.Time) g.Node {
	if t == nil || t.IsZero() {
		return g.Text("–")
	}
	return h.Time(h.DateTime(t.UTC().Format(time.RFC3339)), g.Text(t.UTC().Format(time.DateTime)))
}

// ran is how long the last try took.
func ran(t *Task) string {
	if t.Started == nil || t.Ended == nil {
		return "–"
	}
	return took(t.Ended.Sub(*t.Started))
}

func took(d time.Duration) string {
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d < time.Millisecond:
		return "< 1ms"
	default:
		return d.Round(time.Millisecond).String()
	}
}

// badge shows how a task does.
func badge(t *Task) g.Node {
	status := health.Info
	switch t.State {
	case Completed:
		status = health.Healthy
	case Retrying, Canceled:
		status = health.Warning
	case Dead:
		status = health.Unhealthy
	case Scheduled, Pending, Active:
	}
	words := []string{string(t.State)}
	if t.State == Active && t.Progress != nil {
		words = append(words, strconv.Itoa(int(t.Progress.Percent))+" %", t.Progress.Message)
	}
	return h.Span(h.Class("badge"), h.Data("status", string(status)), ui.StatusIcon(status), g.Text(strings.TrimSpace(strings.Join(words, " "))))
}
