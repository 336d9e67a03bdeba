// Package whole makes an application of all components, for tests of what has to
// be true of each of them.
package whole

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
	"github.com/aegis-stack/aegis/generators/auth/src/groundtest"
	"github.com/aegis-stack/aegis/generators/authredis/src"
	"github.com/aegis-stack/aegis/generators/cache/src"
	"github.com/aegis-stack/aegis/generators/cache/src/memory"
	"github.com/aegis-stack/aegis/generators/cli/src"
	"github.com/aegis-stack/aegis/generators/notes/src"
	"github.com/aegis-stack/aegis/generators/redis/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
	"github.com/aegis-stack/aegis/generators/scheduler/src/jobs"
	"github.com/aegis-stack/aegis/generators/schedulersql/src"
	"github.com/aegis-stack/aegis/generators/worker/src"
	queue "github.com/aegis-stack/aegis/generators/worker/src/database"
	"github.com/aegis-stack/aegis/generators/worker/src/tasks"
)

// Components returns those of an application of everything, auth at the level
// basic, and what more makes of them.
func Components(a *app.App, more ...func(*app.App, authtest.Parts) (app.Component, error)) ([]app.Component, error) {
	var all []app.Component
	var failed error
	add := func(c app.Component, err error) {
		all = append(all, c)
		if failed == nil {
			failed = err
		}
	}
	g, err := groundtest.New(a)
	if err != nil {
		return nil, err
	}
	all = g.Components()
	add(cli.New(a))
	r, err := redis.New(a)
	add(r, err)
	u, err := auth.New(a, g.Backend, g.Database, g.Frontend, g.Mail)
	add(u, err)
	add(authredis.New(a, u, r))
	store, err := memory.New(a)
	if err != nil {
		return nil, err
	}
	add(cache.New(a, g.Backend, store))
	add(notes.New(a, g.Database))
	declared, err := jobs.New(a)
	if err != nil {
		return nil, err
	}
	j, err := scheduler.New(a, declared)
	add(j, err)
	add(schedulersql.New(a, g.Database, j))
	q, err := queue.New(a, g.Database)
	if err != nil {
		return nil, err
	}
	work, err := tasks.New(a)
	if err != nil {
		return nil, err
	}
	add(worker.New(a, q, work))
	for _, construct := range more {
		add(construct(a, authtest.Parts{Ground: g, Auth: u}))
	}
	return all, failed
}
