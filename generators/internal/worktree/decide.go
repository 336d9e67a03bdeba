package worktree

import (
	"bytes"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// candidate is a planned file, and all that decides what happens to it.
type candidate struct {
	plan.File

	sum   string // of the planned text
	same  bool   // that is what is on disk
	now   found
	was   entry
	known bool

	options Options
	fresh   bool                  // there is no state
	why     string                // what changed since the last time
	base    func() ([]byte, bool) // the text that was last generated
}

// outcome is what happens to a file, and what to remember of it.
type outcome struct {
	change Change
	entry  entry
	text   []byte // to be written; nil: nothing is
}

// result makes an outcome. The checksum is that of the text which counts as
// generated from now on.
func (f candidate) result(action Action, reason, sum string) outcome {
	return outcome{
		change: Change{Path: f.Path, Owner: f.Owner, Policy: f.Policy, Action: action, Reason: reason, Moved: f.was.Moved},
		entry:  entry{Path: f.Path, Owner: f.Owner, Policy: f.Policy, SHA256: sum, Moved: f.was.Moved},
	}
}

// write makes an outcome in which text is written.
func (f candidate) write(action Action, reason string, text []byte) outcome {
	o := f.result(action, reason, f.sum)
	o.text = present(text)
	return o
}

// block makes a conflict because of which nothing is written.
func (f candidate) block(reason, hint string) outcome {
	o := f.result(Conflict, reason, f.was.SHA256)
	o.change.Hint, o.change.Blocks = hint, true
	o.entry.Mark = f.was.Mark
	return o
}

// decide compares one planned file with what is on disk and with what was last
// generated, and returns what happens to it and what to remember.
func decide(f candidate) outcome {
	place := f.was.place()
	if !f.known {
		place = f.Path
	}
	switch {
	case f.now.obstacle.path == place && f.Policy == generators.CreateOnce && f.known:
		return f.result(Keep, "yours since it was created", f.was.SHA256)
	case f.now.obstacle.path == place && f.Policy == generators.Merge && f.known && !slices.Contains(f.options.Replace, f.Path):
		o := f.gone()
		o.change.Reason = f.now.obstacle.kind + " of yours is in its place"
		return o
	case f.now.obstacle.path != "":
		return f.block(f.now.obstacle.path+" is "+f.now.obstacle.kind+", which is in the way", "move it away")
	case f.same:
		return f.result(Unchanged, "", f.sum)
	case f.Policy == generators.CreateOnce:
		return f.once()
	case !f.now.exists:
		return f.missing()
	case slices.Contains(f.options.Replace, f.Path):
		return f.write(Update, "replaced as asked for", f.Content)
	case !f.known:
		return f.foreign()
	case f.Policy == generators.Regenerate:
		return f.regenerate()
	}
	return f.merge()
}

// once decides about a file that is the user's from the first day.
func (f candidate) once() outcome {
	replace := slices.Contains(f.options.Replace, f.Path)
	switch {
	case replace && f.now.exists:
		return f.write(Update, "replaced as asked for", f.Content)
	case replace:
		return f.write(Create, "replaced as asked for", f.Content)
	case f.known && f.now.exists && checksum(f.now.text) == f.was.SHA256:
		return f.result(Unchanged, "", f.was.SHA256) // as it was created, whatever we would create today
	case f.known && f.now.exists:
		return f.result(Keep, "yours since it was created", f.was.SHA256)
	case f.now.exists:
		return f.result(Keep, "was here before", f.sum)
	case f.known:
		return f.gone()
	}
	return f.write(Create, f.why, f.Content)
}

// missing decides about a file that is not there.
func (f candidate) missing() outcome {
	switch {
	case slices.Contains(f.options.Replace, f.Path):
		return f.write(Create, "replaced as asked for", f.Content)
	case f.known && f.Policy == generators.Merge:
		return f.gone()
	case f.known:
		return f.write(Create, "was deleted", f.Content)
	}
	return f.write(Create, f.why, f.Content)
}

// gone keeps a file deleted.
func (f candidate) gone() outcome {
	o := f.result(Keep, "deleted by you", f.was.SHA256)
	o.entry.Mark, o.entry.Moved, o.change.Moved = deleted, "", ""
	return o
}

// foreign decides about a file that exists, but that Aegis does not know.
func (f candidate) foreign() outcome {
	switch {
	case merge.Reformatted(f.Path, f.Content, f.now.text):
		return f.result(Keep, "as generated, but formatted otherwise", f.sum)
	case f.Policy == generators.Merge && slices.Contains(f.options.Keep, f.Path):
		return f.result(Keep, "edited by you", f.sum)
	case f.Policy == generators.Merge && f.options.Adopt:
		return f.result(Keep, "taken for edited by you", f.sum)
	}
	hint := f.wayOut()
	if f.fresh && f.Policy == generators.Merge {
		hint = "there is no " + stateName + ", which tells your edits from Aegis's text: restore it from version control, or take what differs for your edits with --adopt"
	}
	return f.block("exists already and was not generated", hint)
}

// edited tells whether the user changed more than the formatting.
func (f candidate) edited() bool {
	if f.was.SHA256 != "" && checksum(f.now.text) == f.was.SHA256 {
		return false
	}
	base, ok := f.base()
	return !ok || !merge.Reformatted(f.Path, base, f.now.text)
}

// regenerate decides about a file that is Aegis's alone.
func (f candidate) regenerate() outcome {
	switch {
	case merge.Reformatted(f.Path, f.Content, f.now.text):
		return f.result(Keep, "as generated, but formatted otherwise", f.sum)
	case !f.edited():
		return f.write(Update, f.why, merge.Like(f.now.text, f.Content))
	}
	return f.block("edited by hand, but generated anew each time", f.Hint+"; --replace "+f.Path+" gives the edit up")
}

// merge decides about a file that is shared with the user.
func (f candidate) merge() outcome {
	keep := slices.Contains(f.options.Keep, f.Path)
	switch {
	case f.was.SHA256 != "" && checksum(f.now.text) == f.was.SHA256:
		return f.write(Update, f.why, f.Content)
	case keep:
		return f.result(Keep, "edited by you", f.sum)
	case f.was.Mark == unresolved && merge.Unresolved(f.now.text):
		return f.block("the conflict is not resolved yet", "edit what stands between the markers and delete them; or "+f.wayOut())
	case f.was.SHA256 == f.sum:
		return f.result(Keep, "edited by you", f.sum)
	}
	base, ok := f.base()
	if !ok && f.options.Adopt {
		return f.result(Keep, "taken for edited by you", f.sum)
	}
	if !ok {
		return f.block("edited by you and changed by Aegis, but "+baseName(f.Path)+", which tells the two apart, is missing or damaged",
			"restore it from version control; or "+f.wayOut())
	}
	merged := merge.File(f.Path, base, f.now.text, f.Content, merge.Options{
		Style: f.options.Style, Ours: "yours", Base: "generated before", Theirs: "generated now",
	})
	switch {
	case !merged.Clean() && f.options.Style == Fail:
		return f.block("edited by you, and the same lines changed by Aegis", f.wayOut())
	case !merged.Clean():
		o := f.write(Conflict, "edited by you, and the same lines changed by Aegis", merged.Text)
		o.change.Hint = "edit what stands between the markers and delete them"
		o.entry.Mark = unresolved
		return o
	case bytes.Equal(merged.Text, f.now.text):
		return f.result(Keep, "edited by you", f.sum)
	case bytes.Equal(merged.Text, f.Content), !f.edited():
		return f.write(Update, f.why, merged.Text)
	}
	return f.write(Merge, "edited by you; "+f.why, merged.Text)
}

// wayOut says what a user can do about a file that is not Aegis's to overwrite.
func (f candidate) wayOut() string {
	if f.Policy == generators.Regenerate {
		return "move it away, or give it up with --replace " + f.Path
	}
	return "keep it with --keep " + f.Path + ", or give it up with --replace " + f.Path
}
