//go:build unix

package schema_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aegis-stack/aegis/schema"
)

// peakMemory returns the most that a process had in memory, in bytes.
func peakMemory(state *os.ProcessState) int64 {
	usage, ok := state.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0
	}
	peak := int64(usage.Maxrss) //nolint:unconvert // not an int64 everywhere
	if runtime.GOOS == "darwin" {
		return peak
	}
	return peak << 10
}

// TestStoppedProcessRefusesNothing stops a process while it evaluates: the clock
// goes on, but nothing is worked on, as on a machine with too much to do.
func TestStoppedProcessRefusesNothing(t *testing.T) {
	const limit = 2 * time.Second
	if os.Getenv("AEGIS_TEST_STOPPED") != "" {
		s := infrastructure(t)
		schema.SetMaxTime(limit)
		fmt.Println("BEGIN")
		_, err := load(s, manyTasks(300))
		fmt.Printf("ERROR %v\n", err)
		os.Exit(0)
	}
	t.Parallel()
	cmd := exec.Command(os.Args[0], "-test.run", "^TestStoppedProcessRefusesNothing$")
	cmd.Env = append(os.Environ(), "AEGIS_TEST_STOPPED=1")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && lines.Text() != "BEGIN" {
		continue
	}
	time.Sleep(30 * time.Millisecond) // a part of what it takes
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		t.Fatal(err)
	}
	time.Sleep(limit + limit/4)
	if err := cmd.Process.Signal(syscall.SIGCONT); err != nil {
		t.Fatal(err)
	}
	text := ""
	for lines.Scan() {
		text += lines.Text() + "\n"
	}
	if err := cmd.Wait(); err != nil || !strings.Contains(text, "ERROR <nil>") {
		t.Errorf("%v: %s", err, text)
	}
}
