package main

import (
	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/backend/src"
	"github.com/aegis-stack/aegis/generators/cli/src"
	"github.com/aegis-stack/aegis/generators/frontend/src"
)

const name = "service"

// defaults are the values of the environment variables that are not set.
var defaults = map[string]string{
	"DASHBOARD_TITLE": "service",
}

// components returns the components of the application in the order in which
// they start.
func components(a *app.App) ([]app.Component, error) {
	backendComponent, err := backend.New(a)
	if err != nil {
		return nil, err
	}
	cliComponent, err := cli.New(a)
	if err != nil {
		return nil, err
	}
	frontendComponent, err := frontend.New(a, backendComponent)
	if err != nil {
		return nil, err
	}
	return []app.Component{backendComponent, cliComponent, frontendComponent}, nil
}
