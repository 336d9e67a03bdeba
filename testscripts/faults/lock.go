//go:build linux

package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"path/filepath"
	"syscall"
	"time"

	_ "modernc.org/sqlite" // the driver
)

// lock has another process hold SQLite's lock for writing.
func (l *lab) lock() error {
	s, err := l.shop("database", "DATABASE_BUSY_TIMEOUT=500ms")
	if err != nil {
		return err
	}
	p, err := l.serve(s)
	if err != nil {
		return err
	}
	file := filepath.Join(s.dir, "data", "shop.db")
	other, err := sql.Open("sqlite", "file:"+file+"?_txlock=immediate&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { _ = other.Close() }()
	return l.trouble(p, s, file, func() (func() error, error) {
		tx, err := other.BeginTx(context.Background(), nil)
		if err != nil {
			return nil, err
		}
		return tx.Rollback, nil
	})
}

// fill leaves no room on the disk that SQLite is on.
func (l *lab) fill() error {
	s, err := l.shop("database")
	if err != nil {
		return err
	}
	disk := filepath.Join(s.dir, "data")
	if err := syscall.Mkdir(disk, 0o755); err != nil {
		return err
	}
	if err := syscall.Mount("none", disk, "tmpfs", 0, "size=8m"); err != nil {
		return fmt.Errorf("mount a small disk: %w", err)
	}
	defer func() {
		l.endAll()
		_ = syscall.Unmount(disk, 0)
	}()
	p, err := l.serve(s)
	if err != nil {
		return err
	}
	return l.trouble(p, s, filepath.Join(disk, "shop.db"), func() (func() error, error) {
		return stuff(filepath.Join(disk, "stuff"))
	})
}

// stuff fills a disk with a file, and returns what removes it.
func stuff(name string) (remove func() error, err error) {
	f, err := syscall.Open(name, syscall.O_CREAT|syscall.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	for block := make([]byte, 4096); err == nil; {
		_, err = syscall.Write(f, block)
	}
	if !errors.Is(err, syscall.ENOSPC) {
		return nil, err
	}
	return func() error { return syscall.Unlink(name) }, syscall.Close(f)
}

// trouble looks at the application before, while and after there is trouble with
// its database, which is in the file.
func (l *lab) trouble(p *process, s shop, file string, begin func() (end func() error, err error)) error {
	var acknowledged int64
	write := func() error {
		err := move(p.url, 1)
		if err == nil {
			acknowledged++
		}
		return err
	}
	if err := write(); err != nil {
		return err
	}
	end, err := begin()
	if err != nil {
		return err
	}
	// What had a place already may still be written.
	var refused answer
	err = await("a write is refused", func() bool {
		refused, err = ask(http.MethodPost, p.url+"/api/v1/moves", map[string]int64{"amount": 1})
		if err == nil && refused.status == http.StatusCreated {
			acknowledged++
			return false
		}
		return true
	})
	if err != nil {
		return err
	}
	say("a write is answered after %s: %d, retry after %q s: %s", refused.took.Round(time.Millisecond), refused.status, refused.header.Get("Retry-After"), refused.body)
	if refused.status != http.StatusServiceUnavailable || refused.header.Get("Retry-After") == "" ||
		refused.header.Get("Content-Type") != "application/problem+json" {
		return errors.New("the client does not learn that it can try again")
	}
	if _, err := ledger(p.url); err != nil {
		return fmt.Errorf("read meanwhile: %w", err)
	}
	began := time.Now()
	var message string
	err = await("the health tells", func() (unhealthy bool) {
		unhealthy, message = databaseHealth(p.url)
		return unhealthy
	})
	if err != nil {
		return err
	}
	say("health says after %s: %s", time.Since(began).Round(time.Millisecond), message)

	if err := end(); err != nil {
		return err
	}
	began = time.Now()
	if err := await("a write succeeds again", func() bool { return write() == nil }); err != nil {
		return err
	}
	written := time.Since(began)
	err = await("the application is healthy again", func() bool {
		unhealthy, _ := databaseHealth(p.url)
		return !unhealthy && p.ready()
	})
	if err != nil {
		return err
	}
	say("writes again after %s, healthy again after %s", written.Round(time.Millisecond), time.Since(began).Round(time.Millisecond))
	if _, err := p.terminate(); err != nil {
		return err
	}
	if err := intact(file); err != nil {
		return err
	}
	return l.keeps(s, acknowledged)
}

// databaseHealth returns what the health says of the database.
func databaseHealth(url string) (unhealthy bool, message string) {
	a, err := ask(http.MethodGet, url+"/api/v1/health", nil)
	if err != nil {
		return true, err.Error()
	}
	type node struct {
		Name, Status, Message string
		Components            []node
	}
	var root node
	if err := json.Unmarshal(a.body, &root); err != nil {
		return true, err.Error()
	}
	for _, group := range root.Components {
		for _, n := range group.Components {
			if n.Name == "database" {
				return n.Status == "unhealthy", n.Message
			}
		}
	}
	return true, "the health has no database"
}

// intact has SQLite check the file.
func intact(file string) error {
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	var verdict string
	if err := db.QueryRowContext(context.Background(), "PRAGMA integrity_check").Scan(&verdict); err != nil {
		return err
	}
	if verdict != "ok" {
		return fmt.Errorf("the file is damaged: %s", verdict)
	}
	return nil
}
