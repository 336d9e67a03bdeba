//go:build linux

package main

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"
)

const token = "correct-horse-battery"

// patience is how long anything may take that is waited for.
const patience = 60 * time.Second

// process is a running program.
type process struct {
	cmd   *exec.Cmd
	url   string
	log   string
	ended chan struct{}
	err   error // once ended
}

// launch starts cmd, whose output goes to a file in its folder.
func (l *lab) launch(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, ended: make(chan struct{})}
	log, err := os.CreateTemp(l.dir, filepath.Base(cmd.Path)+"-*.log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	p.log = log.Name()
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	go func() {
		p.err = cmd.Wait()
		close(p.ended)
	}()
	l.mu.Lock()
	defer l.mu.Unlock()
	l.processes = append(l.processes, p)
	return p, nil
}

// shop is how the program is started: its folder, its variables without prefix,
// and what it writes its work down in.
type shop struct {
	program   string
	dir       string
	variables []string
	written   string
}

func (s shop) command(arguments ...string) *exec.Cmd {
	cmd := exec.Command(s.program, arguments...)
	cmd.Dir = s.dir
	cmd.Env = append(os.Environ(), "WRITTEN="+s.written)
	for _, v := range append([]string{"RATE_LIMIT=0", "LOG_LEVEL=warn", "ADMIN_TOKEN=" + token}, s.variables...) {
		cmd.Env = append(cmd.Env, "SHOP_"+v)
	}
	return cmd
}

// with returns the same with more variables.
func (s shop) with(variables ...string) shop {
	s.variables = append(variables, s.variables...)
	return s
}

// shop returns how to start the program with a worker of that backend.
func (l *lab) shop(backend string, variables ...string) (shop, error) {
	dir, err := l.folder()
	return shop{program: l.program[backend], dir: dir, variables: variables, written: filepath.Join(dir, "written")}, err
}

// serve starts the application, in some roles only if they are named, and waits
// until it is ready.
func (l *lab) serve(s shop, roles ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	arguments := []string{"serve"}
	for _, role := range roles {
		arguments = append(arguments, "--role", role)
	}
	p, err := l.launch(s.with("ADDR=" + address).command(arguments...))
	if err != nil {
		return nil, err
	}
	p.url = "http://" + address
	return p, await("the application is ready", func() bool { return p.ready() })
}

func (p *process) ready() bool {
	answer, err := http.Get(p.url + "/readyz")
	if err != nil {
		return false
	}
	_ = answer.Body.Close()
	return answer.StatusCode == http.StatusOK
}

// terminate tells the process to stop, and waits until it has, without an error.
func (p *process) terminate() (took time.Duration, err error) {
	began := time.Now()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		return 0, err
	}
	select {
	case <-p.ended:
		if p.err != nil {
			err = fmt.Errorf("the process ended with %w", p.err)
		}
		return time.Since(began), err
	case <-time.After(patience):
		return 0, errors.New("the process does not end")
	}
}

// kill ends the process as a machine does that loses power.
func (p *process) kill() {
	_ = p.cmd.Process.Kill() // it may have ended
	<-p.ended
}

// await waits until the condition holds.
func await(what string, holds func() bool) error {
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if holds() {
			return nil
		}
	}
	return fmt.Errorf("waited %s in vain until %s", patience, what)
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
