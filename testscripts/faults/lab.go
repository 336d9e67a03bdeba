//go:build linux

package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	_ "github.com/jackc/pgx/v5/stdlib" // the driver
)

// lab has the programs, and what runs at the moment.
type lab struct {
	dir       string
	program   map[string]string // by the backend of the worker
	postgres  *url.URL
	mu        sync.Mutex
	processes []*process
	databases []string
	folders   int
}

func newLab() (*lab, error) {
	if _, err := exec.LookPath("redis-server"); err != nil {
		return nil, err
	}
	postgres, err := url.Parse(os.Getenv("DATABASE_URL"))
	if err != nil || postgres.Host == "" {
		return nil, errors.New("DATABASE_URL has to name a Postgres server, such as postgres://postgres@127.0.0.1:5432/postgres")
	}
	dir, err := os.MkdirTemp("", "aegis-faults")
	if err != nil {
		return nil, err
	}
	l := &lab{dir: dir, postgres: postgres, program: map[string]string{}}
	if err := l.build(); err != nil {
		l.close()
		return nil, err
	}
	return l, nil
}

// build generates and builds the programs.
func (l *lab) build() error {
	aegis := filepath.Join(l.dir, "aegis")
	if _, err := command(".", "go", "build", "-o", aegis, "./cmd/aegis"); err != nil {
		return err
	}
	for _, backend := range []string{"database", "redis"} {
		project := filepath.Join(l.dir, backend)
		if err := os.CopyFS(project, os.DirFS("testscripts/faults/testdata/shop")); err != nil {
			return err
		}
		choice := "package shop\n\ncomponents: worker: backend: \"" + backend + "\"\n"
		if err := os.WriteFile(filepath.Join(project, "backend.cue"), []byte(choice), 0o644); err != nil {
			return err
		}
		if _, err := command(project, aegis, "generate"); err != nil {
			return err
		}
		if _, err := command(project, "go", "build", "-o", "bin/shop", "./cmd/shop"); err != nil {
			return err
		}
		l.program[backend] = filepath.Join(project, "bin", "shop")
	}
	return nil
}

func command(dir, name string, arguments ...string) (string, error) {
	cmd := exec.Command(name, arguments...)
	cmd.Dir = dir
	return output(cmd)
}

func output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr strings.Builder
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, stderr.String())
	}
	return stdout.String(), nil
}

// folder returns a new one.
func (l *lab) folder() (string, error) {
	l.folders++
	dir := filepath.Join(l.dir, fmt.Sprintf("run%d", l.folders))
	return dir, os.MkdirAll(dir, 0o755)
}

// database returns the URL of a new database on the server.
func (l *lab) database() (string, error) {
	name := fmt.Sprintf("faults_%d_%d", os.Getpid(), len(l.databases))
	if err := l.administer("CREATE DATABASE " + name); err != nil {
		return "", err
	}
	l.databases = append(l.databases, name)
	u := *l.postgres
	u.Path = "/" + name
	return u.String(), nil
}

func (l *lab) administer(statement string) error {
	db, err := sql.Open("pgx", l.postgres.String())
	if err != nil {
		return err
	}
	_, err = db.ExecContext(context.Background(), statement)
	return errors.Join(err, db.Close())
}

// printLogs shows the end of what the processes said.
func (l *lab) printLogs() {
	for _, p := range l.processes {
		text, _ := os.ReadFile(p.log)
		fmt.Printf("  --- %s\n%s\n", strings.Join(p.cmd.Args, " "), text[max(0, len(text)-4000):])
	}
}

// endAll kills what still runs.
func (l *lab) endAll() {
	for _, p := range l.processes {
		p.kill()
	}
	l.processes = nil
}

func (l *lab) close() {
	l.endAll()
	for _, name := range l.databases {
		if err := l.administer("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			fmt.Fprintln(os.Stderr, "faults:", err)
		}
	}
	_ = os.RemoveAll(l.dir)
}
