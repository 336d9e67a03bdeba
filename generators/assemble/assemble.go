// Package assemble is the pipeline from a manifest to a project on disk: load,
// generate, plan, render, compare, write. [Generate] goes all the way, [Check]
// stops before the writing, and [Render] is the part in between that is a
// function of values.
package assemble

import (
	"github.com/aegis-stack/aegis/generators/all"
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
	// Keep and Replace are paths in the project that differ from what is
	// generated, and the user's decision about them: to keep the own text from
	// now on, or to give it up.
	Keep, Replace []string
}

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
	Unchanged = worktree.Unchanged
	Keep      = worktree.Keep
	Delete    = worktree.Delete
	Conflict  = worktree.Conflict
)

// Generate makes the project that the manifest describes. What is wrong with
// the manifest comes back as schema.Load returns it. If files need a decision
// of the user, the error is a *[ConflictError] and nothing was written; the
// changeset is there nevertheless.
func Generate(o Options) (*Changeset, error) {
	memory, set := recall(o)
	if set != nil {
		return set, nil
	}
	set, err := compare(o)
	if err != nil {
		return nil, err
	}
	if err := set.Apply(); err != nil {
		return set, err
	}
	memory.remember(o, set)
	return set, nil
}

// Check returns what Generate would do, and does nothing.
func Check(o Options) (*Changeset, error) {
	if _, set := recall(o); set != nil {
		return set, nil
	}
	return compare(o)
}

// compare loads, renders and compares.
func compare(o Options) (*Changeset, error) {
	project := o.Project
	if project == nil {
		s, err := all.Schema()
		if err != nil {
			return nil, err
		}
		if project, err = s.Load(o.Dir); err != nil {
			return nil, err
		}
	}
	files, err := Render(project, all.Generators())
	if err != nil {
		return nil, err
	}
	return worktree.Compare(o.outputDir(), files, o.Version, worktree.Decisions{Keep: o.Keep, Replace: o.Replace})
}

func (o Options) outputDir() string {
	if o.OutputDir == "" {
		return o.Dir
	}
	return o.OutputDir
}
