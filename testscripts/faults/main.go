//go:build linux

// Command faults does to a generated application what can happen to it, and
// counts what gets lost:
//
//	DATABASE_URL=postgres://... go run ./testscripts/faults
//
// The programs are built from testdata/shop, once with each backend of the
// worker. Postgres is the server that DATABASE_URL names, where databases are
// made and dropped; redis-server has to be on the PATH, and filling a disk takes
// the right to mount one.
package main

import (
	"flag"
	"fmt"
	"os"
	"regexp"
	"time"
)

// faults are what happens, in this order.
var faults = []struct {
	name string
	try  func(*lab) error
}{
	{"a process is told to stop under load", (*lab).stop},
	{"two processes are replaced under load", (*lab).replace},
	{"the database is locked", (*lab).lock},
	{"the disk is full", (*lab).fill},
	{"a backup is made under load, on SQLite", (*lab).backupSQLite},
	{"a backup is made under load, on Postgres", (*lab).backupPostgres},
	{"the elected scheduler is killed", (*lab).killScheduler},
	{"workers are killed, tasks in the database", (*lab).killDatabaseWorker},
	{"workers are killed, tasks in Redis", (*lab).killRedisWorker},
	{"Redis restarts under load", (*lab).restartRedis},
	{"a task kills its process each time", (*lab).bomb},
}

func main() {
	only := flag.String("run", "", "only the faults that match this regular expression")
	flag.Parse()
	pattern, err := regexp.Compile(*only)
	if err == nil {
		err = run(pattern)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "faults:", err)
		os.Exit(1)
	}
}

// run tries all faults, also when one of them did harm.
func run(only *regexp.Regexp) error {
	l, err := newLab()
	if err != nil {
		return err
	}
	defer l.close()
	failed := 0
	for _, f := range faults {
		if !only.MatchString(f.name) {
			continue
		}
		fmt.Printf("%s\n", f.name)
		began := time.Now()
		if err := f.try(l); err != nil {
			failed++
			fmt.Printf("  FAILED: %v\n", err)
			l.printLogs()
		}
		l.endAll()
		fmt.Printf("  (%s)\n", time.Since(began).Round(100*time.Millisecond))
	}
	if failed > 0 {
		return fmt.Errorf("%d faults did harm", failed)
	}
	return nil
}

// say prints one result.
func say(format string, arguments ...any) { fmt.Printf("  "+format+"\n", arguments...) }
