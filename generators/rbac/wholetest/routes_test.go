package main

import (
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/rbac/src/permission"
)

// TestRoutesSayWhomTheyAnswer lists those that do not, or that ask for what nobody
// can have.
func TestRoutesSayWhomTheyAnswer(t *testing.T) {
	known := permission.Meanings()
	for _, s := range app.All[interface{ Endpoints() []app.Endpoint }](application(t, components, own)) {
		for _, e := range s.Endpoints() {
			if e.Access == (app.Access{}) {
				t.Errorf("%s %s does not say whom it answers: with its Security, or by HandlePublic, HandleSignedIn, HandleAdmin or HandleOnly", e.Method, e.Path)
			}
			if name, ok := e.Access.Permission(); ok && known[e.Access] == "" {
				t.Errorf("%s %s asks for the permission %q, which aegis.cue does not declare", e.Method, e.Path, name)
			}
		}
	}
}
