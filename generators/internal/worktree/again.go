package worktree

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// Again compares dir with what was last generated into it, as if the same was
// planned once more. It returns nil if that would write anything or need a
// decision, or if there is no last time: only the plan can tell then.
func Again(dir string) (*Changeset, error) {
	root, err := os.OpenRoot(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	last, err := readState(root)
	if err != nil || last.text == nil {
		return nil, err
	}
	disk := newDisk(root)
	defer disk.close()

	set := &Changeset{dir: dir, result: last.text}
	for _, path := range slices.Sorted(maps.Keys(last.files)) {
		was := last.files[path]
		if was.Retired {
			return nil, nil // it may have been deleted since, or not be edited any more
		}
		now, err := disk.file(path)
		if err != nil {
			return nil, err
		}
		file := plan.File{Owner: was.Owner, File: generators.File{Path: path, Policy: was.Policy}}
		next := intended{File: file, sum: was.SHA256, same: now.exists && checksum(now.text) == was.SHA256}
		change, _ := decide(next, now, was, true, Decisions{})
		if change.Action != Unchanged && change.Action != Keep {
			return nil, nil
		}
		set.Changes = append(set.Changes, change)
	}
	return set, nil
}
