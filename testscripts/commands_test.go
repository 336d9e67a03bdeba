package testscripts

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
)

// commands are what the scripts may call besides the built-in commands.
var commands = map[string]func(ts *testscript.TestScript, neg bool, args []string){
	"start": start,
	"stop":  stop,
	"get":   get,
}

// service is the program that a script started. Each script has one.
type service struct {
	cmd  *exec.Cmd
	done chan error
	log  apptest.Log
}

type serviceKey struct{}

var address = regexp.MustCompile(`http://(127\.0\.0\.1|localhost):[0-9]+`)

// start runs a program in the background until it prints the address that it
// listens on, which is $URL from then on.
//
//	start ./shop serve --port 0
func start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: start program [args...]")
	}
	s := ts.Value(serviceKey{}).(*service)
	if s.cmd != nil {
		ts.Fatalf("start: a program runs already")
	}
	cmd := exec.Command(ts.MkAbs(args[0]), args[1:]...)
	cmd.Dir = ts.MkAbs(".")
	ts.Defer(func() { _ = s.end(syscall.SIGKILL) })
	url, err := s.launch(cmd)
	ts.Check(err)
	ts.Setenv("URL", url)
}

// launch starts the program and returns the address that it prints.
func (s *service) launch(cmd *exec.Cmd) (url string, err error) {
	cmd.Stdout, cmd.Stderr = &s.log, &s.log
	if err := cmd.Start(); err != nil {
		return "", err
	}
	s.cmd, s.done = cmd, make(chan error, 1)
	go func() { s.done <- cmd.Wait() }()
	for end := time.Now().Add(deadline); time.Now().Before(end); time.Sleep(10 * time.Millisecond) {
		if url := address.FindString(s.log.String()); url != "" {
			return url, nil
		}
		if len(s.done) > 0 {
			return "", errors.Join(fmt.Errorf("%s ended:\n%s", cmd, s.log.String()), <-s.done)
		}
	}
	return "", fmt.Errorf("%s printed no address in time:\n%s", cmd, s.log.String())
}

// stop asks the program to end, and expects it to do so without an error. What
// the program printed is the output of the command.
func stop(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value(serviceKey{}).(*service)
	if neg || len(args) != 0 || s.cmd == nil {
		ts.Fatalf("usage: stop, after start")
	}
	err := s.end(syscall.SIGTERM)
	fmt.Fprint(ts.Stdout(), s.log.String())
	if err != nil {
		ts.Fatalf("stop: %v\n%s", err, s.log.String())
	}
}

// end signals the program and waits for it. It does nothing the second time.
func (s *service) end(sig os.Signal) error {
	if s.cmd == nil {
		return nil
	}
	err := s.cmd.Process.Signal(sig)
	if err == nil {
		err = <-s.done
	}
	s.cmd = nil
	return err
}

// get fetches a path of the program that runs and expects a status. The body
// is the output of the command.
//
//	get 200 /api/v1/health
func get(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: get status path")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	resp, err := http.Get(ts.Getenv("URL") + args[1])
	ts.Check(err)
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	ts.Check(err)
	_, err = ts.Stdout().Write(body)
	ts.Check(err)
	if resp.StatusCode != want {
		ts.Fatalf("get %s = %s, want %d\n%s", args[1], resp.Status, want, body)
	}
}
