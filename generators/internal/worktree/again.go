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
	if stopped, err := interrupted(root); err != nil || stopped {
		return nil, err
	}
	last, err := readState(root)
	if err != nil || last.text == nil {
		return nil, err
	}
	disk := newDisk(root)
	defer disk.close()

	set := &Changeset{result: last.text, before: last.origin}
	for _, path := range slices.Sorted(maps.Keys(last.files)) {
		was := last.files[path]
		if was.Mark == retired || was.Mark == unresolved || was.SHA256 == "" {
			return nil, nil // it may have been deleted, reverted or resolved since
		}
		now, err := disk.file(was.place())
		if err != nil {
			return nil, err
		}
		if now.exists == (was.Mark == deleted) {
			return nil, nil // it came back, or may have been moved
		}
		if was.Moved != "" {
			if old, err := disk.file(path); err != nil || old.exists {
				return nil, err // it was moved back
			}
		}
		o := decide(candidate{
			File: plan.File{Owner: was.Owner, File: generators.File{Path: path, Policy: was.Policy}},
			now:  now, was: was, known: true, sum: was.SHA256,
			same: now.exists && checksum(now.text) == was.SHA256,
			base: func() ([]byte, bool) { return nil, false },
		})
		if o.change.Action != Unchanged && o.change.Action != Keep {
			return nil, nil
		}
		set.Changes = append(set.Changes, o.change)
	}
	return set, nil
}
