package worktree

import (
	"slices"
)

// Apply makes the folder what the changeset says, all of it or nothing: whenever
// Apply is interrupted, the next session completes the work or forgets it. With
// a conflict that blocks it returns a *[ConflictError] and writes nothing; with
// others it returns one after writing them between markers. Without a change,
// no file is touched.
func (c *Changeset) Apply(s *Session) error {
	if err := c.Blocked(); err != nil {
		return err
	}
	if edits := slices.Concat(c.edits, c.notes); len(edits) > 0 {
		if err := s.transact(edits, false); err != nil {
			return err
		}
	}
	if conflicts := c.Conflicts(); len(conflicts) > 0 {
		return &ConflictError{Changes: conflicts, Written: true}
	}
	return nil
}
