// Package worktree compares planned files with what is on disk and with what
// was last generated, and applies the difference. [Compare] only looks;
// [Changeset.Apply] writes.
package worktree

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// Action is what happens to a file.
type Action string

// The actions.
const (
	Create    Action = "create"
	Update    Action = "update"
	Unchanged Action = "unchanged"
	Keep      Action = "keep" // it is not as planned, and stays so
	Delete    Action = "delete"
	Conflict  Action = "conflict" // only the user can decide; nothing is written
)

// Change is what happens to one file, and why.
type Change struct {
	Path   string            `json:"path"`
	Owner  string            `json:"owner"`
	Policy generators.Policy `json:"policy"`
	Action Action            `json:"action"`
	Reason string            `json:"reason,omitempty"`
	Hint   string            `json:"hint,omitempty"` // the way out of a conflict
}

// Changeset is the difference between a plan and a folder.
type Changeset struct {
	// Changes has every file of the plan, and those that are no longer part of
	// it, sorted by path.
	Changes []Change

	dir     string
	content map[string]plan.File // to be written
	state   []byte               // to be written; nil: it is up to date
	result  []byte               // what the state will be, written or not
	inexact bool                 // the state has other texts than the plan
}

// ConflictError says that nothing was written because some files need a
// decision.
type ConflictError struct {
	Changes []Change // with the action Conflict, never empty
}

// Error has one line for each file.
func (e *ConflictError) Error() string {
	lines := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		lines[i] = c.Path + ": " + c.Reason
	}
	return strings.Join(lines, "\n")
}

// Pending tells whether Apply would write or delete a file of the project, or
// refuse to.
func (c *Changeset) Pending() bool {
	return slices.ContainsFunc(c.Changes, func(c Change) bool { return c.Action != Unchanged && c.Action != Keep })
}

// Conflicts returns the changes that only the user can decide.
func (c *Changeset) Conflicts() []Change {
	var conflicts []Change
	for _, change := range c.Changes {
		if change.Action == Conflict {
			conflicts = append(conflicts, change)
		}
	}
	return conflicts
}

// Fingerprint identifies what is generated into the folder once the changeset
// is applied: the files, their owners, policies and texts. It is empty if the
// folder's state does not tell, because a file was deleted before its text
// changed.
func (c *Changeset) Fingerprint() string {
	if c.inexact {
		return ""
	}
	return checksum(c.result)
}

// Decisions are the user's about files that differ from what Aegis generates,
// by path: Keep the own text from now on, or Replace it by the generated one.
type Decisions struct {
	Keep    []string
	Replace []string
}

// Compare returns what has to happen so that the folder dir holds files, which
// are a plan's. dir need not exist. version is that of this Aegis.
func Compare(dir string, files []plan.File, version string, decisions Decisions) (*Changeset, error) {
	for _, path := range slices.Concat(decisions.Keep, decisions.Replace) {
		if !slices.ContainsFunc(files, func(f plan.File) bool { return f.Path == path }) {
			return nil, fmt.Errorf("%q is not a generated file", path)
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if root != nil {
		defer func() { _ = root.Close() }() // it was only read
	}
	last, err := readState(root)
	if err != nil {
		return nil, err
	}
	disk := newDisk(root)
	defer disk.close()

	set := &Changeset{dir: dir, content: map[string]plan.File{}}
	after := state{version: version, files: make(map[string]entry, len(files))}
	gone, err := set.retire(files, last, after, disk)
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		now, err := disk.file(f.Path)
		if err != nil {
			return nil, err
		}
		if disk.vanishes(now.obstacle, gone) {
			now = found{}
		}
		was, known := last.files[f.Path]
		next := intended{File: f, sum: checksum(f.Content), same: now.exists && bytes.Equal(now.text, f.Content)}
		change, e := decide(next, now, was, known, decisions)
		set.Changes = append(set.Changes, change)
		after.files[f.Path] = e
		if e.SHA256 != next.sum && f.Policy != generators.CreateOnce {
			set.inexact = true
		}
		if change.Action == Create || change.Action == Update {
			set.content[f.Path] = f
		}
	}
	slices.SortFunc(set.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })

	// The version alone is no reason to write: it says who changed something last.
	set.result = last.text
	if !maps.Equal(last.files, after.files) {
		if set.state, err = after.encode(); err != nil {
			return nil, err
		}
		set.result = set.state
	}
	return set, nil
}

// retire adds the changes of the files that are in the last state, but not
// among those planned. It returns the paths of those to be deleted, and leaves
// the others in the state afterwards.
func (c *Changeset) retire(planned []plan.File, last, after state, disk *disk) (map[string]bool, error) {
	gone := map[string]bool{}
	old := maps.Clone(last.files)
	for _, f := range planned {
		delete(old, f.Path)
	}
	for _, path := range slices.Sorted(maps.Keys(old)) {
		was := old[path]
		now, err := disk.file(path)
		if err != nil {
			return nil, err
		}
		change := Change{Path: path, Owner: was.Owner, Policy: was.Policy, Action: Delete, Reason: "no longer generated"}
		switch {
		case !now.exists && now.obstacle.path != path:
			continue // it is gone already
		case !now.exists || checksum(now.text) != was.SHA256:
			change.Action, change.Reason = Keep, "no longer generated, but edited"
			was.Retired = true
			after.files[path] = was
		default:
			gone[path] = true
		}
		c.Changes = append(c.Changes, change)
	}
	return gone, nil
}
