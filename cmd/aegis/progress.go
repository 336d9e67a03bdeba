package main

import (
	"fmt"
	"io"
	"os"
	"sync"
	"time"
)

// patience is how long something may take before it is shown that it goes on.
const patience = time.Second

// progress shows on the terminal that something goes on: once it takes longer
// than a second, and nowhere else. What it returns ends that, and takes it off
// the terminal.
func (c *console) progress(what string) (done func()) {
	if c.quiet || !terminal(c.err) {
		return func() {}
	}
	s := startSpinner(c.err, what, plainTerminal())
	c.spinner = s
	return func() { s.end(); c.spinner = nil }
}

// plainTerminal says whether the terminal, or the person in front of it, gets
// on better with lines of text than with something that moves.
func plainTerminal() bool {
	return os.Getenv("TERM") == "dumb" || os.Getenv("ACCESSIBLE") != ""
}

// note tells something by the way, to people and not with --quiet.
func (c *console) note(format string, args ...any) {
	if c.quiet {
		return
	}
	if c.spinner != nil {
		c.spinner.clear()
	}
	fmt.Fprintf(c.err, format+"\n", args...)
}

// spinner is a line that moves while something goes on.
type spinner struct {
	w     io.Writer
	mu    sync.Mutex // for w and drawn
	drawn bool

	stop, stopped chan struct{}
}

// startSpinner shows what goes on after a while. A plain one says it once, on a
// line that stays.
func startSpinner(w io.Writer, what string, plain bool) *spinner {
	s := &spinner{w: w, stop: make(chan struct{}), stopped: make(chan struct{})}
	began := time.Now()
	go func() {
		defer close(s.stopped)
		select {
		case <-s.stop:
			return
		case <-time.After(patience):
		}
		if plain {
			fmt.Fprintf(w, "%s ...\n", what)
			return
		}
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for i := 0; ; i++ {
			s.draw(fmt.Sprintf("%c %s (%ds)", `|/-\`[i%4], what, int(time.Since(began).Seconds())))
			select {
			case <-s.stop:
				s.clear()
				return
			case <-tick.C:
			}
		}
	}()
	return s
}

func (s *spinner) draw(line string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.drawn = true
	fmt.Fprintf(s.w, "\r%s\x1b[K", line)
}

// clear takes the line off the terminal until it is drawn again.
func (s *spinner) clear() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.drawn {
		fmt.Fprint(s.w, "\r\x1b[K")
	}
	s.drawn = false
}

// end waits until nothing is drawn any more.
func (s *spinner) end() {
	close(s.stop)
	<-s.stopped
}
