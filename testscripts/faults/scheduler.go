//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"
)

// occurrence is a row of the scheduler's history.
type occurrence struct {
	scheduled, started int64 // milliseconds
	owner, status      string
}

// periods are how far apart the occurrences of each job are, in milliseconds.
var periods = map[string]int64{"tick": 1000, "tock": 2000}

// killScheduler kills the one of three replicas that has just run a job, and does
// that again and again. Each occurrence is run once.
func (l *lab) killScheduler() error {
	url, err := l.database()
	if err != nil {
		return err
	}
	s, err := l.shop("database", "DATABASE_URL="+url, "SCHEDULER_HISTORY=1000")
	if err != nil {
		return err
	}
	db, err := sql.Open("pgx", url)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var replicas []*process
	for range 3 {
		p, err := l.serve(s, "scheduler")
		if err != nil {
			return err
		}
		replicas = append(replicas, p)
	}
	var takeovers []time.Duration
	for range 5 {
		enough := time.Now().Add(3 * time.Second).UnixMilli()
		var last occurrence
		if err := await("the job runs", func() bool {
			last = newest(db, "tick")
			return last.started > enough
		}); err != nil {
			return err
		}
		i := ownerOf(replicas, last)
		if i < 0 {
			return fmt.Errorf("nobody is %q", last.owner)
		}
		replicas[i].kill()
		killed := time.Now().UnixMilli()
		var next occurrence
		if err := await("another process takes over", func() bool {
			next = newest(db, "tick")
			return next.started > killed && next.owner != last.owner
		}); err != nil {
			return err
		}
		takeovers = append(takeovers, time.Duration(next.started-last.started)*time.Millisecond)
		if replicas[i], err = l.serve(s, "scheduler"); err != nil {
			return err
		}
	}
	time.Sleep(3 * time.Second)
	for _, p := range replicas {
		if _, err := p.terminate(); err != nil {
			return err
		}
	}
	say("5 processes killed; from the last run of the killed to the next one: %s", takeovers)
	return l.eachOnce(db, s.written)
}

// newest returns the latest run of the job, zero if there is none.
func newest(db *sql.DB, job string) (o occurrence) {
	_ = db.QueryRowContext(context.Background(),
		"SELECT scheduled_for, started_at, owner, status FROM scheduler_runs WHERE job = $1 ORDER BY started_at DESC LIMIT 1", job).
		Scan(&o.scheduled, &o.started, &o.owner, &o.status)
	return o
}

// ownerOf returns which of the processes runs the occurrence: the name of an
// instance has its process in the middle.
func ownerOf(replicas []*process, o occurrence) int {
	for i, p := range replicas {
		if strings.Contains(o.owner, fmt.Sprintf("-%d-", p.cmd.Process.Pid)) {
			return i
		}
	}
	return -1
}

// eachOnce compares the history with the times that there were, and with what the
// jobs wrote down. A run that was killed in the middle may have written or not.
func (l *lab) eachOnce(db *sql.DB, written string) error {
	text, err := os.ReadFile(written)
	if err != nil {
		return err
	}
	var errs []error
	for job, period := range periods {
		runs, err := history(db, job)
		if err != nil {
			return err
		}
		missing, twice, succeeded, lost := 0, 0, 0, 0
		var late int64
		for i, run := range runs {
			late = max(late, run.started-run.scheduled)
			switch run.status {
			case "succeeded":
				succeeded++
			case "lost", "running": // what the last one killed is found out later
				lost++
			default:
				errs = append(errs, fmt.Errorf("a run of %s is %s", job, run.status))
			}
			if i == 0 {
				continue
			}
			switch apart := run.scheduled - runs[i-1].scheduled; {
			case apart == 0:
				twice++
			case apart != period:
				missing += int(apart/period) - 1
			}
		}
		did := strings.Count(string(text), job+"\n")
		say("%s: %d occurrences, %d left out, %d run twice, %d killed in the middle; %d done; the latest began %d ms late",
			job, len(runs), missing, twice, lost, did, late)
		if missing > 0 || twice > 0 || did < succeeded || did > succeeded+lost {
			errs = append(errs, fmt.Errorf("not each occurrence of %s is run once", job))
		}
	}
	return errors.Join(errs...)
}

func history(db *sql.DB, job string) (runs []occurrence, err error) {
	rows, err := db.QueryContext(context.Background(),
		"SELECT scheduled_for, started_at, owner, status FROM scheduler_runs WHERE job = $1 ORDER BY scheduled_for", job)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, rows.Close()) }()
	for rows.Next() {
		var o occurrence
		if err := rows.Scan(&o.scheduled, &o.started, &o.owner, &o.status); err != nil {
			return nil, err
		}
		runs = append(runs, o)
	}
	return runs, rows.Err()
}
