package worktree

import (
	"errors"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
)

// disk looks at a project's files without ever following a link. It keeps the
// folders that it has been in open.
type disk struct {
	folders map[string]folder
	names   map[string][]string // what lies in a folder, where that was asked for
}

// folder is what there is at the path of a folder.
type folder struct {
	root     *os.Root // nil if it does not exist
	obstacle obstacle // what is there instead
}

// found is what there is at the path of a file.
type found struct {
	exists   bool
	text     []byte
	mode     fs.FileMode
	obstacle obstacle // what is there instead of a file, or on the way to it
}

// obstacle is something else than there should be. The zero value is none.
type obstacle struct {
	path, kind string
}

// newDisk looks at what is below root, which may be nil: then nothing is.
func newDisk(root *os.Root) *disk {
	return &disk{folders: map[string]folder{".": {root: root}}, names: map[string][]string{}}
}

// close closes the folders, but not the first.
func (d *disk) close() {
	for name, f := range d.folders {
		if name != "." && f.root != nil {
			_ = f.root.Close() // it was only read
		}
	}
}

// folder opens the folder name, a path with slashes.
func (d *disk) folder(name string) (folder, error) {
	if f, ok := d.folders[name]; ok {
		return f, nil
	}
	f, err := d.folder(path.Dir(name))
	if err != nil {
		return f, err
	}
	if f.root != nil {
		if f, err = enter(f.root, name); err != nil {
			return f, err
		}
	}
	d.folders[name] = f
	return f, nil
}

// lacks tells whether the folder name does not exist, and nothing else is there
// instead.
func (d *disk) lacks(name string) bool {
	f, err := d.folder(name)
	return err == nil && f.root == nil && f.obstacle.path == ""
}

// enter opens the folder name, whose parent is open.
func enter(parent *os.Root, name string) (folder, error) {
	base := path.Base(name)
	info, err := parent.Lstat(base)
	if errors.Is(err, fs.ErrNotExist) {
		return folder{}, nil
	}
	if err != nil {
		return folder{}, err
	}
	if !info.IsDir() {
		return folder{obstacle: describe(info, name)}, nil
	}
	root, err := parent.OpenRoot(base)
	return folder{root: root}, err
}

// file reads the file name.
func (d *disk) file(name string) (found, error) {
	f, err := d.folder(path.Dir(name))
	if err != nil || f.root == nil {
		return found{obstacle: f.obstacle}, err
	}
	base := path.Base(name)
	info, err := f.root.Lstat(base)
	if errors.Is(err, fs.ErrNotExist) {
		return found{}, nil
	}
	if err != nil {
		return found{}, err
	}
	if !info.Mode().IsRegular() {
		return found{obstacle: describe(info, name)}, nil
	}
	text, err := f.root.ReadFile(base)
	return found{exists: true, text: text, mode: info.Mode().Perm()}, err
}

// size is that of the file name, -1 if there is none.
func (d *disk) size(name string) int64 {
	f, err := d.folder(path.Dir(name))
	if err != nil || f.root == nil {
		return -1
	}
	info, err := f.root.Lstat(path.Base(name))
	if err != nil || !info.Mode().IsRegular() {
		return -1
	}
	return info.Size()
}

// otherCase returns what is there already under a name that differs from name
// in case only, or lies in a folder of such a name; "" if nothing is. Such a
// project could not be checked out on other systems.
func (d *disk) otherCase(name string) string {
	for ; name != "."; name = path.Dir(name) {
		f, err := d.folder(path.Dir(name))
		if err != nil || f.root == nil {
			continue
		}
		names, ok := d.names[path.Dir(name)]
		if !ok {
			entries, err := fs.ReadDir(f.root.FS(), ".")
			if err != nil {
				continue
			}
			for _, e := range entries {
				names = append(names, e.Name())
			}
			d.names[path.Dir(name)] = names
		}
		base := path.Base(name)
		for _, other := range names {
			if other != base && strings.EqualFold(other, base) && !slices.Contains(names, base) {
				return path.Join(path.Dir(name), other)
			}
		}
	}
	return ""
}

// lockedAway says what keeps the file name from being written: permissions
// that were taken away from it, or from the nearest folder that exists.
func (d *disk) lockedAway(name string, now found) string {
	if now.exists && now.mode&0o200 == 0 {
		return name + " is read-only"
	}
	for dir := path.Dir(name); ; dir = path.Dir(dir) {
		f, err := d.folder(dir)
		if err != nil || f.obstacle.path != "" {
			return ""
		}
		if f.root != nil {
			info, err := f.root.Stat(".")
			switch {
			case err != nil || info.Mode()&0o200 != 0:
				return ""
			case dir == ".":
				return "the folder of the project is read-only"
			}
			return dir + " is a read-only folder"
		}
		if dir == "." {
			return ""
		}
	}
}

// describe says what info is at the path name, where something else should be.
func describe(info fs.FileInfo, name string) obstacle {
	switch mode := info.Mode(); {
	case mode&fs.ModeSymlink != 0:
		return obstacle{name, "a symbolic link"}
	case mode.IsDir():
		return obstacle{name, "a folder"}
	case mode.IsRegular():
		return obstacle{name, "a file"}
	}
	return obstacle{name, "not a regular file"}
}

// vanishes tells whether nothing is left of o when the files in gone have been
// deleted, and the folders that were left empty by that.
func (d *disk) vanishes(o obstacle, gone map[string]bool) bool {
	root := d.folders["."].root
	if o.path == "" || root == nil {
		return false
	}
	err := fs.WalkDir(root.FS(), o.path, func(name string, entry fs.DirEntry, err error) error {
		if err != nil || gone[name] {
			return err
		}
		if !entry.IsDir() {
			return fs.ErrExist
		}
		inside, err := fs.ReadDir(root.FS(), name)
		if err == nil && len(inside) == 0 {
			return fs.ErrExist // the user's, since nothing of ours is in it
		}
		return err
	})
	return err == nil
}
