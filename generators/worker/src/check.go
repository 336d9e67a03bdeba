package worker

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/blueprints/service/output"
)

// startup is how long it may take until there is somebody who works.
const startup = 15 * time.Second

// Check reports on the queues and on who works on them, in every process.
func (c *Component) Check(ctx context.Context) health.Node {
	queues, err := c.backend.Queues(ctx, c.queueNames())
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "The queues cannot be read: " + err.Error()}
	}
	processes, err := c.backend.Processes(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: "It cannot be read who works: " + err.Error()}
	}
	n := health.Node{Status: health.Healthy}
	n.Status, n.Message = c.alive(processes)
	n.Figures = c.figures(total(queues), processes)
	var waits, dead []string
	for _, q := range queues {
		child := c.checkQueue(q)
		if child.Status != health.Healthy {
			if q.Latency > c.config.Patience {
				waits = append(waits, q.Name)
			}
			if q.Dead > 0 {
				dead = append(dead, fmt.Sprintf("%d in %s", q.Dead, q.Name))
			}
		}
		n.Children = append(n.Children, child)
	}
	if n.Message == "" && len(waits) > 0 {
		n.Message = "Tasks wait for long in " + strings.Join(waits, ", ") + "."
	}
	if n.Message == "" && len(dead) > 0 {
		n.Message = "Tasks have died: " + strings.Join(dead, ", ") + "."
	}
	return n
}

// alive says whether anybody works.
func (c *Component) alive(processes []Process) (health.Status, string) {
	switch {
	case len(processes) > 0, time.Since(c.began) < startup && c.app.Serves(Role): // it is about to
		return health.Healthy, ""
	case time.Since(c.began) < startup:
		return health.Warning, "No worker runs yet."
	default:
		return health.Unhealthy, "No worker runs."
	}
}

// checkQueue is the child of a queue.
func (c *Component) checkQueue(q QueueFigures) health.Node {
	n := health.Node{Name: q.Name, Status: health.Healthy, Figures: []health.Figure{
		{Name: "waiting", Value: float64(q.Pending)},
		{Name: "active", Value: float64(q.Active)},
		{Name: "scheduled", Value: float64(q.Scheduled)},
		{Name: "retrying", Value: float64(q.Retrying)},
		{Name: "dead", Value: float64(q.Dead)},
		{Name: "oldest waits", Value: health.Milliseconds(q.Latency), Unit: "ms"},
	}}
	switch {
	case q.Latency > c.config.Patience:
		n.Status, n.Message = health.Warning, "A task has waited for "+q.Latency.Round(time.Second).String()+"."
	case q.Dead > 0:
		n.Status, n.Message = health.Warning, output.Plural(q.Dead, "task")+" failed for good: try again or delete."
	}
	return n
}

func (c *Component) figures(sum QueueFigures, processes []Process) []health.Figure {
	processed, failed := c.rates.update(time.Now(), sum.Processed, sum.Failed)
	list := []health.Figure{
		{Name: "waiting", Value: float64(sum.Pending)},
		{Name: "active", Value: float64(sum.Active)},
		{Name: "processed", Value: processed, Unit: "/s"},
		{Name: "failures", Value: failed, Unit: "/s"},
		{Name: "dead", Value: float64(sum.Dead)},
		{Name: "workers", Value: float64(len(processes))},
	}
	if took := c.stats.percentiles(50, 95, 99); took != nil {
		for i, name := range []string{"duration p50", "duration p95", "duration p99"} {
			list = append(list, health.Figure{Name: name, Value: health.Milliseconds(took[i]), Unit: "ms"})
		}
	}
	return list
}

// total adds up the figures of all queues.
func total(queues []QueueFigures) QueueFigures {
	var sum QueueFigures
	for _, q := range queues {
		sum.Scheduled += q.Scheduled
		sum.Pending += q.Pending
		sum.Active += q.Active
		sum.Retrying += q.Retrying
		sum.Dead += q.Dead
		sum.Processed += q.Processed
		sum.Failed += q.Failed
	}
	return sum
}
