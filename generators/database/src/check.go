package database

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Check asks the database for its size and its migrations.
func (c *Component) Check(ctx context.Context) health.Node {
	if c.opened == nil {
		return health.Node{Status: health.Unhealthy, Message: "not connected"}
	}
	list, err := c.Migrations(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: err.Error()}
	}
	size, err := c.opened.Size(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: c.explained(err).Error()}
	}
	tables, err := c.opened.TableNames(ctx)
	if err != nil {
		return health.Node{Status: health.Unhealthy, Message: c.explained(err).Error()}
	}
	c.watch.worked(nil)
	inUse, most := c.connections()
	node := health.Node{
		Status:  health.Healthy,
		Message: c.Engine(),
		Figures: []health.Figure{
			{Name: "size", Value: float64(size), Unit: "bytes"},
			{Name: "tables", Value: float64(len(tables))},
			{Name: "connections in use", Value: float64(inUse), Max: float64(most)},
			{Name: "slow queries", Value: float64(c.watch.slow.Load())},
		},
		Children: c.owned(list),
	}
	if trouble := c.watch.trouble(time.Now()); trouble != "" {
		node.Status, node.Message = health.Unhealthy, trouble
	} else if n := pending(list); n > 0 {
		node.Status, node.Message = c.pendingStatus(), c.pendingAdvice(n)
	}
	return node
}

// connections returns how many are in use, and how many there may be.
func (c *Component) connections() (inUse, most int) {
	stats := c.opened.Writer().Stats()
	inUse, most = stats.InUse, stats.MaxOpenConnections
	if c.opened.Reader() != c.opened.Writer() {
		stats = c.opened.Reader().Stats()
		inUse, most = inUse+stats.InUse, most+stats.MaxOpenConnections
	}
	return inUse, most
}

// owned has a node for each owner of migrations.
func (c *Component) owned(list []Migration) []health.Node {
	var nodes []health.Node
	for _, o := range c.allOwners() {
		own := slices.DeleteFunc(slices.Clone(list), func(m Migration) bool { return m.Owner != o.name })
		if len(own) == 0 {
			continue
		}
		n := pending(own)
		node := health.Node{Name: o.name, Status: health.Healthy, Message: fmt.Sprintf("migrations: %d applied", len(own)-n)}
		unknown := slices.ContainsFunc(own, func(m Migration) bool { return m.Name == "" })
		switch {
		case n > 0:
			node.Status = c.pendingStatus()
			node.Message += fmt.Sprintf(", %d pending", n)
		case unknown:
			node.Status = health.Info
			node.Message += ", of which this program does not know all: a newer one has been here"
		}
		nodes = append(nodes, node)
	}
	return nodes
}

// pendingStatus keeps requests away in production, where the code would meet
// tables that it does not expect.
func (c *Component) pendingStatus() health.Status {
	if c.app.Env == app.Production {
		return health.Unhealthy
	}
	return health.Warning
}

func (c *Component) pendingAdvice(n int) string {
	if n == 1 {
		return "1 migration is pending: run " + c.app.Name + " migrate up"
	}
	return fmt.Sprintf("%d migrations are pending: run %s migrate up", n, c.app.Name)
}
