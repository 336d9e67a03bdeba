//go:build linux

package main

import (
	"errors"
	"fmt"
	"time"
)

func (l *lab) backupSQLite() error {
	s, err := l.shop("database")
	if err != nil {
		return err
	}
	return l.backup(s)
}

func (l *lab) backupPostgres() error {
	url, err := l.database()
	if err != nil {
		return err
	}
	s, err := l.shop("database", "DATABASE_URL="+url)
	if err != nil {
		return err
	}
	return l.backup(s)
}

// backup makes backups while clients write, and restores the last one. What it
// holds adds up, and is all that was acknowledged before it was begun.
func (l *lab) backup(s shop) error {
	p, err := l.serve(s)
	if err != nil {
		return err
	}
	work := start(8, func(n int64) error { return move(p.url, n) })
	var before, after int64
	var took []time.Duration
	for range 3 {
		time.Sleep(time.Second)
		before = work.done.Load()
		began := time.Now()
		if _, err := output(s.command("backup", "create")); err != nil {
			return err
		}
		took = append(took, time.Since(began).Round(time.Millisecond))
		after = work.done.Load() + 8 // and what was on its way
	}
	time.Sleep(time.Second)
	if errs := work.stop(); len(errs) > 0 {
		return first(errs)
	}
	all, err := ledger(p.url)
	if err != nil {
		return err
	}
	if _, err := p.terminate(); err != nil {
		return err
	}
	if _, err := output(s.command("backup", "verify", "latest")); err != nil {
		return err
	}
	if _, err := output(s.command("backup", "restore", "latest")); err == nil {
		return errors.New("a newer database is overwritten without --force")
	}
	if _, err := output(s.command("backup", "restore", "latest", "--force")); err != nil {
		return err
	}
	if p, err = l.serve(s); err != nil {
		return err
	}
	restored, err := ledger(p.url)
	say("%d writes, the slowest took %s; backups took %s; the last one, begun after %d and ended after %d, has %d, which add up",
		all.Moves, work.longest(), took, before, after, restored.Moves)
	if err == nil && (restored.Moves < before || restored.Moves > after) {
		err = fmt.Errorf("the backup has %d writes", restored.Moves)
	}
	return err
}
