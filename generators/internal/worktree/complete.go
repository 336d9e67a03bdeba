package worktree

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"
)

// complete does what a committed journal says, or what is left of it. What a
// file holds may be on its way to another place, so that files are deleted late,
// unless they are in the way.
func (s *Session) complete(j journal) error {
	p := progress{skipped: map[string]bool{}, made: map[string]bool{}, moved: map[string]bool{}}
	files, notes := j.Operations, []operation(nil)
	if last := len(files) - 1; last >= 0 && files[last].Path == stateName {
		files, notes = files[:last], files[last:]
	}
	var obstacles, places, late []operation
	for _, op := range files {
		switch {
		case op.Text != "":
			places = append(places, op)
		case slices.ContainsFunc(files, op.obstructs):
			obstacles = append(obstacles, op)
		default:
			late = append(late, op)
		}
	}
	for _, op := range slices.Concat(obstacles, places, late) {
		if err := s.perform(op, p); err != nil {
			return err
		}
	}
	// The state must not be on the disk before what it speaks of.
	if err := s.syncAll(p.made); err != nil {
		return err
	}
	for _, op := range notes {
		if err := s.amend(op, p.skipped); err != nil {
			return fmt.Errorf("write %s: %w", op.Path, err)
		}
		if err := s.perform(op, p); err != nil {
			return err
		}
	}
	if err := s.syncAll(p.made); err != nil {
		return err
	}
	if err := s.keepUndo(j.Undo); err != nil {
		return err
	}
	return s.discard()
}

// obstructs tells whether op deletes what has to be gone before other is written.
func (op operation) obstructs(other operation) bool {
	return other.Text != "" && (strings.HasPrefix(other.Path, op.Path+"/") || strings.HasPrefix(op.Path, other.Path+"/"))
}

// progress is what completing a journal has done so far.
type progress struct {
	skipped map[string]bool // entries of files that the user changed meanwhile
	made    map[string]bool // folders whose contents changed
	moved   map[string]bool // folders that are new
}

// perform does what one operation says.
func (s *Session) perform(op operation, p progress) error {
	if op.Text == "" {
		if err := s.delete(op, p); err != nil {
			return fmt.Errorf("delete %s: %w", op.Path, err)
		}
		return nil
	}
	done, err := s.placeFolder(op, p)
	if err == nil && !done {
		err = s.place(op, p)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", op.Path, err)
	}
	return nil
}

func (s *Session) syncAll(folders map[string]bool) error {
	for _, dir := range slices.Sorted(maps.Keys(folders)) {
		if err := s.sync(dir); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		delete(folders, dir)
	}
	return nil
}

// delete deletes a file, unless it was changed since the journal was written,
// and the folders that this leaves empty.
func (s *Session) delete(op operation, p progress) error {
	now, err := s.current(op.Path)
	if err != nil {
		return err
	}
	if now != "" {
		if now != op.Old || op.Entry != "" && p.skipped[op.Entry] || op.To != "" && p.skipped[op.To] {
			p.skipped[op.Entry] = true
			return nil
		}
		if err := s.remove(op.Path); err != nil {
			return err
		}
	}
	dir := path.Dir(op.Path)
	for ; dir != "."; dir = path.Dir(dir) {
		entries, err := fs.ReadDir(s.root.FS(), dir)
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDir) {
			continue
		}
		if err != nil {
			return err
		}
		if len(entries) > 0 {
			break
		}
		if err := s.remove(dir); err != nil {
			return err
		}
	}
	p.made[dir] = true
	return nil
}

// placeFolder moves the new folder that a text lies in to its place, with all
// that is in it, and tells whether the text is there now. It is not if somebody
// has made the folder since the journal was written.
func (s *Session) placeFolder(op operation, p progress) (bool, error) {
	if !strings.HasPrefix(op.Text, newDir+"/") || len(p.skipped) > 0 {
		return false, nil
	}
	outermost := ""
	for dir := path.Dir(op.Path); dir != "."; dir = path.Dir(dir) {
		if p.moved[dir] {
			return true, nil
		}
		if _, err := s.root.Lstat(dir); errors.Is(err, fs.ErrNotExist) {
			outermost = dir
		}
	}
	if outermost == "" {
		return false, nil
	}
	staged := path.Join(stageDir, newDir, outermost)
	if _, err := s.root.Lstat(staged); errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err := s.step("rename " + staged + " to " + outermost); err != nil {
		return false, err
	}
	s.leave(staged) // Windows moves no folder that is open
	if err := s.root.Rename(staged, outermost); err != nil {
		return false, nil //nolint:nilerr // one by one, it may still be possible
	}
	p.moved[outermost], p.made[path.Dir(outermost)] = true, true
	return true, nil
}

// place moves a text to where it belongs, unless that was done or what is there
// was changed since the journal was written.
func (s *Session) place(op operation, p progress) error {
	staged := path.Join(stageDir, op.Text)
	if _, err := s.root.Lstat(staged); errors.Is(err, fs.ErrNotExist) {
		return nil // done
	}
	now, err := s.current(op.Path)
	if err != nil {
		return err
	}
	if now != op.Old && now != op.New || op.Entry != "" && p.skipped[op.Entry] {
		p.skipped[op.Entry] = true
		return nil
	}
	if dir := path.Dir(op.Path); !p.made[dir] {
		if err := s.mkdir(dir); err != nil {
			return err
		}
		p.made[dir] = true
	}
	return s.rename(staged, op.Path)
}

// amend gives a state that is about to be written the old entries of files that
// were not touched after all: their base is still the old one.
func (s *Session) amend(op operation, skipped map[string]bool) error {
	staged := path.Join(stageDir, op.Text)
	text, err := s.root.ReadFile(staged)
	if errors.Is(err, fs.ErrNotExist) || len(skipped) == 0 {
		return nil
	}
	if err != nil {
		return err
	}
	next := state{files: map[string]entry{}}
	if err := next.parse(text); err != nil {
		return err
	}
	old, err := readState(s.root)
	if err != nil {
		return err
	}
	for name := range skipped {
		delete(next.files, name)
		if e, ok := old.files[name]; ok {
			next.files[name] = e
		}
	}
	// Beside it first: this may be interrupted, too.
	beside := staged + ".new"
	if err := s.put(beside, next.encode(), op.Mode); err != nil {
		return err
	}
	if err := s.sync(beside); err != nil {
		return err
	}
	return s.rename(beside, staged)
}
