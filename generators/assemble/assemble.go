// Package assemble is the pipeline from a manifest to a project on disk: load,
// generate, plan, render, compare, write. [Generate] goes all the way, [Check]
// stops before the writing, and [Render] is the part in between that is a
// function of values.
package assemble

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/worktree"
	"github.com/aegis-stack/aegis/schema"
)

// Options is what Generate and Check do.
type Options struct {
	// Project is the manifest, where the caller has resolved it already. Nil
	// means to load the one in Dir.
	Project *schema.Project
	// Dir holds the manifest.
	Dir string
	// OutputDir is where the project goes; empty means Dir.
	OutputDir string
	// Version is that of this Aegis, for the project's notes.
	Version string
	// Generators are those to use; nil means all.
	Generators []generators.Generator

	// Keep and Replace are paths in the project that differ from what is
	// generated, and the user's decision about them: to keep the own text from
	// now on, or to give it up.
	Keep, Replace []string
	// Adopt takes what differs for the user's edits where the project's state
	// is missing or damaged.
	Adopt bool
	// Conflict is how conflicts are written, one of Conflicts; empty is the first.
	Conflict string
	// Manifest holds new texts of files of the manifest, by their names in Dir,
	// that are written together with the project. [Add] and [Remove] make it.
	Manifest map[string][]byte

	// Waiting is called when another run keeps Generate waiting; it may be nil.
	Waiting func()
}

// Conflicts are the ways to treat conflicts: with markers around both sides,
// with what was generated before between them, or not at all.
var Conflicts = []string{string(merge.Merge), string(merge.Diff3), string(worktree.Fail)}

// The types of what Generate and Check return.
type (
	// Changeset is what happens to the files of a project.
	Changeset = worktree.Changeset
	// Change is what happens to one of them, and why.
	Change = worktree.Change
	// Action is what happens to a file.
	Action = worktree.Action
	// ConflictError says that some files need a decision of the user.
	ConflictError = worktree.ConflictError
)

// The actions.
const (
	Create    = worktree.Create
	Update    = worktree.Update
	Merge     = worktree.Merge
	Unchanged = worktree.Unchanged
	Keep      = worktree.Keep
	Delete    = worktree.Delete
	Conflict  = worktree.Conflict
)

// Errors of Generate, Check and Undo that callers tell apart.
var (
	ErrInterrupted   = worktree.ErrInterrupted
	ErrNothingToUndo = worktree.ErrNothingToUndo
)

// Generate makes the project that the manifest describes. What is wrong with
// the manifest comes back as schema.Load returns it. If files need a decision
// of the user, the error is a *[ConflictError], which tells whether anything
// was written; the changeset is there nevertheless.
func Generate(o Options) (*Changeset, error) {
	// The manifest may be part of what an earlier run was about to write.
	if err := Complete(o.outputDir(), o.Waiting); err != nil {
		return nil, err
	}
	memory, set := recall(o)
	if set != nil {
		return set, nil
	}
	r, err := o.render()
	if err != nil {
		return nil, err
	}
	if set, err = o.compare(r); err != nil {
		return nil, err
	}
	if err := set.Blocked(); err != nil {
		return set, err
	}
	if !set.Idle() {
		if set, err = o.apply(r); err != nil {
			return set, err
		}
	}
	memory.remember(o, set)
	return set, nil
}

// Complete does what a run that was interrupted left to do in dir, if there was
// one.
func Complete(dir string, waiting func()) error {
	stopped, err := worktree.Interrupted(dir)
	if err != nil || !stopped {
		return err
	}
	session, err := worktree.Open(dir, Options{Waiting: waiting}.waiting())
	if err != nil {
		return err
	}
	return session.Close()
}

// apply compares again, with others kept out, and writes.
func (o Options) apply(r *rendered) (set *Changeset, err error) {
	session, err := worktree.Open(o.outputDir(), o.waiting())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	if set, err = o.compare(r); err != nil {
		return nil, err
	}
	return set, set.Apply(session)
}

// Check returns what Generate would do, and does nothing.
func Check(o Options) (*Changeset, error) {
	if _, set := recall(o); set != nil {
		return set, nil
	}
	r, err := o.render()
	if err != nil {
		return nil, err
	}
	return o.compare(r)
}

// Undo restores the project in dir to before the last run that wrote something,
// and returns what it did. Files that were edited since are a *[ConflictError].
// With dryRun it only tells.
func Undo(dir string, dryRun bool, waiting func()) (changes []Change, err error) {
	if !worktree.CanUndo(dir) {
		return nil, ErrNothingToUndo
	}
	session, err := worktree.Open(dir, Options{Waiting: waiting}.waiting())
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	return session.Undo(dryRun)
}

// rendered is a manifest made into files.
type rendered struct {
	files  []File
	origin worktree.Origin
}

// render loads the manifest and renders it.
func (o Options) render() (*rendered, error) {
	gens := o.Generators
	if gens == nil {
		gens = all.Generators()
	}
	project := o.Project
	if project == nil {
		s, err := generators.Schema(gens)
		if err != nil {
			return nil, err
		}
		if project, err = s.Load(o.Dir); err != nil {
			return nil, err
		}
	}
	files, err := Render(project, gens)
	if err != nil {
		return nil, err
	}
	resolved, err := json.Marshal(project)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256(resolved)
	return &rendered{files, worktree.Origin{Version: o.Version, Manifest: hex.EncodeToString(sum[:])}}, nil
}

func (o Options) compare(r *rendered) (*Changeset, error) {
	set, err := worktree.Compare(o.outputDir(), r.files, worktree.Options{
		Origin: r.origin, Keep: o.Keep, Replace: o.Replace, Adopt: o.Adopt, Style: merge.Style(o.Conflict),
	})
	if err != nil {
		return nil, err
	}
	for name, text := range o.Manifest {
		before, err := os.ReadFile(filepath.Join(o.Dir, name))
		if err != nil {
			return nil, err
		}
		set.Edit(name, "as asked for", before, text)
	}
	return set, nil
}

func (o Options) outputDir() string {
	if o.OutputDir == "" {
		return o.Dir
	}
	return o.OutputDir
}

func (o Options) waiting() func() {
	if o.Waiting == nil {
		return func() {}
	}
	return o.Waiting
}
