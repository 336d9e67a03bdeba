package app

import (
	"io"
	"sync"
	"time"
)

// together is how long a line about a request may wait for others.
const together = 10 * time.Millisecond

// maxWaiting is how many bytes may wait.
const maxWaiting = 64 << 10

// lines is where the lines of the log go, in their order. A line is written at once,
// unless it is about a request and there has just been another: to write each of them
// takes as long as to answer a small request.
type lines struct {
	mu      sync.Mutex
	w       io.Writer
	waiting []byte
	written time.Time
}

// Write writes a line, and before it what waits.
func (l *lines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiting = append(l.waiting, line...)
	return len(line), l.flush()
}

func (l *lines) flush() error {
	if len(l.waiting) == 0 {
		return nil
	}
	_, err := l.w.Write(l.waiting)
	l.waiting, l.written = l.waiting[:0], time.Now()
	return err
}

// requestLines are those of the lines that may wait.
type requestLines struct{ *lines }

func (l requestLines) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	first := len(l.waiting) == 0
	l.waiting = append(l.waiting, line...)
	switch {
	case first && time.Since(l.written) >= together, len(l.waiting) >= maxWaiting:
		return len(line), l.flush()
	case first:
		time.AfterFunc(together, func() {
			l.mu.Lock()
			defer l.mu.Unlock()
			_ = l.flush() // there is nowhere else to tell
		})
	}
	return len(line), nil
}
