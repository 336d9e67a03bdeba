package worktree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/rogpeppe/go-internal/lockedfile"

	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// What lies in localDir.
const (
	lockName    = localDir + "/lock"
	journalName = localDir + "/journal"
	stageDir    = localDir + "/stage" // texts that are about to be moved to their places
	undoDir     = localDir + "/undo"  // what the last run replaced
	nextUndoDir = localDir + "/undo.new"
)

// Session is the right to write a project: only one at a time has it.
type Session struct {
	root    *os.Root
	folders map[string]*os.Root // that stay open for a while
	unlock  func()
	// step is called before each thing that is done to the disk; tests let
	// it fail, or end the program.
	step func(what string) error
}

// Open waits until nobody else writes the project in dir, and completes what a
// run that was interrupted left. It makes the folder if need be. If it has to
// wait for long, it says so by calling waiting.
func Open(dir string, waiting func()) (*Session, error) {
	return open(dir, waiting, func(string) error { return nil })
}

func open(dir string, waiting func(), step func(string) error) (*Session, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, err
	}
	// Nothing below leaves the root, whatever links appear meanwhile.
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	s := &Session{root: root, folders: map[string]*os.Root{}, unlock: func() {}, step: step}
	opened := false
	defer func() {
		if !opened {
			_ = s.Close() // the error says more
		}
	}()
	for _, name := range []string{plan.StateDir, localDir} {
		if err := root.Mkdir(name, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
			return nil, fmt.Errorf("write %s: %w", plan.StateDir, err)
		}
		// A link would let the notes be written to another place.
		if info, err := root.Lstat(name); err != nil || !info.IsDir() {
			return nil, errors.Join(err, fmt.Errorf("%s is not a folder\nhint: move it away", name))
		}
	}
	s.unlock, err = lock(filepath.Join(dir, filepath.FromSlash(lockName)), waiting)
	if err != nil {
		s.unlock = func() {}
		return nil, fmt.Errorf("lock the project: %w", err)
	}
	if err := s.resume(); err != nil {
		return nil, fmt.Errorf("complete an earlier run: %w", err)
	}
	opened = true
	return s, nil
}

// patience is how long a run waits for another one without a word.
const patience = 500 * time.Millisecond

func lock(name string, waiting func()) (unlock func(), err error) {
	timer := time.AfterFunc(patience, waiting)
	defer timer.Stop()
	return lockedfile.MutexAt(name).Lock()
}

// Close lets others write the project.
func (s *Session) Close() error {
	for name := range s.folders {
		s.leave(name)
	}
	s.unlock()
	return s.root.Close()
}
