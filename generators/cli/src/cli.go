// Package cli is the command line of the application: it serves, asks a
// running instance how it is, and shows what it is made of. Components add
// commands of their own.
//
// Start reading at Program.
package cli

import (
	"context"
	"runtime"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Component reports on the program itself.
type Component struct {
	app      *app.App
	commands int
}

var (
	_ app.Starter = (*Component)(nil)
	_ app.Checker = (*Component)(nil)
)

// New returns the command line of a.
func New(a *app.App) (*Component, error) { return &Component{app: a}, nil }

// Name is "cli".
func (c *Component) Name() string { return "cli" }

// Start counts the commands, once all components are there.
func (c *Component) Start(context.Context) error {
	c.commands = len(ownCommands(nil, nil)) + len(contributed(c.app))
	return nil
}

// Check reports which build is running and what it can do.
func (c *Component) Check(context.Context) health.Node {
	return health.Node{
		Status: health.Healthy,
		Figures: []health.Figure{
			{Name: "commands", Value: float64(c.commands)},
			{Name: "version", Text: app.ReadBuild().Version},
			{Name: "go", Text: runtime.Version()},
		},
	}
}
