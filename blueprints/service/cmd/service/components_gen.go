// Code generated from aegis.cue. DO NOT EDIT.

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
	"ADDR":              ":8080",
	"BODY_LIMIT":        "1048576",
	"DASHBOARD_REFRESH": "2s",
	"DASHBOARD_THEME":   "auto",
	"DASHBOARD_TITLE":   "service",
	"ENV":               "development",
	"IDLE_TIMEOUT":      "2m",
	"LOG_FORMAT":        "auto",
	"LOG_LEVEL":         "info",
	"RATE_BURST":        "100",
	"RATE_LIMIT":        "50",
	"READ_TIMEOUT":      "15s",
	"SHUTDOWN_TIMEOUT":  "20s",
	"WRITE_TIMEOUT":     "30s",
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
