package main

import "github.com/aegis-stack/aegis/blueprints/service/app"

// own returns the components of this application that are yours. They start
// after the others and can do everything that those can.
func own(*app.App) ([]app.Component, error) {
	return nil, nil
}
