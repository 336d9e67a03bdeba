package app_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/health"
)

// diary is what happened, in order.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) add(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) String() string {
	d.mu.Lock()
	defer d.mu.Unlock()
	return strings.Join(d.lines, ", ")
}

// part writes its life into a diary. Its loop runs until the end unless run
// says otherwise.
type part struct {
	name  string
	diary *diary
	start error
	run   func(context.Context) error
	drain func(context.Context) error
	check health.Status
}

func (p *part) Name() string { return p.name }

func (p *part) Start(context.Context) error {
	p.diary.add("start " + p.name)
	return p.start
}

func (p *part) Run(ctx context.Context) error {
	if p.run != nil {
		return p.run(ctx)
	}
	<-ctx.Done()
	p.diary.add("end " + p.name)
	return nil
}

func (p *part) Drain(ctx context.Context) error {
	p.diary.add("drain " + p.name)
	if p.drain != nil {
		return p.drain(ctx)
	}
	return nil
}

func (p *part) Stop(context.Context) error {
	p.diary.add("stop " + p.name)
	return nil
}

func (p *part) Check(context.Context) health.Node {
	if p.check == "" {
		return health.Node{Status: health.Healthy}
	}
	return health.Node{Status: p.check}
}

func application(t *testing.T, parts ...*part) *app.App {
	t.Helper()
	a, err := app.New(app.Options{Name: "shop", LogTo: io.Discard}, func(*app.App) ([]app.Component, error) {
		var list []app.Component
		for _, p := range parts {
			list = append(list, p)
		}
		return list, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

func TestLifeInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		a := application(t, &part{name: "a", diary: d}, &part{name: "b", diary: d})
		if ok, reason := a.Ready(); ok || reason != "starting" {
			t.Errorf("before the start: ready %t, %q", ok, reason)
		}
		ctx, cancel := context.WithCancel(t.Context())
		err := a.Run(ctx, func() {
			if ok, reason := a.Ready(); !ok {
				t.Errorf("started, but not ready: %s", reason)
			}
			d.add("ready")
			cancel()
		})
		if err != nil {
			t.Errorf("Run = %v", err)
		}
		const want = "start a, start b, ready, drain a, drain b, end a, end b, stop b, stop a"
		// Both drain at the same time, and so do their loops end.
		got := strings.NewReplacer("drain b, drain a", "drain a, drain b", "end b, end a", "end a, end b").Replace(d.String())
		if got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
		if ok, reason := a.Ready(); ok || reason != "shutting down" {
			t.Errorf("after the end: ready %t, %q", ok, reason)
		}
	})
}

func TestNotReadyWhileUnhealthy(t *testing.T) {
	for status, want := range map[health.Status]bool{
		health.Healthy: true, health.Info: true, health.Warning: true, health.Unhealthy: false,
	} {
		synctest.Test(t, func(t *testing.T) {
			a := application(t, &part{name: "a", diary: &diary{}, check: status})
			ctx, cancel := context.WithCancel(t.Context())
			err := a.Run(ctx, func() {
				if ok, _ := a.Ready(); ok != want {
					t.Errorf("%s: ready %t, want %t", status, ok, want)
				}
				cancel()
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
}

func TestFailedStartStopsWhatRan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := &diary{}
		broken := errors.New("no disk")
		a := application(t, &part{name: "a", diary: d}, &part{name: "b", diary: d, start: broken}, &part{name: "c", diary: d})
		err := a.Run(t.Context(), func() { t.Error("ready without all components") })
		if !errors.Is(err, broken) || !strings.Contains(err.Error(), "start b: no disk") {
			t.Errorf("Run = %v, want the error of b", err)
		}
		if got, want := d.String(), "start a, start b, stop a"; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	})
}

func TestBrokenLoopEndsTheApplication(t *testing.T) {
	for name, run := range map[string]func(context.Context) error{
		"error": func(context.Context) error { return errors.New("queue gone") },
		"panic": func(context.Context) error { panic("queue gone") },
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				d := &diary{}
				a := application(t, &part{name: "a", diary: d}, &part{name: "b", diary: d, run: run})
				err := a.Run(t.Context(), func() {})
				if err == nil || !strings.Contains(err.Error(), "run b: ") || !strings.Contains(err.Error(), "queue gone") {
					t.Errorf("Run = %v, want the failure of b", err)
				}
				if got := d.String(); !strings.HasSuffix(got, "stop b, stop a") {
					t.Errorf("%s; want an orderly stop", got)
				}
			})
		})
	}
}

func TestShutdownDoesNotWaitForEver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		deaf := func(context.Context) error {
			<-release
			return nil
		}
		listening := func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		}
		a := application(t, &part{name: "a", diary: &diary{}, run: deaf, drain: listening})
		ctx, cancel := context.WithCancel(t.Context())
		began := time.Now()
		err := a.Run(ctx, cancel)
		if took := time.Since(began); took > 20*time.Second {
			t.Errorf("the shutdown took %s, more than its 20s", took)
		}
		if err == nil || !strings.Contains(err.Error(), "drain a: ") || !strings.Contains(err.Error(), "a background loop did not end in time") {
			t.Errorf("Run = %v, want both that were late", err)
		}
		close(release)
	})
}

func TestDrainingIsAnnounced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var a *app.App
		announced := false
		a = application(t, &part{name: "a", diary: &diary{}, drain: func(context.Context) error {
			select {
			case <-a.Draining():
				announced = true
			default:
			}
			return nil
		}})
		ctx, cancel := context.WithCancel(t.Context())
		if err := a.Run(ctx, cancel); err != nil || !announced {
			t.Errorf("announced %t, error %v", announced, err)
		}
	})
}

func TestLogCarriesTheRequest(t *testing.T) {
	var log bytes.Buffer
	a, err := app.New(app.Options{Name: "shop", LogTo: &log})
	if err != nil {
		t.Fatal(err)
	}
	ctx := app.WithRequest(t.Context(), "r-17")
	a.Log.With("component", "x").InfoContext(ctx, "hello", slog.Int("n", 1))
	if got := log.String(); !strings.Contains(got, `"request_id":"r-17"`) || !strings.HasPrefix(got, "{") {
		t.Errorf("log = %s, want JSON with the id of the request", got)
	}
	a.Log.Debug("quiet")
	if strings.Contains(log.String(), "quiet") {
		t.Error("debug is logged at the level info")
	}
}
