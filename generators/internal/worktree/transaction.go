package worktree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"slices"
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
	there := existing{}
	for i, e := range edits {
		op := operation{Path: e.path, Mode: e.mode, Old: sumOf(e.old), New: sumOf(e.new), Entry: e.entry, To: e.to}
		switch {
		case e.new == nil:
		case there.has(s.root, path.Dir(e.path)):
			op.Text = strconv.Itoa(i)
		default:
			op.Text = path.Join(newDir, e.path)
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

// existing tells which folders there are, and remembers it.
type existing map[string]bool

func (e existing) has(root *os.Root, dir string) bool {
	if dir == "." {
		return true
	}
	there, known := e[dir]
	if !known {
		if there = e.has(root, path.Dir(dir)); there {
			_, err := root.Lstat(dir)
			there = !errors.Is(err, fs.ErrNotExist)
		}
		e[dir] = there
	}
	return there
}

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

// What follows is all that is ever done to the disk.

func (s *Session) mkdir(name string) error {
	if info, err := s.root.Lstat(name); err == nil && info.IsDir() {
		return nil
	}
	if err := s.step("mkdir " + name); err != nil {
		return err
	}
	return s.root.MkdirAll(name, 0o755)
}

// put writes a file, in two halves: an interruption may leave the first.
func (s *Session) put(name string, text []byte, mode fs.FileMode) (err error) {
	if err := s.step("write " + name); err != nil {
		return err
	}
	folder, base, err := s.folder(name)
	if err != nil {
		return err
	}
	file, err := folder.OpenFile(base, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, mode)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	half := len(text) / 2
	if _, err := file.Write(text[:half]); err != nil {
		return err
	}
	if err := s.step("write the rest of " + name); err != nil {
		return err
	}
	_, err = file.Write(text[half:])
	return err
}

// mkdirStaged makes a folder of stageDir and those that it lies in, unless they
// are made already.
func (s *Session) mkdirStaged(dir string, made map[string]bool) error {
	if made[dir] {
		return nil
	}
	if err := s.mkdirStaged(path.Dir(dir), made); err != nil {
		return err
	}
	made[dir] = true
	if err := s.step("mkdir " + dir); err != nil {
		return err
	}
	folder, base, err := s.folder(dir)
	if err != nil {
		return err
	}
	return folder.Mkdir(base, 0o755)
}

// sync waits until a file or folder is on the disk.
func (s *Session) sync(name string) error {
	if err := s.step("sync " + name); err != nil {
		return err
	}
	folder, base, err := s.folder(name)
	if err != nil {
		return err
	}
	file, err := folder.Open(base)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }() // it was only waited for
	if err := file.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !noSync(err) {
		return err
	}
	return nil
}

func (s *Session) rename(from, to string) error {
	if err := s.step("rename " + from + " to " + to); err != nil {
		return err
	}
	s.leave(from) // Windows moves no folder that is open
	err := s.root.Rename(from, to)
	if !otherDevice(err) {
		return err
	}
	// The folder lies on another disk: only beside the place can a file
	// be made whole before it appears there.
	text, err := s.root.ReadFile(from)
	if err != nil {
		return err
	}
	info, err := s.root.Stat(from)
	if err != nil {
		return err
	}
	beside := path.Join(path.Dir(to), "."+path.Base(to)+".aegis")
	if err := s.put(beside, text, info.Mode().Perm()); err != nil {
		return err
	}
	if err := s.sync(beside); err != nil {
		return err
	}
	if err := s.root.Rename(beside, to); err != nil {
		return err
	}
	return s.root.Remove(from)
}

func (s *Session) remove(name string) error {
	if err := s.step("remove " + name); err != nil {
		return err
	}
	return s.root.Remove(name)
}

func (s *Session) removeAll(name string) error {
	if err := s.step("remove all of " + name); err != nil {
		return err
	}
	s.leave(name)
	return s.root.RemoveAll(name)
}

// folder opens the folder of name, and returns what name is called there. Those
// in which files are written aside stay open: walking there
// anew costs more than the writing.
func (s *Session) folder(name string) (folder *os.Root, base string, err error) {
	dir := path.Dir(name)
	if !below(dir, stageDir) && dir != nextUndoDir {
		return s.root, name, nil
	}
	if folder = s.folders[dir]; folder == nil {
		parent, base := s.root, dir
		if dir != stageDir && dir != nextUndoDir {
			if parent, base, err = s.folder(dir); err != nil {
				return nil, "", err
			}
		}
		if folder, err = parent.OpenRoot(base); err != nil {
			return nil, "", err
		}
		s.folders[dir] = folder
	}
	return folder, path.Base(name), nil
}

// leave closes a folder that may be open, and those in it.
func (s *Session) leave(name string) {
	for dir, folder := range s.folders {
		if below(dir, name) {
			_ = folder.Close() // it was only walked through
			delete(s.folders, dir)
		}
	}
}

// below tells whether a folder is dir or lies in it.
func below(name, dir string) bool {
	return name == dir || strings.HasPrefix(name, dir+"/")
}
