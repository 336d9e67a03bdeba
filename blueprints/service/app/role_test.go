package app_test

import (
	"context"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// clerk is a part with a role.
type clerk struct{ part }

func (c *clerk) Role() app.Role { return "clerk" }

func office(roles ...app.Role) (*app.App, *diary, error) {
	d := &diary{}
	a, err := app.New(app.Options{Name: "shop", LogTo: io.Discard, Roles: roles}, func(*app.App) ([]app.Component, error) {
		return []app.Component{&part{name: "door", diary: d}, &clerk{part{name: "clerk", diary: d}}}, nil
	})
	return a, d, err
}

func TestSpecialistWorksInItsRoleOnly(t *testing.T) {
	for _, test := range []struct {
		roles []app.Role
		want  string
	}{
		{nil, "start door, start clerk, drain clerk, drain door, end clerk, end door, stop clerk, stop door"},
		{[]app.Role{app.Web, "clerk"}, "start door, start clerk, drain clerk, drain door, end clerk, end door, stop clerk, stop door"},
		{[]app.Role{app.Web}, "start door, start clerk, drain door, end door, stop clerk, stop door"},
	} {
		synctest.Test(t, func(t *testing.T) {
			a, d, err := office(test.roles...)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			if err := a.Run(ctx, func() {}); err != nil {
				t.Fatal(err)
			}
			// Drains and loops run beside each other.
			if got := sorted(d.String()); got != sorted(test.want) {
				t.Errorf("roles %q: %s, want %s", test.roles, d, test.want)
			}
		})
	}
}

func sorted(list string) string {
	lines := strings.Split(list, ", ")
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

func TestUnknownRoleIsRefused(t *testing.T) {
	if _, _, err := office("cleaner"); err == nil || !strings.Contains(err.Error(), `["clerk" "web"]`) {
		t.Errorf("error = %v, want one that lists the roles", err)
	}
}
