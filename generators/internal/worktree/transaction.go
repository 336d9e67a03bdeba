package worktree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
)

// journal is what a run is about to do. It is written when all new texts are on
// the disk, aside. A run that is interrupted before that has changed nothing;
// one that is interrupted later is completed by the next.
type journal struct {
	Operations []operation `json:"operations"` // the state last
	// Undo means that this is the work of undo, which is not undone.
	Undo bool `json:"undo,omitempty"`
}

// operation writes or deletes one file.
type operation struct {
	Path string `json:"path"`
	// Text is the file in stageDir that holds the new text; empty to delete.
	Text string      `json:"text,omitempty"`
	Mode fs.FileMode `json:"mode"`
	// Old and New are the checksums before and after; empty is no file.
	Old   string `json:"old,omitempty"`
	New   string `json:"new,omitempty"`
	Entry string `json:"entry,omitempty"` // of the state that this is about
	// To is the entry of the file to which the text of a deleted one is moved.
	To string `json:"to,omitempty"`
}

// transact makes all edits, the last one being that of the state, or none of
// them.
func (s *Session) transact(edits []edit, undo bool) error {
	j := journal{Undo: undo}
	disk := newDisk(s.root)
	defer disk.close()
	for i, e := range edits {
		op := operation{Path: e.path, Mode: e.mode, Old: sumOf(e.old), New: sumOf(e.new), Entry: e.entry, To: e.to}
		switch {
		case e.new == nil:
		case disk.lacks(path.Dir(e.path)):
			op.Text = path.Join(newDir, e.path)
		default:
			op.Text = strconv.Itoa(i)
		}
		j.Operations = append(j.Operations, op)
		if strings.HasPrefix(op.Text, newDir) && op.Old == "" {
			continue // without its folder there is no file
		}
		if err := s.expect(op); err != nil {
			return err
		}
	}
	err := s.prepare(j, edits)
	if err == nil {
		err = s.writeJournal(j)
	}
	if err != nil {
		// Nothing has happened yet; the next run tidies up what this one cannot.
		return errors.Join(err, s.discard())
	}
	return s.complete(j)
}

// newDir is the folder of stageDir in which files of new folders lie like in
// the project, so that each folder is moved to its place as one.
const newDir = "new"

// sumOf is the checksum of a text, empty for no file.
func sumOf(text []byte) string {
	if text == nil {
		return ""
	}
	return checksum(text)
}

// current returns the checksum of a file, empty if there is none.
func (s *Session) current(name string) (string, error) {
	text, err := s.root.ReadFile(name)
	switch {
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, errNotDir):
		return "", nil
	case err != nil:
		if info, statErr := s.root.Lstat(name); statErr == nil && info.IsDir() {
			return "", nil // a folder that will be gone by then
		}
		return "", err
	}
	return checksum(text), nil
}

// expect checks that nobody has changed a file since it was looked at.
func (s *Session) expect(op operation) error {
	now, err := s.current(op.Path)
	if err == nil && now != op.Old {
		err = fmt.Errorf("%s changed while aegis ran\nhint: run it again", op.Path)
	}
	return err
}

// prepare writes everything aside.
func (s *Session) prepare(j journal, edits []edit) error {
	for _, dir := range []string{stageDir, nextUndoDir} {
		if err := s.mkdir(dir); err != nil {
			return err
		}
	}
	var names []string
	staged := map[string]bool{stageDir: true} // folders
	for i, e := range edits {
		if e.new != nil {
			name := path.Join(stageDir, j.Operations[i].Text)
			if err := s.mkdirStaged(path.Dir(name), staged); err != nil {
				return err
			}
			if err := s.put(name, e.new, e.mode); err != nil {
				return fmt.Errorf("write %s: %w", e.path, err)
			}
			names = append(names, name)
		}
		if e.old != nil && !j.Undo {
			name := path.Join(nextUndoDir, strconv.Itoa(i))
			if err := s.put(name, e.old, e.mode); err != nil {
				return fmt.Errorf("save %s: %w", e.path, err)
			}
			names = append(names, name)
		}
	}
	if !j.Undo {
		record, err := json.Marshal(j)
		if err != nil {
			return err
		}
		name := path.Join(nextUndoDir, recordName)
		if err := s.put(name, record, 0o644); err != nil {
			return err
		}
		names = append(names, name)
	}
	// All of them together: the disk has most of it done after the first.
	for _, name := range names {
		if err := s.sync(name); err != nil {
			return err
		}
	}
	return s.syncAll(staged)
}

// recordName is the file of undoDir that says what the others are.
const recordName = "record"

func (s *Session) writeJournal(j journal) error {
	text, err := json.Marshal(j)
	if err != nil {
		return err
	}
	beside := journalName + ".new"
	if err := s.put(beside, text, 0o644); err != nil {
		return err
	}
	if err := s.sync(beside); err != nil {
		return err
	}
	if err := s.rename(beside, journalName); err != nil {
		return err
	}
	return s.sync(localDir)
}

// readJournal returns nil if there is none.
func readJournal(root *os.Root) (*journal, error) {
	text, err := root.ReadFile(journalName)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDir) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	j := new(journal)
	if err := json.Unmarshal(text, j); err != nil {
		return nil, fmt.Errorf("read %s: %w", journalName, err)
	}
	return j, nil
}

// Interrupted tells whether a run has begun to change the project in dir and
// did not end. The next session completes it.
func Interrupted(dir string) (bool, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	defer func() { _ = root.Close() }() // it was only read
	return interrupted(root)
}

// interrupted tells whether a run has begun to change the project and did not
// end.
func interrupted(root *os.Root) (bool, error) {
	if root == nil {
		return false, nil
	}
	j, err := readJournal(root)
	return j != nil, err
}

// resume completes a run that was interrupted, or forgets it if it had not
// changed anything.
func (s *Session) resume() error {
	j, err := readJournal(s.root)
	if err != nil {
		return err
	}
	if j == nil {
		return s.discard()
	}
	return s.complete(*j)
}

// discard deletes what was written aside, the journal before the texts that it
// speaks of.
func (s *Session) discard() error {
	for _, name := range []string{journalName, journalName + ".new", stageDir, nextUndoDir} {
		if _, err := s.root.Lstat(name); errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err := s.removeAll(name); err != nil {
			return err
		}
	}
	return nil
}
