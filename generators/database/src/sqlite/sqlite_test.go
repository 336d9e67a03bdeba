package sqlite

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

func TestPath(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"sqlite:data/app.db", "data/app.db"},
		{"sqlite:/data/app.db", "/data/app.db"},
		{"sqlite:///data/app.db", "/data/app.db"},
		{"sqlite://data/app.db", "data/app.db"},
	} {
		if got := filepath.ToSlash(Path(test.url)); got != test.want {
			t.Errorf("Path(%q) = %q, want %q", test.url, got, test.want)
		}
	}
}

func engineForTests() *Engine {
	return &Engine{config: engine.FileConfig{BusyTimeout: 10 * time.Millisecond, Readers: 2}}
}

func TestOddNamesOfFiles(t *testing.T) {
	path := filepath.Join(t.TempDir(), "100% of it?", "a b#c.db")
	d, err := engineForTests().Open(t.Context(), "sqlite:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := os.Stat(path); err != nil {
		t.Error(err)
	}
}

func TestSettings(t *testing.T) {
	opened, err := engineForTests().Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = opened.Close() }()
	for pragma, want := range map[string]string{
		"journal_mode": "wal", "synchronous": "1", "foreign_keys": "1", "busy_timeout": "10", "query_only": "0",
	} {
		var got string
		if err := opened.Writer().QueryRowContext(t.Context(), "PRAGMA "+pragma).Scan(&got); err != nil || got != want {
			t.Errorf("the writer's %s is %q, want %q (%v)", pragma, got, want, err)
		}
	}
	var readOnly string
	if err := opened.Reader().QueryRowContext(t.Context(), "PRAGMA query_only").Scan(&readOnly); err != nil || readOnly != "1" {
		t.Errorf("the readers' query_only is %q (%v)", readOnly, err)
	}
	if n := opened.Writer().Stats().MaxOpenConnections; n != 1 {
		t.Errorf("there may be %d writers", n)
	}
}

// TestManyOpenANewFile is what several roles of an application do that start
// together for the first time. SQLite's own waiting is not for those that turn
// the same file into one with a write-ahead log.
func TestManyOpenANewFile(t *testing.T) {
	e := engineForTests()
	e.config.BusyTimeout = time.Minute
	for range 100 {
		path := filepath.Join(t.TempDir(), "x.db")
		opened := make([]engine.Database, 8)
		var wg sync.WaitGroup
		for i := range opened {
			wg.Go(func() {
				var err error
				if opened[i], err = e.Open(t.Context(), "sqlite:"+path); err != nil {
					t.Error(err)
				}
			})
		}
		wg.Wait()
		for _, d := range opened {
			if d != nil {
				_ = d.Close()
			}
		}
	}
}

func TestOpenExplainsItself(t *testing.T) {
	noise := filepath.Join(t.TempDir(), "noise.db")
	if err := os.WriteFile(noise, []byte(strings.Repeat("no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	e := engineForTests()
	if _, err := e.Open(t.Context(), "sqlite:"+noise); err == nil || !strings.Contains(e.Explain(err), "damaged: restore a backup") {
		t.Errorf("Open = %v, explained by %q", err, e.Explain(err))
	}
}

func TestOthersCannotReadTheFiles(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("files have no such modes there")
	}
	folder := t.TempDir()
	d, err := engineForTests().Open(t.Context(), "sqlite:"+filepath.Join(folder, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = d.Close() }()
	if _, err := d.Writer().ExecContext(t.Context(), "CREATE TABLE a (x TEXT)"); err != nil {
		t.Fatal(err)
	}
	if err := d.Copy(t.Context(), filepath.Join(folder, "copy.db"), nil); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"x.db", "x.db-wal", "copy.db"} {
		info, err := os.Stat(filepath.Join(folder, name))
		if err != nil {
			t.Fatal(err)
		}
		if mode := info.Mode().Perm(); mode != 0o600 {
			t.Errorf("%s has the mode %o", name, mode)
		}
	}
}

// TestLocks goes through who can hold the lock beside whom.
func TestLocks(t *testing.T) {
	for _, test := range []struct {
		held, wanted level
		ok           bool
	}{
		{shared, shared, true},
		{shared, single, true},
		{shared, alone, false},
		{single, shared, true},
		{single, single, false},
		{single, alone, false},
		{alone, shared, false},
		{alone, single, false},
	} {
		path := filepath.Join(t.TempDir(), "x.db")
		hold := func(how level) (*lock, error) {
			l, err := openLock(path, 5*time.Millisecond)
			if err != nil {
				t.Fatal(err)
			}
			return l, l.hold(t.Context(), how)
		}
		first, err := hold(test.held)
		if err != nil {
			t.Fatal(err)
		}
		second, err := hold(test.wanted)
		if (err == nil) != test.ok {
			t.Errorf("%q beside %q: %v", test.wanted, test.held, err)
		}
		for _, l := range []*lock{second, first} {
			if err := l.release(); err != nil {
				t.Error(err)
			}
		}
		if third, err := hold(alone); err != nil {
			t.Errorf("after both: %v", err)
		} else if err := third.release(); err != nil {
			t.Error(err)
		}
	}
}

func TestOneMigratesAtATime(t *testing.T) {
	address := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	first, err := engineForTests().Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = first.Close() }()
	second, err := engineForTests().Open(t.Context(), address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = second.Close() }()
	_, giveBack, err := first.Migrator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	hurried, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, _, err := second.Migrator(hurried); err == nil {
		t.Error("both migrate")
	}
	if err := giveBack(); err != nil {
		t.Fatal(err)
	}
	_, giveBack, err = second.Migrator(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if err := giveBack(); err != nil {
		t.Error(err)
	}
}
