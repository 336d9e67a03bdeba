//go:build linux

package main

import (
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	gopsutil "github.com/shirou/gopsutil/v4/process"
)

// process is a running server.
type process struct {
	cmd     *exec.Cmd
	address string
	ready   time.Duration // from exec to the first good answer of /readyz
}

// start runs a server on a free port until it is ready. The variables of an
// application are given without prefix.
func (b *bench) start(program string, variables ...string) (*process, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	p := &process{address: address}
	if program == b.bare {
		p.cmd = exec.Command(program, address)
		p.cmd.Dir = b.dir
	} else {
		own := []string{"ADDR=" + address, "LOG_FORMAT=json"}
		if redis := os.Getenv("REDIS_URL"); redis != "" && program == b.most {
			own = append(own, "REDIS_URL="+redis)
		}
		variables = append(own, variables...) // the last one counts
		if p.cmd, err = b.application(program, variables, "serve"); err != nil {
			return nil, err
		}
	}
	// A file, as a log collector would have it: a pipe would cost this program
	// the processor that is measured.
	log, err := os.CreateTemp(b.dir, "*.log")
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	p.cmd.Stderr = log
	began := time.Now()
	if err := p.cmd.Start(); err != nil {
		return nil, err
	}
	for time.Since(began) < 20*time.Second {
		if isReady(address) {
			p.ready = time.Since(began)
			return p, nil
		}
		time.Sleep(500 * time.Microsecond)
	}
	p.stop()
	text, _ := os.ReadFile(log.Name())
	return nil, fmt.Errorf("%s is not ready after 20s\n%s", program, text)
}

// isReady asks once, with as little work as load: a program that starts needs both
// processors.
func isReady(address string) bool {
	conn, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	if err := conn.SetDeadline(time.Now().Add(time.Second)); err != nil {
		return false
	}
	return exchange(conn, get(address, "/readyz"), make([]byte, 4<<10)) == nil
}

// application returns a command of an application, in a new folder. The variables
// are given without prefix.
func (b *bench) application(program string, variables []string, arguments ...string) (*exec.Cmd, error) {
	dir, err := os.MkdirTemp(b.dir, "run")
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(program, arguments...)
	cmd.Dir = dir
	for _, v := range variables {
		cmd.Env = append(cmd.Env, strings.ToUpper(filepath.Base(program))+"_"+v)
	}
	return cmd, nil
}

func (p *process) stop() {
	_ = p.cmd.Process.Signal(syscall.SIGTERM)
	_ = p.cmd.Wait()
}

// resident returns the resident memory in MB.
func (p *process) resident() (float64, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", p.cmd.Process.Pid))
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kib, err := strconv.ParseFloat(strings.Fields(rest)[0], 64)
			return kib * 1024 / 1e6, err
		}
	}
	return 0, fmt.Errorf("no resident memory in the status of process %d", p.cmd.Process.Pid)
}

// cpu returns the time that the process has spent on a processor, in seconds.
func (p *process) cpu() (float64, error) {
	times, err := (&gopsutil.Process{Pid: int32(p.cmd.Process.Pid)}).Times() //nolint:gosec // Linux has no larger ones
	if err != nil {
		return 0, err
	}
	return times.User + times.System, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer func() { _ = l.Close() }()
	return l.Addr().String(), nil
}
