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
	"github.com/aegis-stack/aegis/blueprints/service/health"
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

// slow is a part that takes long to say how it is.
type slow struct{ part }

func (s *slow) Check(context.Context) health.Node {
	time.Sleep(time.Second)
	s.diary.add("checked")
	return health.Node{Status: health.Healthy}
}

func TestSpecialistsBeginAfterTheFirstSample(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		a, err := app.New(app.Options{Name: "shop", LogTo: io.Discard}, func(*app.App) ([]app.Component, error) {
			return []app.Component{
				&slow{part{name: "door", diary: d, run: noted(d, "door runs")}},
				&clerk{part{name: "clerk", diary: d, run: noted(d, "clerk runs")}},
			}, nil
		})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second/2)
		defer cancel()
		if err := a.Run(ctx, func() {}); err != nil {
			t.Fatal(err)
		}
		if got := d.String(); !strings.Contains(got, "door runs, checked, clerk runs") {
			t.Error(got)
		}
	})
}

// noted is a loop that says when it begins.
func noted(d *diary, what string) func(context.Context) error {
	return func(ctx context.Context) error {
		d.add(what)
		<-ctx.Done()
		return nil
	}
}

func sorted(list string) string {
	lines := strings.Split(list, ", ")
	slices.Sort(lines)
	return strings.Join(lines, ", ")
}

// Without clerks the door stays open: readiness is about this process.
func TestReadinessIsThatOfTheOwnRoles(t *testing.T) {
	for _, test := range []struct {
		roles []app.Role
		door  health.Status
		clerk health.Status
		ready bool
	}{
		{nil, health.Healthy, health.Unhealthy, false},
		{[]app.Role{app.Web}, health.Healthy, health.Unhealthy, true},
		{[]app.Role{"clerk"}, health.Healthy, health.Unhealthy, false},
		{[]app.Role{app.Web}, health.Unhealthy, health.Healthy, false},
	} {
		synctest.Test(t, func(t *testing.T) {
			d := &diary{}
			a, err := app.New(app.Options{Name: "shop", LogTo: io.Discard, Roles: test.roles}, func(*app.App) ([]app.Component, error) {
				return []app.Component{&part{name: "door", diary: d, check: test.door}, &clerk{part{name: "clerk", diary: d, check: test.clerk}}}, nil
			})
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			ended := make(chan error)
			go func() { ended <- a.Run(ctx, func() {}) }()
			time.Sleep(time.Second)
			if ready, reason := a.Ready(); ready != test.ready {
				t.Errorf("roles %q, door %s, clerk %s: ready %t (%s), want %t", test.roles, test.door, test.clerk, ready, reason, test.ready)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
		})
	}
}

func TestUnknownRoleIsRefused(t *testing.T) {
	if _, _, err := office("cleaner"); err == nil || !strings.Contains(err.Error(), "choose among clerk, web") {
		t.Errorf("error = %v, want one that lists the roles", err)
	}
}
