// Package frontend is the dashboard: a page on how the application is doing, and
// one for each of its components, that stay up to date by themselves.
//
// Pages are drawn on the server from the health tree, so a new component needs
// nothing here. Start reading at overview and detail; stream keeps them current.
package frontend

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/backend/src"
)

// Config is what the dashboard reads from the environment.
type Config struct {
	Addr    string        `env:"DASHBOARD_ADDR" doc:"Address of the dashboard; empty: that of the API"`
	Title   string        `env:"DASHBOARD_TITLE" max:"200" doc:"Title of the dashboard; empty: the name of the application"`
	Theme   Theme         `env:"DASHBOARD_THEME" envDefault:"auto" doc:"auto, light or dark; readers can choose another"`
	Refresh time.Duration `env:"DASHBOARD_REFRESH" envDefault:"2s" min:"250ms" max:"10m" doc:"Time between two checks of the health"`
}

// Component is the dashboard.
type Component struct {
	app     *app.App
	log     *slog.Logger
	config  Config
	board   *board
	backend *backend.Component
	streams atomic.Int64

	accounts Accounts // nil: people sign in with the token
}

var (
	_ app.Router  = (*Component)(nil)
	_ app.Runner  = (*Component)(nil)
	_ app.Checker = (*Component)(nil)
)

// New returns the dashboard of a, which b serves.
func New(a *app.App, b *backend.Component) (*Component, error) {
	c := &Component{app: a, log: a.Log.With("component", "frontend"), board: newBoard(), backend: b}
	a.Config(&c.config)
	if c.config.Title == "" {
		c.config.Title = label(a.Name)
	}
	a.Monitor.SetInterval(c.config.Refresh)
	if c.hasOwnAddress() {
		b.Listen("dashboard", "DASHBOARD_ADDR", c.config.Addr, c.register)
	}
	return c, nil
}

// Name is "frontend".
func (c *Component) Name() string { return "frontend" }

// Check reports who is looking.
func (c *Component) Check(context.Context) health.Node {
	return health.Node{
		Status:  health.Healthy,
		Figures: []health.Figure{{Name: "live pages", Value: float64(c.streams.Load())}},
	}
}

// Run keeps the history of the health tree.
func (c *Component) Run(ctx context.Context) error {
	for root := range c.app.Monitor.Subscribe(ctx) {
		c.board.record(root)
	}
	return nil
}
