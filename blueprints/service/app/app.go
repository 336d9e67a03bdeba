package app

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"sync/atomic"

	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// App is the running application: what its components share, and the order of
// their lives. Components keep a pointer to it from their constructor.
type App struct {
	Name    string
	Env     Environment
	Log     *slog.Logger
	Monitor *health.Monitor

	// RequestLog is Log for a line about each request. In a process that answers many,
	// such lines are written together, up to 10 ms later; any other line comes after
	// those before it all the same.
	RequestLog *slog.Logger

	guard      Guard
	roles      []Role // of this process; none is all
	components []Component
	kernel     kernelConfig

	sources   sources
	variables []Variable
	secrets   []string
	problems  []string
	kinds     []string // endings of variables that there are several of

	ready    atomic.Bool
	draining chan struct{}
}

// Options is what an App is made from.
type Options struct {
	Name string
	// Defaults of the variables, without prefix, where they differ from those
	// in the code.
	Defaults map[string]string
	// Environ is the environment as os.Environ returns it.
	Environ []string
	// EnvFile is read below the environment in development, if it exists.
	EnvFile string
	// Overrides win over everything; they come from the command line.
	Overrides map[string]string
	// Roles are what this process does; none is everything.
	Roles []Role
	// LogTo is where the log goes; nil is standard error.
	LogTo io.Writer
}

// Constructor makes components. It must work offline: no network, no disk.
type Constructor func(*App) ([]Component, error)

// New makes the application with the components of all constructors, in their
// order. An error in the configuration is a *ConfigError with all of them.
func New(o Options, constructors ...Constructor) (*App, error) {
	a := &App{Name: o.Name, Monitor: health.NewMonitor(), roles: o.Roles, draining: make(chan struct{})}
	a.readSources(o)
	a.Config(&a.kernel)
	a.Env = a.kernel.Env
	a.openLog(o.LogTo)
	a.guard = newTokenGuard(a)

	for _, construct := range constructors {
		components, err := construct(a)
		if err != nil {
			// What is wrong with the configuration is the likely cause.
			return nil, errors.Join(a.configError(), err)
		}
		a.components = append(a.components, components...)
	}
	a.findUnknown(o)
	if err := a.configError(); err != nil {
		return nil, err
	}
	if err := a.checkRoles(); err != nil {
		return nil, err
	}
	return a, a.watch()
}

// watch has the monitor check every component that can tell how it is doing.
func (a *App) watch() error {
	seen := map[string]bool{}
	for _, c := range a.components {
		if seen[c.Name()] {
			return fmt.Errorf("two components are named %q", c.Name())
		}
		seen[c.Name()] = true
		if checker, ok := c.(Checker); ok {
			a.Monitor.AddTo(branch(c), c.Name(), checker.Check)
		}
	}
	a.Monitor.Conceal(a.secrets...)
	return nil
}

// branch is where in the health tree the component is.
func branch(c Component) string {
	if _, ok := c.(Service); ok {
		return health.Services
	}
	return health.Components
}

// Prefix is what the names of the application's variables begin with.
func (a *App) Prefix() string { return a.sources.prefix }

// AdminToken is the token that opens what is closed, "" if there is none.
func (a *App) AdminToken() string { return a.kernel.AdminToken }

// Components returns all components in the order in which they start.
func (a *App) Components() []Component { return slices.Clone(a.components) }

// Guard tells who is an administrator.
func (a *App) Guard() Guard { return a.guard }

// SetGuard replaces the guard. Call it from a constructor.
func (a *App) SetGuard(g Guard) { a.guard = g }

// Ready says whether the application should be sent requests, and if not, why.
func (a *App) Ready() (ok bool, reason string) {
	select {
	case <-a.draining:
		return false, "shutting down"
	default:
	}
	if !a.ready.Load() {
		return false, "starting"
	}
	if a.impaired() {
		return false, "unhealthy"
	}
	return true, ""
}

// impaired says whether something is unhealthy that this process works with. A
// specialist of other processes is none of it: without workers, tasks wait, but
// requests can be answered.
func (a *App) impaired() bool {
	root := a.Monitor.Latest()
	if root.Status != health.Unhealthy {
		return false
	}
	for _, c := range a.components {
		if !a.works(c) {
			continue
		}
		if n, ok := root.Child(branch(c), c.Name()); ok && n.Status == health.Unhealthy {
			return true
		}
	}
	system, ok := root.Child("system")
	return ok && system.Status == health.Unhealthy
}

// Draining is closed when the application begins to shut down. Whatever would
// go on for ever, such as an event stream, must end then.
func (a *App) Draining() <-chan struct{} { return a.draining }
