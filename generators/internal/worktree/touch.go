package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"strings"
)

// This file has all that is ever done to the disk.

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
