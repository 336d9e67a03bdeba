package worktree

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
)

// Apply makes the folder what the changeset says. With a conflict it returns a
// *[ConflictError] and writes nothing. Each file is written beside its place
// and moved there, and the state follows last: whenever Apply is interrupted,
// generating again completes the work. Without a change, no file is touched.
func (c *Changeset) Apply() (err error) {
	if conflicts := c.Conflicts(); len(conflicts) > 0 {
		return &ConflictError{Changes: conflicts}
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	// Nothing below leaves the root, whatever links appear meanwhile.
	root, err := os.OpenRoot(c.dir)
	if err != nil {
		return err
	}
	w := &writer{root: root, folders: map[string]*os.Root{".": root}}
	defer func() { err = errors.Join(err, w.close()) }()

	for _, change := range c.Changes {
		if change.Action == Delete {
			if err := w.remove(change.Path); err != nil {
				return fmt.Errorf("delete %s: %w", change.Path, err)
			}
		}
	}
	for _, change := range c.Changes {
		if f, ok := c.content[change.Path]; ok {
			if err := w.write(change.Path, f.Content, f.Mode); err != nil {
				return fmt.Errorf("write %s: %w", change.Path, err)
			}
		}
	}
	if c.state != nil {
		if err := w.write(stateName, c.state, 0o644); err != nil {
			return fmt.Errorf("write %s: %w", stateName, err)
		}
	}
	return nil
}

// writer writes files, and keeps the folders that they lie in open: walking
// there anew costs more than the writing.
type writer struct {
	root    *os.Root
	folders map[string]*os.Root
}

func (w *writer) close() error {
	var errs []error
	for _, f := range w.folders {
		errs = append(errs, f.Close())
	}
	return errors.Join(errs...)
}

// folder opens the folder name and makes it if need be.
func (w *writer) folder(name string) (*os.Root, error) {
	if f, ok := w.folders[name]; ok {
		return f, nil
	}
	parent, err := w.folder(path.Dir(name))
	if err != nil {
		return nil, err
	}
	base := path.Base(name)
	if err := parent.Mkdir(base, 0o755); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, err
	}
	f, err := parent.OpenRoot(base)
	if err != nil {
		return nil, err
	}
	w.folders[name] = f
	return f, nil
}

// write puts text at name, all of it or nothing.
func (w *writer) write(name string, text []byte, mode fs.FileMode) (err error) {
	folder, err := w.folder(path.Dir(name))
	if err != nil {
		return err
	}
	base := path.Base(name)
	beside := "." + base + ".aegis"
	file, err := folder.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if errors.Is(err, fs.ErrExist) { // of a run that was interrupted
		if err := folder.Remove(beside); err != nil {
			return err
		}
		file, err = folder.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	}
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, folder.Remove(beside))
		}
	}()
	if _, err := file.Write(text); err != nil {
		return errors.Join(err, file.Close())
	}
	if err := file.Close(); err != nil {
		return err
	}
	return folder.Rename(beside, base)
}

// remove deletes the file name and the folders that it leaves empty.
func (w *writer) remove(name string) error {
	if err := w.root.Remove(name); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for dir := path.Dir(name); dir != "."; dir = path.Dir(dir) {
		entries, err := fs.ReadDir(w.root.FS(), dir)
		if err != nil || len(entries) > 0 {
			return err
		}
		if err := w.root.Remove(dir); err != nil {
			return err
		}
	}
	return nil
}
