package testscripts

import (
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/term"
)

// The commands of scripts for what happens on a terminal of 80 columns and 24
// lines.
func init() {
	commands["terminal"] = terminalCommand
	commands["type"] = typeCommand
	commands["keys"] = keysCommand
	commands["screen"] = screenCommand
	commands["resize"] = resizeCommand
	commands["ended"] = endedCommand
	commands["coloured"] = colouredCommand
}

// terminal is one with a program that a script started in it.
type terminal struct {
	cmd    *exec.Cmd
	pty    *os.File
	before *term.State // of the line discipline
	done   chan error  // of the program, once all that it wrote is on the screen
	typed  string      // what the screen showed when a key was pressed last

	mu     sync.Mutex // the emulator's own covers less than what is asked of it here
	screen *vt.Emulator
	raw    strings.Builder
}

type terminalKey struct{}

// deadline is how long the screen may take to show something.
const deadline = time.Minute

// terminalCommand starts a program in a terminal.
//
//	terminal aegis init
func terminalCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: terminal program [args...]")
	}
	master, slave, err := pty.Open()
	ts.Check(err)
	ts.Check(pty.Setsize(master, &pty.Winsize{Cols: 80, Rows: 24}))
	t := &terminal{pty: master, screen: vt.NewEmulator(80, 24), done: make(chan error, 1)}
	t.before, err = term.GetState(int(master.Fd()))
	ts.Check(err)
	t.cmd = exec.Command(args[0], args[1:]...)
	t.cmd.Dir = ts.MkAbs(".")
	for _, name := range []string{"PATH", "HOME", "NO_COLOR", "TERM", "ACCESSIBLE", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOFLAGS"} {
		if value := ts.Getenv(name); value != "" {
			t.cmd.Env = append(t.cmd.Env, name+"="+value)
		}
	}
	t.cmd.Stdin, t.cmd.Stdout, t.cmd.Stderr = slave, slave, slave
	t.cmd.SysProcAttr = ownTerminal
	ts.Check(t.cmd.Start())
	ts.Check(slave.Close())
	ts.Defer(func() {
		_ = t.cmd.Process.Kill()
		for range t.done { // until it is closed
		}
		_ = master.Close()
		// Its answers end; closing the emulator would race with reading them.
		_ = t.screen.InputPipe().(io.Closer).Close()
	})
	// What the program asks the terminal, the terminal answers.
	go func() { _, _ = io.Copy(master, t.screen) }()
	go func() {
		// Reading fails when nobody has the other end open any more.
		_, _ = io.Copy(t, master)
		err := t.cmd.Wait()
		t.done <- err
		close(t.done)
	}()
	*ts.Value(terminalKey{}).(**terminal) = t
}

// Write shows what the program wrote.
func (t *terminal) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.raw.Write(p)
	return t.screen.Write(p)
}

// text is what the screen shows, without spaces at the ends of lines and empty
// lines around it: after the other screen the emulator's cursor is not where it
// was.
func (t *terminal) text() string {
	t.mu.Lock()
	shown := t.screen.String()
	t.mu.Unlock()
	lines := strings.Split(strings.ReplaceAll(shown, "\r", ""), "\n")
	for i := range lines {
		lines[i] = strings.TrimRight(lines[i], " ")
	}
	text := strings.Trim(strings.Join(lines, "\n"), "\n") + "\n"
	return figures.ReplaceAllStringFunc(text, func(s string) string { return digits.ReplaceAllString(s, "#") })
}

// The figures of files and modules change with every change of a component; the
// screens of the scripts have # for their digits.
var (
	figures = regexp.MustCompile(`(?m)[0-9]+ (file|module)|/ +[0-9]+$`)
	digits  = regexp.MustCompile(`[0-9]`)
)

func running(ts *testscript.TestScript) *terminal {
	t := *ts.Value(terminalKey{}).(**terminal)
	if t == nil {
		ts.Fatalf("there is no terminal yet")
	}
	return t
}

// typeCommand types texts.
//
//	type shop
func typeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: type text...")
	}
	running(ts).press(ts, strings.Join(args, " "))
}

// press sends what keys send.
func (t *terminal) press(ts *testscript.TestScript, text string) {
	t.typed = t.text()
	_, err := io.WriteString(t.pty, text)
	ts.Check(err)
}

var keys = map[string]string{
	"enter": "\r", "space": " ", "tab": "\t", "esc": "\x1b", "up": "\x1b[A", "down": "\x1b[B", "right": "\x1b[C", "left": "\x1b[D",
	"pgdn": "\x1b[6~", "backspace": "\x7f", "ctrl-c": "\x03", "ctrl-d": "\x04",
}

// keysCommand presses keys.
//
//	keys down space enter
func keysCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: keys name...")
	}
	for _, name := range args {
		if keys[name] == "" {
			ts.Fatalf("there is no key %q", name)
		}
		running(ts).press(ts, keys[name])
	}
}

// screenCommand waits until the screen is as in the file, and prints it; or
// until it shows what the pattern matches. While expected output is rewritten,
// it waits until the screen has changed and then stays as it is.
//
//	screen name.txt
//	cmp stdout name.txt
//	screen -match 'Variants 4/5'
func screenCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: screen file, or screen -match pattern")
	}
	t := running(ts)
	var ready func() bool
	switch {
	case args[0] == "-match":
		pattern := regexp.MustCompile(args[1])
		ready = func() bool { return pattern.MatchString(t.text()) }
	case os.Getenv("AEGIS_UPDATE") != "":
		since, last := time.Now(), ""
		ready = func() bool {
			if now := t.text(); now != last {
				since, last = time.Now(), now
			}
			return time.Since(since) > 4*time.Second && last != t.typed && !strings.Contains(last, "...")
		}
	default:
		want := ts.ReadFile(args[0])
		ready = func() bool { return t.text() == want }
	}
	for end := time.Now().Add(deadline); !ready() && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	if args[0] == "-match" && !ready() {
		ts.Fatalf("the screen does not show %q in time:\n%s", args[1], t.text())
	}
	fmt.Fprint(ts.Stdout(), t.text())
}

// resizeCommand gives the terminal another size, of which the kernel tells the
// program.
//
//	resize 60 20
func resizeCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: resize columns lines")
	}
	columns, err := strconv.ParseUint(args[0], 10, 16)
	ts.Check(err)
	lines, err := strconv.ParseUint(args[1], 10, 16)
	ts.Check(err)
	t := running(ts)
	t.mu.Lock()
	t.screen.Resize(int(columns), int(lines))
	t.mu.Unlock()
	ts.Check(pty.Setsize(t.pty, &pty.Winsize{Cols: uint16(columns), Rows: uint16(lines)}))
}

// endedCommand waits for the end of the program, expects an exit code, and that
// the terminal is as it was before. What is on the screen then is its output.
//
//	ended 130
func endedCommand(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: ended code")
	}
	t := running(ts)
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	select {
	case err = <-t.done:
	case <-time.After(deadline):
		ts.Fatalf("the program does not end in time:\n%s", t.text())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		ts.Fatalf("the program ended with %v", err)
	}
	if code := t.cmd.ProcessState.ExitCode(); code != want {
		ts.Fatalf("the program ended with %d, want %d:\n%s", code, want, t.text())
	}
	after, err := term.GetState(int(t.pty.Fd()))
	ts.Check(err)
	if !reflect.DeepEqual(after, t.before) {
		ts.Fatalf("the terminal is %v after the program, and was %v", after, t.before)
	}
	if !t.restored() {
		ts.Fatalf("the program leaves the other screen or no cursor:\n%s", t.text())
	}
	fmt.Fprint(ts.Stdout(), t.text())
}

// restored tells whether the program left the other screen, and showed the
// cursor again if it hid it.
func (t *terminal) restored() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return !t.screen.IsAltScreen() &&
		strings.LastIndex(t.raw.String(), "\x1b[?25l") <= strings.LastIndex(t.raw.String(), "\x1b[?25h")
}

var colour = regexp.MustCompile(`\x1b\[([0-9;]*;)?(3[0-7]|9[0-7]|38;[0-9;]+)m`)

// colouredCommand tells whether the program used colours so far.
func colouredCommand(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 0 {
		ts.Fatalf("usage: coloured")
	}
	t := running(ts)
	t.mu.Lock()
	found := colour.FindString(t.raw.String())
	t.mu.Unlock()
	if (found == "") != neg {
		ts.Fatalf("the first colour is %q", found)
	}
}
