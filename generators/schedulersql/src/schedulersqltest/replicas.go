package schedulersqltest

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/blueprints/service/schedule"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
	"github.com/aegis-stack/aegis/generators/schedulersql/src"
)

// Where a replica finds its database, and the file that it writes to.
const (
	replicaDatabase = "REPLICA_DATABASE"
	replicaFile     = "REPLICA_FILE"
)

const (
	replicas = 3
	duration = 8 * time.Second
)

// every is a component with a job that is due each second and writes one byte
// into a file. It takes a while, so that processes die in the midst of it.
type every struct{ file string }

func (every) Name() string { return "every" }

func (e every) Jobs() []schedule.Job {
	return []schedule.Job{{Name: "a", Schedule: "@every 1s", Overlap: schedule.Allow, Run: func(context.Context) error {
		f, err := os.OpenFile(e.file, os.O_APPEND|os.O_WRONLY|os.O_CREATE, 0o600)
		if err != nil {
			return err
		}
		defer func() { _ = f.Close() }() // what matters is written
		if _, err := f.WriteString("."); err != nil {
			return err
		}
		time.Sleep(300 * time.Millisecond)
		return nil
	}}}
}

// Replica is the process that Replicas starts: a test that calls nothing else.
func Replica(t *testing.T, clocks ...schedulersql.Clock) {
	t.Helper()
	url := os.Getenv(replicaDatabase)
	if url == "" {
		t.Skip("this is a process of the test of the replicas")
	}
	a, _ := databasetest.NewApp(t, url, components(every{os.Getenv(replicaFile)}, clocks)...)
	if err := a.Run(t.Context(), func() {}); err != nil {
		t.Fatal(err)
	}
}

// components returns the constructors of an application with jobs.
func components(e every, clocks []schedulersql.Clock) []func(*app.App, *database.Component) (app.Component, error) {
	var s *scheduler.Component
	return []func(*app.App, *database.Component) (app.Component, error){
		func(a *app.App, _ *database.Component) (_ app.Component, err error) {
			s, err = scheduler.New(a)
			return s, err
		},
		func(a *app.App, d *database.Component) (app.Component, error) {
			return schedulersql.New(a, d, s, clocks...)
		},
		func(*app.App, *database.Component) (app.Component, error) { return e, nil },
	}
}

// Replicas has processes killed while they share a job, and counts how often it
// began. replica is the name of the test that calls Replica.
func Replicas(t *testing.T, replica string, clocks ...schedulersql.Clock) {
	t.Helper()
	if testing.Short() {
		t.Skip("it takes some seconds")
	}
	url, file := databasetest.URL(t), filepath.Join(t.TempDir(), "begun")
	_, d := databasetest.NewApp(t, url, components(every{}, clocks)...)
	if err := d.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Stop(context.WithoutCancel(t.Context())) }()
	store, err := schedulersql.NewStore(d, clocks...)
	if err != nil {
		t.Fatal(err)
	}

	start := func() *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+replica+"$") //nolint:gosec // itself
		cmd.Env = append(os.Environ(), replicaDatabase+"="+url, replicaFile+"="+file,
			"TMPDIR="+t.TempDir()) // who is killed leaves what is in there
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		return cmd
	}
	processes := make([]*exec.Cmd, replicas)
	for i := range processes {
		processes[i] = start()
	}
	kill := func(i int) {
		_ = processes[i].Process.Kill() // SIGKILL
		_ = processes[i].Wait()
	}
	kills := 0
	for began := time.Now(); time.Since(began) < duration; kills++ {
		time.Sleep(rand.N(time.Second)) //nolint:gosec // no secret
		i := rand.IntN(replicas)        //nolint:gosec // no secret
		kill(i)
		processes[i] = start()
	}
	for i := range processes {
		kill(i)
	}

	runs, err := store.Runs(t.Context(), "a", 1000)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file) //nolint:gosec // ours
	if err != nil {
		t.Fatal(err)
	}
	begun := bytes.Count(text, []byte("."))
	longest := check(t, runs)
	t.Logf("%d processes on %s, %d kills: %d runs, %d begun, longest gap %s", replicas, d.Engine(), kills, len(runs), begun, longest)
	if begun > len(runs) || begun < len(runs)-kills-replicas {
		t.Errorf("the job began %d times in %d runs", begun, len(runs))
	}
	if len(runs) < int(duration/time.Second)/2 {
		t.Errorf("there were only %d runs", len(runs))
	}
}

// check returns the longest time between two runs, the newest first.
func check(t *testing.T, runs []scheduler.Run) time.Duration {
	t.Helper()
	seen := map[string]bool{}
	var longest time.Duration
	for i, r := range runs {
		if key := fmt.Sprint(r.Kind, r.Scheduled); seen[key] {
			t.Errorf("%s ran twice", key)
		} else {
			seen[key] = true
		}
		if i > 0 {
			longest = max(longest, runs[i-1].Started.Sub(r.Started))
		}
	}
	if longest > 5*time.Second {
		t.Errorf("nothing ran for %s", longest)
	}
	return longest
}
