package database_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/uptrace/bun"

	"github.com/aegis-stack/aegis/generators/database/src"
	"github.com/aegis-stack/aegis/generators/database/src/databasetest"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// accounts are two between which money moves: the sum stays.
func accounts(t *testing.T, c *database.Component) {
	t.Helper()
	run(t, c, "CREATE TABLE accounts (name TEXT PRIMARY KEY, money BIGINT NOT NULL)")
	run(t, c, "CREATE TABLE moves (id TEXT PRIMARY KEY, account TEXT NOT NULL REFERENCES accounts (name))")
	run(t, c, "INSERT INTO accounts VALUES ('a', 1000), ('b', 1000)")
}

func move(ctx context.Context, c *database.Component, id string) error {
	return c.Transaction(ctx, func(ctx context.Context, tx bun.Tx) error {
		for _, statement := range []string{
			"UPDATE accounts SET money = money - 1 WHERE name = 'a'",
			"UPDATE accounts SET money = money + 1 WHERE name = 'b'",
			"INSERT INTO moves VALUES ('" + id + "', 'b')",
		} {
			if _, err := tx.ExecContext(ctx, statement); err != nil {
				return err
			}
		}
		return nil
	})
}

// stopped ends the connections, as restoring wants it.
func stopped(t *testing.T, c *database.Component) {
	t.Helper()
	if err := c.Stop(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func started(t *testing.T, c *database.Component) {
	t.Helper()
	if err := c.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
}

func backup(t *testing.T, c *database.Component) database.Backup {
	t.Helper()
	b, err := c.Backup(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestBackupUnderWritesIsConsistent makes backups while money moves, and
// restores one: it has the sum, and as many moves as the accounts tell.
func TestBackupUnderWritesIsConsistent(t *testing.T) {
	c := databasetest.New(t)
	accounts(t, c)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var writers sync.WaitGroup
	var moves, failures int
	writers.Go(func() {
		for ctx.Err() == nil {
			switch err := move(t.Context(), c, strconv.Itoa(moves)); {
			case err != nil:
				failures++
				t.Error(err)
			default:
				moves++
			}
		}
	})
	var b database.Backup
	for range 3 {
		time.Sleep(50 * time.Millisecond)
		b = backup(t, c)
	}
	cancel()
	writers.Wait()
	before := number(t, c, "SELECT count(*) FROM moves")
	if before != moves || moves == 0 || failures > 0 {
		t.Errorf("%d moves, %d in the database, %d failed", moves, before, failures)
	}

	stopped(t, c)
	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	started(t, c)
	sum := number(t, c, "SELECT sum(money) FROM accounts")
	left := number(t, c, "SELECT money FROM accounts WHERE name = 'a'")
	restored := number(t, c, "SELECT count(*) FROM moves")
	if sum != 2000 || restored != 1000-left || restored >= before {
		t.Errorf("the sum is %d, %d moves for %d of the money, of %d", sum, restored, 1000-left, before)
	}
	t.Logf("%d moves during 3 backups, of which the last holds %d", moves, restored)
	if err := move(t.Context(), c, "afterwards"); err != nil {
		t.Errorf("the restored database cannot be used: %v", err)
	}
	// What was overwritten has been saved.
	list, err := c.Backups()
	if err != nil || len(list) != 4 {
		t.Errorf("there are %d backups (%v), want 4", len(list), err)
	}
}

func TestRestoreRefusesWhileTheApplicationRuns(t *testing.T) {
	url := databasetest.URL(t)
	_, c := databasetest.NewApp(t, url)
	started(t, c)
	accounts(t, c)
	b := backup(t, c)
	_, other := databasetest.NewApp(t, url)
	for _, force := range []bool{false, true} {
		if err := other.Restore(t.Context(), b, force); !errors.Is(err, engine.ErrInUse) {
			t.Errorf("Restore with force %t = %v, want %v", force, err, engine.ErrInUse)
		}
	}
	if err := move(t.Context(), c, "1"); err != nil {
		t.Error(err)
	}
	stopped(t, c)
}

func TestRestoreRefusesToOverwriteWhatIsNewer(t *testing.T) {
	c := databasetest.New(t)
	accounts(t, c)
	b := backup(t, c)
	stopped(t, c)
	if err := c.Restore(t.Context(), b, false); err != nil {
		t.Errorf("over the same content: %v", err)
	}

	started(t, c)
	run(t, c, "UPDATE accounts SET money = 5 WHERE name = 'a'")
	stopped(t, c)
	if err := c.Restore(t.Context(), b, false); !errors.Is(err, engine.ErrNewer) {
		t.Fatalf("over newer content: %v", err)
	}
	started(t, c)
	if n := number(t, c, "SELECT money FROM accounts WHERE name = 'a'"); n != 5 {
		t.Errorf("refused, but the number is %d", n)
	}
	stopped(t, c)

	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	started(t, c)
	if n := number(t, c, "SELECT money FROM accounts WHERE name = 'a'"); n != 1000 {
		t.Errorf("restored, but the number is %d", n)
	}
	// Tables that came later are not part of it.
	run(t, c, "CREATE TABLE later (x BIGINT)")
	stopped(t, c)
	if err := c.Restore(t.Context(), b, true); err != nil {
		t.Fatal(err)
	}
	started(t, c)
	if _, err := c.DB().ExecContext(t.Context(), "SELECT * FROM later"); err == nil {
		t.Error("a table is left that the backup does not have")
	}
}

func TestRestoreIntoNothing(t *testing.T) {
	url := databasetest.URL(t)
	_, c := databasetest.NewApp(t, url)
	started(t, c)
	accounts(t, c)
	b := backup(t, c)
	run(t, c, "DROP TABLE moves")
	run(t, c, "DROP TABLE accounts")
	stopped(t, c)
	if path, ok := strings.CutPrefix(url, "sqlite:"); ok {
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
	}
	if err := c.Restore(t.Context(), b, false); err != nil {
		t.Fatal(err)
	}
	started(t, c)
	defer stopped(t, c)
	if n := number(t, c, "SELECT count(*) FROM accounts"); n != 2 {
		t.Errorf("there are %d accounts", n)
	}
}

func TestVerifyFindsDamage(t *testing.T) {
	c := databasetest.New(t)
	accounts(t, c)
	for name, damage := range map[string]func(b database.Backup, content []byte) error{
		"a byte has changed": func(b database.Backup, content []byte) error {
			content[len(content)/2]++
			return os.WriteFile(b.Path, content, 0o600)
		},
		"the end is missing": func(b database.Backup, content []byte) error {
			return os.WriteFile(b.Path, content[:len(content)/2], 0o600)
		},
		"the checksum is missing": func(b database.Backup, _ []byte) error {
			return os.Remove(b.Path + ".sha256")
		},
	} {
		b := backup(t, c)
		if err := c.Verify(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		content, err := os.ReadFile(b.Path)
		if err != nil {
			t.Fatal(err)
		}
		if err := damage(b, content); err != nil {
			t.Fatal(err)
		}
		if err := c.Verify(t.Context(), b); err == nil {
			t.Errorf("%s, and Verify says nothing", name)
		}
		if err := c.Restore(t.Context(), b, true); err == nil {
			t.Errorf("%s, and it is restored", name)
		}
	}
}

func TestChecksumIsThatOfTheUsualTool(t *testing.T) {
	tool, err := exec.LookPath("sha256sum")
	if err != nil {
		t.Skip("there is no sha256sum here")
	}
	b := backup(t, databasetest.New(t))
	cmd := exec.CommandContext(t.Context(), tool, "--check", "--strict", b.Name+".sha256")
	cmd.Dir = filepath.Dir(b.Path)
	if output, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, output)
	}
}

func TestRotationKeepsTheNewest(t *testing.T) {
	c := databasetest.New(t)
	var made []string
	for range 9 {
		made = append([]string{backup(t, c).Name}, made...)
		time.Sleep(2 * time.Millisecond) // the names have milliseconds
	}
	list, err := c.Backups()
	if err != nil {
		t.Fatal(err)
	}
	var kept []string
	for _, b := range list {
		kept = append(kept, b.Name)
	}
	if got, want := strings.Join(kept, " "), strings.Join(made[:7], " "); got != want {
		t.Errorf("the backups are %s, want %s", got, want)
	}
	entries, err := os.ReadDir(filepath.Dir(list[0].Path))
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != 14 {
		t.Errorf("there are %d files, want 7 and their checksums: %v", len(entries), entries)
	}
}

// A backup that was just made stays, although a clock that was wrong has given the
// others later names.
func TestRotationKeepsWhatWasJustMade(t *testing.T) {
	c := databasetest.New(t)
	for i := range 7 {
		b := backup(t, c)
		for _, end := range []string{"", ".sha256"} {
			if err := os.Rename(b.Path+end, filepath.Join(filepath.Dir(b.Path), "test-2099010"+strconv.Itoa(1+i)+"T020000.000Z"+filepath.Ext(b.Path)+end)); err != nil {
				t.Fatal(err)
			}
		}
	}
	b := backup(t, c)
	if err := c.Verify(t.Context(), b); err != nil {
		t.Error(err)
	}
	if list, err := c.Backups(); err != nil || len(list) != 7 {
		t.Errorf("there are %v, %v", list, err)
	}
}

func TestFind(t *testing.T) {
	c := databasetest.New(t)
	if _, err := c.Find("latest"); err == nil {
		t.Error("there is a latest one of none")
	}
	b := backup(t, c)
	for _, name := range []string{"latest", b.Name} {
		if got, err := c.Find(name); err != nil || got != b {
			t.Errorf("Find(%q) = %v, %v", name, got, err)
		}
	}
	if _, err := c.Find("../" + b.Name); err == nil || !strings.Contains(err.Error(), "no backup") {
		t.Errorf("Find of what is elsewhere = %v", err)
	}
}

func TestAFailedBackupLeavesNothing(t *testing.T) {
	c := databasetest.New(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := c.Backup(ctx); err == nil {
		t.Fatal("it did not fail")
	}
	if list, err := c.Backups(); err != nil || len(list) != 0 {
		t.Errorf("there are %v (%v)", list, err)
	}
}

func TestCommands(t *testing.T) {
	url := databasetest.URL(t)
	_, c := databasetest.NewApp(t, url, owning("orders", orders))
	call := func(args ...string) (string, error) {
		for _, cmd := range c.Commands() {
			if cmd.Name() != args[0] {
				continue
			}
			var output bytes.Buffer
			cmd.SetArgs(args[1:])
			cmd.SetOut(&output)
			cmd.SetErr(&output)
			cmd.SilenceUsage, cmd.SilenceErrors = true, true
			err := cmd.ExecuteContext(t.Context())
			return output.String(), err
		}
		t.Fatalf("there is no command %s", args[0])
		return "", nil
	}
	for _, test := range []struct {
		args      string
		want, err string
	}{
		{"migrate status", "orders  00001_create_orders  pending", ""},
		{"migrate up", "applied orders/00001_create_orders\napplied orders/00002_add_total\n", ""},
		{"migrate up", "", ""},
		{"migrate status --json", `"owner": "orders"`, ""},
		{"migrate down", "", ""},
		{"migrate down --owner orders", "taken back orders/00002_add_total", ""},
		{"migrate down --owner nobody", "", "choose among"},
		{"migrate create add_x", "", "no folder internal/database/migrations"},
		{"backup list", "backup  created  size", ""},
		{"backup verify", "", "no backup"},
		{"backup create", "test-", ""},
		{"backup list", "test-", ""},
		{"backup verify", "is whole", ""},
		{"migrate up", "applied orders/00002_add_total", ""},
		{"backup restore latest", "", "--force"},
		{"backup restore latest --force", "", ""},
		{"migrate status", "00002_add_total      pending", ""},
	} {
		output, err := call(strings.Fields(test.args)...)
		if test.err == "" && err != nil || test.err != "" && (err == nil || !strings.Contains(err.Error(), test.err)) {
			t.Errorf("%s: %v, want %q", test.args, err, test.err)
		}
		if !strings.Contains(output, test.want) {
			t.Errorf("%s prints %q, want %q", test.args, output, test.want)
		}
	}
}
