package backendtest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/generators/worker/src"
)

// Variables of the kill test. killTasks is how many tasks there are, 2,000 without
// it. With killWait it waits until the leases of the killed are over by themselves.
// The others are for the processes that it starts.
const (
	killTasks = "KILL_TASKS"
	killWait  = "KILL_WAIT"
	killStore = "KILL_STORE"
	killLog   = "KILL_LOG"
)

// Kill starts processes that work, kills one after the other with SIGKILL, and
// looks for tasks that got lost. It must be called by a test called TestKill, which
// is what the processes run. locate returns how to find an empty store, open opens
// it.
func Kill(t *testing.T, locate func(t *testing.T) string, open func(t *testing.T, at string) Store) {
	t.Helper()
	if at := os.Getenv(killStore); at != "" {
		slave(t, open(t, at).Backend())
		return
	}
	n := 2_000
	if text := os.Getenv(killTasks); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	at := locate(t)
	store := open(t, at)
	b := &bench{Store: store, Backend: store.Backend(), t: t}
	began := time.Now()
	all := make([]string, n)
	for i := range all {
		all[i] = b.add(nil)
	}
	t.Logf("%d tasks enqueued in %s", n, time.Since(began).Round(time.Millisecond))

	folder := t.TempDir()
	began = time.Now()
	var logs []string
	start := func() *exec.Cmd {
		log := filepath.Join(folder, strconv.Itoa(len(logs)))
		logs = append(logs, log)
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKill$", "-test.timeout=5m") //nolint:gosec // it is this test
		cmd.Env = append(os.Environ(), killStore+"="+at, killLog+"="+log,
			"TMPDIR="+folder) // who is killed leaves what is in there
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait()
		})
		return cmd
	}
	first, second := start(), start()
	kill := func(cmd *exec.Cmd, after int) {
		t.Helper()
		eventually(t, func() string {
			if done := len(lines(t, logs)); done < after {
				return fmt.Sprintf("%d of %d tasks are done", done, after)
			}
			return ""
		})
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // it was killed
	}
	kill(first, n/4)
	kill(second, n/2)
	start()
	if os.Getenv(killWait) == "" {
		b.Expire()
	}

	var seen map[string]int
	deadline := time.Now().Add(2 * time.Minute)
	for seen = lines(t, logs); len(seen) < n && time.Now().Before(deadline); seen = lines(t, logs) {
		time.Sleep(50 * time.Millisecond)
	}
	took := time.Since(began)
	again := 0
	for _, times := range seen {
		again += times - 1
	}
	lost := 0
	for _, id := range all {
		if seen[id] == 0 {
			lost++
			if lost < 5 {
				t.Errorf("lost: %+v", b.get(id))
			}
		}
	}
	for _, id := range all {
		if seen[id] > 0 {
			b.await(id, worker.Completed)
		}
	}
	t.Logf("%d tasks done in %s, %d of them again, %d lost", n, took.Round(time.Millisecond), again, lost)
}

// slave works until it is killed, and writes down what it does.
func slave(t *testing.T, b worker.Backend) {
	t.Helper()
	log, err := os.OpenFile(os.Getenv(killLog), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600) //nolint:gosec // the test that started it says where
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Start([]worker.Queue{{Name: "default", Concurrency: 8, Priority: 1}}, func(_ context.Context, task worker.Task) (json.RawMessage, error) {
		time.Sleep(time.Millisecond)
		_, err := log.WriteString(task.ID + "\n")
		return nil, err
	})
	if err != nil {
		t.Fatal(err)
	}
	select {}
}

// lines counts the lines of all files. One that has no end was cut off.
func lines(t *testing.T, files []string) map[string]int {
	t.Helper()
	counts := map[string]int{}
	for _, name := range files {
		f, err := os.Open(name) //nolint:gosec // the test has made it
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for r := bufio.NewReader(f); ; {
			line, err := r.ReadString('\n')
			if err != nil {
				break
			}
			counts[strings.TrimSpace(line)]++
		}
		_ = f.Close()
	}
	return counts
}
