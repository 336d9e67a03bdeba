// Package main stands for the program of an application of everything, on which
// the test in routes_test.go is run that belongs to each.
package main

import (
	"io"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/auth/src/authtest"
	"github.com/aegis-stack/aegis/generators/internal/whole"
	"github.com/aegis-stack/aegis/generators/org/src"
	"github.com/aegis-stack/aegis/generators/rbac/src"
)

func components(a *app.App) ([]app.Component, error) {
	var roles *rbac.Component
	return whole.Components(a, func(a *app.App, p authtest.Parts) (_ app.Component, err error) {
		roles, err = rbac.New(a, p.Auth, p.Database, p.Frontend)
		return roles, err
	}, func(a *app.App, p authtest.Parts) (app.Component, error) {
		return org.New(a, p.Auth, roles, p.Database, p.Frontend, p.Mail)
	})
}

func own(*app.App) ([]app.Component, error) { return nil, nil }

func application(t *testing.T, constructors ...app.Constructor) *app.App {
	t.Helper()
	a, err := app.New(app.Options{Name: "shop", LogTo: io.Discard}, constructors...)
	if err != nil {
		t.Fatal(err)
	}
	return a
}
