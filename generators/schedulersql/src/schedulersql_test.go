package schedulersql_test

import (
	"context"
	"os"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/blueprints/service/app"
	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/scheduler/src"
	"github.com/aegis-stack/aegis/generators/schedulersql/src"
	"github.com/aegis-stack/aegis/generators/schedulersql/src/schedulersqltest"
)

// onSQLite skips a test whose database is another one.
func onSQLite(t *testing.T) {
	t.Helper()
	if url := os.Getenv("DATABASE_URL"); url != "" && !strings.HasPrefix(url, "sqlite:") {
		t.Skip("DATABASE_URL names another engine, whose tests are its own")
	}
}

func TestStore(t *testing.T) {
	onSQLite(t)
	schedulersqltest.Store(t, schedulersql.SQLite)
}

func TestReplica(t *testing.T) { schedulersqltest.Replica(t) }

func TestReplicas(t *testing.T) {
	onSQLite(t)
	schedulersqltest.Replicas(t, "TestReplica")
}

func TestAWrongBackupScheduleIsAWrongSetting(t *testing.T) {
	_, err := app.New(app.Options{Name: "shop", Environ: []string{"SHOP_BACKUP_SCHEDULE=daily"}}, func(a *app.App) ([]app.Component, error) {
		d, err := database.New(a)
		if err != nil {
			return nil, err
		}
		s, err := scheduler.New(a)
		if err != nil {
			return nil, err
		}
		c, err := schedulersql.New(a, d, s)
		return []app.Component{d, s, c}, err
	})
	if err == nil || !strings.HasPrefix(err.Error(), `SHOP_BACKUP_SCHEDULE: schedule "daily": want five fields`) {
		t.Errorf("New: %v", err)
	}
}

// TestCommandsWorkOnTheDatabase steers jobs in a process in which nothing was
// started.
func TestCommandsWorkOnTheDatabase(t *testing.T) {
	onSQLite(t)
	url := databasetest.URL(t)
	jobs := func(args ...string) (string, error) {
		var s *scheduler.Component
		databasetest.NewApp(t, url,
			func(a *app.App, _ *database.Component) (_ app.Component, err error) {
				s, err = scheduler.New(a)
				return s, err
			},
			func(a *app.App, d *database.Component) (app.Component, error) { return schedulersql.New(a, d, s) },
		)
		cmd := s.Commands()[0]
		var out strings.Builder
		cmd.SetOut(&out)
		cmd.SetErr(&out)
		cmd.SilenceUsage = true
		cmd.SetArgs(args)
		err := cmd.ExecuteContext(context.WithoutCancel(t.Context()))
		return out.String(), err
	}
	for _, test := range []struct{ args, want string }{
		{"trigger backup", ""},
		{"pause backup", ""},
		{"schedule backup @every_3h", ""},
		{"list", "backup  @every 3h"},
		{"list", "paused"},
		{"list --json", `"asked": true`},
		{"schedule backup --reset", ""},
		{"resume backup", ""},
		{"list", "backup  0 2 * * *"},
		{"runs backup", "instance"},
		{"pause nobody", "no such job"},
		{"schedule backup", "want a schedule or --reset"},
		{"schedule backup often", "five fields"},
	} {
		args := strings.Fields(test.args)
		for i := range args {
			args[i] = strings.ReplaceAll(args[i], "_", " ")
		}
		out, err := jobs(args...)
		if err != nil {
			out += err.Error()
		}
		if !strings.Contains(out, test.want) || err != nil && test.want == "" {
			t.Errorf("jobs %s prints %q, want %q", test.args, out, test.want)
		}
	}
}
