package scheduler

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Check reports on the jobs and on who runs them, in every process: one that
// runs none learns it from the store.
func (c *Component) Check(ctx context.Context) health.Node {
	if !c.shared() && !c.app.Serves(Role) {
		return health.Node{Status: health.Info, Message: "The jobs run in another process, and without a database only that one knows how they are."}
	}
	state, err := c.store.Read(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "The jobs cannot be read: " + err.Error()}
	}
	recent, err := c.store.Recent(ctx, recently)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "The runs cannot be read: " + err.Error()}
	}
	status, message := c.alive(state)
	if status == health.Healthy {
		status, message = failing(recent)
	}
	return health.Node{Status: status, Message: message, Figures: c.figures(state, recent)}
}

// alive says whether there is somebody to run jobs, in this process if it should.
func (c *Component) alive(state State) (health.Status, string) {
	var last time.Time
	here, anywhere := !c.app.Serves(Role), false
	for _, i := range state.Instances {
		if i.Seen.After(last) {
			last = i.Seen
		}
		if i.alive(state.Now) {
			anywhere = true
			here = here || i.ID == c.id
		}
	}
	switch {
	case here && anywhere, time.Since(c.began) < silence && c.app.Serves(Role): // it is about to
		return health.Healthy, ""
	case time.Since(c.began) < silence, !anywhere && state.Now.Sub(last) < silence:
		// It may be starting, or being replaced.
		return health.Warning, "No scheduler runs yet."
	case anywhere:
		return health.Unhealthy, "This process should run jobs and does not."
	case last.IsZero():
		return health.Unhealthy, "No scheduler runs."
	default:
		return health.Unhealthy, "No scheduler runs since " + moment(last) + "."
	}
}

func (i Instance) alive(now time.Time) bool { return !i.Stopped && now.Sub(i.Seen) < silence }

// failing says which jobs did not succeed when they ran last.
func failing(recent Recent) (health.Status, string) {
	var names []string
	for _, r := range recent.Last {
		if r.Status != Running && r.Status != Succeeded && r.Status != Cancelled {
			names = append(names, r.Job)
		}
	}
	if len(names) == 0 {
		return health.Healthy, ""
	}
	return health.Warning, "The last run failed of " + strings.Join(names, ", ") + "."
}

func (c *Component) figures(state State, recent Recent) []health.Figure {
	jobs, _ := c.definitions() // Start has seen the error
	paused, instances := 0, 0
	next, soonest := "–", time.Time{}
	for i := range jobs {
		v := view(&jobs[i], state, Recent{})
		if v.Paused {
			paused++
		}
		if v.NextRun != nil && (soonest.IsZero() || v.NextRun.Before(soonest)) {
			soonest = *v.NextRun
			next = fmt.Sprintf("%s, %s", v.Name, moment(soonest))
		}
	}
	for _, i := range state.Instances {
		if i.alive(state.Now) {
			instances++
		}
	}
	return []health.Figure{
		{Name: "jobs", Value: float64(len(jobs))},
		{Name: "running", Value: float64(len(state.Running))},
		{Name: "failed in 24 h", Value: float64(recent.Failed)},
		{Name: "next run", Text: next},
		{Name: "paused", Value: float64(paused)},
		{Name: "schedulers", Value: float64(instances)},
	}
}

// moment is a time as people read it.
func moment(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05") + " UTC" }
