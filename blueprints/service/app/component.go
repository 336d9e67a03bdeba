// Package app is the kernel of the application: what a component is, in which
// order components start and stop, how they are configured and how they are
// doing. Read Component first.
package app

import (
	"context"

	"github.com/spf13/cobra"
	g "maragu.dev/gomponents"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// Component is one capability of the application. A name is all it must have;
// whatever else it does, it says by implementing some of the interfaces below.
type Component interface {
	// Name is unique in the application, lower case: "backend".
	Name() string
}

// Service is a component that is about the business of the application, and not
// about what that runs on: the health tree and the dashboard keep them apart.
type Service interface {
	// Service does nothing.
	Service()
}

// Starter opens what the component needs. It returns once the component is
// ready to be used, and is called in dependency order.
type Starter interface {
	Start(ctx context.Context) error
}

// Runner has a background loop. Run blocks until ctx ends; an error before
// that stops the application.
type Runner interface {
	Run(ctx context.Context) error
}

// Specialist has its loop, and with it something to drain, only in processes of
// one role. Everything else of it is the same in all of them.
type Specialist interface {
	Role() Role
}

// Drainer finishes the work in progress and accepts no more. All components
// drain at the same time, before the loops end and before anything stops. ctx
// carries a deadline.
type Drainer interface {
	Drain(ctx context.Context) error
}

// Stopper gives back what Start took, in reverse order. ctx carries the
// deadline of the shutdown.
type Stopper interface {
	Stop(ctx context.Context) error
}

// Checker reports how the component is doing, which gives it a place in the
// health tree and on the dashboard. Name, latency and time of the
// node are filled in by the caller; so are children's statuses in the parent.
type Checker interface {
	Check(ctx context.Context) health.Node
}

// Router adds operations and pages to the HTTP server. It is asked while components
// start, so that it counts on nothing but what their constructors made.
type Router interface {
	Routes(r *Routes)
}

// Pager has a page of its own on the dashboard, below its figures.
type Pager interface {
	Page(ctx context.Context) (g.Node, error)
}

// Commander adds commands to the command line.
type Commander interface {
	Commands() []*cobra.Command
}
