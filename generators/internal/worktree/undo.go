package worktree

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// ErrNothingToUndo says that no run on this machine is left to undo.
var ErrNothingToUndo = errors.New("there is nothing to undo")

// CanUndo tells whether there is a run to undo in dir.
func CanUndo(dir string) bool {
	_, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(undoDir)))
	stopped, _ := Interrupted(dir) // then opening a session may bring one
	return err == nil || stopped
}

// keepUndo puts what the run replaced where Undo finds it; the work of undo
// itself leaves nothing.
func (s *Session) keepUndo(undo bool) error {
	_, err := s.root.Lstat(nextUndoDir)
	fresh := err == nil
	if !fresh && !undo {
		return nil // it was done before an interruption
	}
	if _, err := s.root.Lstat(undoDir); err == nil {
		if err := s.removeAll(undoDir); err != nil {
			return err
		}
	}
	if undo {
		return nil
	}
	return s.rename(nextUndoDir, undoDir)
}

// Undo restores the project to before the last run that wrote something. It
// returns what it did; nothing was done if files that the run wrote were edited
// since, which is a *[ConflictError].
func (s *Session) Undo(dryRun bool) ([]Change, error) {
	text, err := s.root.ReadFile(path.Join(undoDir, recordName))
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, errNotDir) {
		return nil, ErrNothingToUndo
	}
	if err != nil {
		return nil, err
	}
	var record journal
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, fmt.Errorf("read %s/%s: %w", undoDir, recordName, err)
	}
	owners := s.owners()
	var edits []edit
	var changes, conflicts []Change
	for i, op := range record.Operations {
		now, err := s.current(op.Path)
		if err != nil {
			return nil, err
		}
		change := owners[op.Path]
		change.Path = op.Path
		if now != op.Old && now != op.New {
			change.Action, change.Reason = Conflict, "changed since the run that is to be undone"
			change.Hint, change.Blocks = "save your changes and bring the file back to what it was; or restore the project from version control", true
			conflicts = append(conflicts, change)
			continue
		}
		if now == op.Old {
			continue
		}
		e := edit{path: op.Path, mode: op.Mode, entry: op.Entry}
		if now != "" {
			if e.old, err = s.root.ReadFile(op.Path); err != nil {
				return nil, err
			}
			e.old = present(e.old)
		}
		if op.Old != "" {
			if e.new, err = s.root.ReadFile(path.Join(undoDir, strconv.Itoa(i))); err != nil {
				return nil, err
			}
			if e.new = present(e.new); checksum(e.new) != op.Old {
				return nil, fmt.Errorf("%s/%d is damaged\nhint: restore the project from version control", undoDir, i)
			}
		}
		edits = append(edits, e)
		switch {
		case strings.HasPrefix(op.Path, baseDir+"/") || op.Path == stateName || op.Path == attributesName || op.Path == ignoreName:
			continue // Aegis's own notes
		case op.Old == "":
			change.Action = Delete
		case op.New == "":
			change.Action = Create
		default:
			change.Action = Update
		}
		changes = append(changes, change)
	}
	if len(conflicts) > 0 {
		return nil, &ConflictError{Changes: conflicts}
	}
	slices.SortFunc(changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	if dryRun {
		return changes, nil
	}
	return changes, s.transact(edits, true)
}

// owners returns what the state says of files, by where they lie.
func (s *Session) owners() map[string]Change {
	out := map[string]Change{}
	last, err := readState(s.root)
	if err != nil {
		return out // they are told without an owner
	}
	for _, e := range last.files {
		out[e.place()] = Change{Owner: e.Owner, Policy: e.Policy}
	}
	return out
}
