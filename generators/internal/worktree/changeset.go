// Package worktree compares planned files with what is on disk and with what
// was last generated, and applies the difference. [Compare] only looks;
// [Changeset.Apply] writes, in a [Session] that keeps others out.
package worktree

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// Action is what happens to a file.
type Action string

// The actions.
const (
	Create    Action = "create"
	Update    Action = "update"
	Merge     Action = "merge" // with what the user changed
	Unchanged Action = "unchanged"
	Keep      Action = "keep" // it is not as planned, and stays so
	Delete    Action = "delete"
	Conflict  Action = "conflict" // only the user can decide
)

// Change is what happens to one file, and why.
type Change struct {
	Path   string            `json:"path"`
	Owner  string            `json:"owner"`
	Policy generators.Policy `json:"policy"`
	Action Action            `json:"action"`
	Reason string            `json:"reason,omitempty"`
	Hint   string            `json:"hint,omitempty"`  // the way out of a conflict
	Moved  string            `json:"moved,omitempty"` // where the user moved the file
	// Blocks means that nothing at all is written because of this conflict. One
	// that does not is written into the file, between markers.
	Blocks bool `json:"blocks,omitempty"`
	// Retired means that the file is no longer generated, but stays.
	Retired bool `json:"retired,omitempty"`
}

// Place is where the file lies.
func (c Change) Place() string {
	if c.Moved != "" {
		return c.Moved
	}
	return c.Path
}

// Origin is what a project was generated from.
type Origin struct {
	Version  string // of Aegis
	Manifest string // a checksum of what it was resolved to
}

// Options is how files are compared.
type Options struct {
	// Origin is what the files were rendered from.
	Origin Origin
	// Keep and Replace are the user's decisions about files that differ from
	// what Aegis generates, by path: to keep the own text from now on, or to give
	// it up.
	Keep, Replace []string
	// Adopt takes files that exist, but are not known, for the user's edits, and
	// does without a state that cannot be read.
	Adopt bool
	// Style is how conflicts are written; empty is [merge.Merge]. [Fail] writes
	// none.
	Style merge.Style
}

// Fail is the style of conflicts that keeps everything from being written.
const Fail merge.Style = "fail"

// Changeset is the difference between a plan and a folder.
type Changeset struct {
	// Changes has every file of the plan, and those that are no longer part of
	// it, sorted by path.
	Changes []Change

	edits   []edit // of the project's files
	notes   []edit // of what lies in .aegis, the state last
	before  Origin
	result  []byte // what the state will be, written or not
	inexact bool   // the state has other texts than the plan
}

// edit is one file that is written or deleted.
type edit struct {
	path     string
	old, new []byte // nil: there is no file
	mode     fs.FileMode
	entry    string // path of the file in the state that this is about
	to       string // that of the file to which the text of a deleted one is moved
}

// ConflictError lists files that only the user can decide about.
type ConflictError struct {
	Changes []Change // with the action Conflict, never empty
	// Written means that the rest was written, and the conflicts with markers.
	Written bool
}

// Error has one line for each file.
func (e *ConflictError) Error() string {
	lines := make([]string, len(e.Changes))
	for i, c := range e.Changes {
		lines[i] = c.Place() + ": " + c.Reason
	}
	return strings.Join(lines, "\n")
}

// Pending tells whether Apply would write or delete a file of the project, or
// refuse to.
func (c *Changeset) Pending() bool {
	return slices.ContainsFunc(c.Changes, func(c Change) bool { return c.Action != Unchanged && c.Action != Keep })
}

// Idle tells whether Apply would write nothing at all.
func (c *Changeset) Idle() bool { return len(c.edits)+len(c.notes) == 0 && len(c.Conflicts()) == 0 }

// Conflicts returns the changes that only the user can decide.
func (c *Changeset) Conflicts() []Change {
	return slices.DeleteFunc(slices.Clone(c.Changes), func(c Change) bool { return c.Action != Conflict })
}

// Blocked returns an error if conflicts keep the changeset from being applied.
func (c *Changeset) Blocked() error {
	conflicts := c.Conflicts()
	if slices.ContainsFunc(conflicts, func(c Change) bool { return c.Blocks }) {
		return &ConflictError{Changes: conflicts}
	}
	return nil
}

// Before is what the project was generated from; its version is empty for one
// that never was.
func (c *Changeset) Before() Origin { return c.before }

// Texts returns the text of a file before and after the changeset is applied.
// Nil is a file that does not exist; both are nil if nothing happens to it.
func (c *Changeset) Texts(change Change) (before, after []byte) {
	for _, e := range c.edits {
		if e.path == change.Place() {
			return e.old, e.new
		}
	}
	return nil, nil
}

// Diff returns what happens to a file as a unified diff.
func (c *Changeset) Diff(change Change) []byte {
	before, after := c.Texts(change)
	from, to := "a/"+change.Place(), "b/"+change.Place()
	if before == nil {
		from = "/dev/null"
	}
	if after == nil {
		to = "/dev/null"
	}
	return merge.Diff(before, after, from, to)
}

// Edit adds the change of a file that is the user's own, such as the manifest,
// so that it happens, and is undone, together with the rest.
func (c *Changeset) Edit(path, reason string, before, after []byte) {
	c.edits = append(c.edits, edit{path: path, old: present(before), new: present(after), mode: 0o644})
	c.Changes = append(c.Changes, Change{Path: path, Owner: "you", Policy: generators.CreateOnce, Action: Update, Reason: reason})
	slices.SortFunc(c.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
}

// present tells an empty text from none.
func present(text []byte) []byte {
	if text == nil {
		return []byte{}
	}
	return text
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

// ErrInterrupted says that a run was interrupted when it had begun to write.
var ErrInterrupted = errors.New("an earlier run was interrupted\nhint: \"aegis generate\" completes it")

// Compare returns what has to happen so that the folder dir holds files, which
// are a plan's. dir need not exist. A state that cannot be used is a
// *[StateError].
func Compare(dir string, files []plan.File, options Options) (*Changeset, error) {
	var errs []error
	for _, path := range slices.Concat(options.Keep, options.Replace) {
		if !slices.ContainsFunc(files, func(f plan.File) bool { return f.Path == path }) {
			errs = append(errs, fmt.Errorf("%q is not a generated file\nhint: name it as seen from the folder of the project, as \"aegis generate --dry-run\" does", path))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if root != nil {
		defer func() { _ = root.Close() }() // it was only read
	}
	if committed, err := interrupted(root); err != nil || committed {
		return nil, errors.Join(err, ErrInterrupted)
	}
	last, err := readState(root)
	var damaged *StateError
	if errors.As(err, &damaged) && options.Adopt {
		last, err = state{files: map[string]entry{}}, nil
	}
	if err != nil {
		return nil, err
	}
	c := &comparison{
		Options: options, disk: newDisk(root), last: last, recorded: maps.Clone(last.files),
		set:   &Changeset{before: last.origin},
		after: state{origin: options.Origin, files: make(map[string]entry, len(files))},
	}
	defer c.disk.close()
	if err := c.run(files); err != nil {
		return nil, err
	}
	return c.set, nil
}

// comparison is one run of Compare.
type comparison struct {
	Options

	disk     *disk
	last     state
	recorded map[string]entry // the files of last as the state has them
	after    state
	renamed  map[string]entry // by where files are generated now, what they were before
	outdated map[string]bool  // base texts that are not needed any more
	set      *Changeset
}

func (c *comparison) run(files []plan.File) error {
	if err := c.follow(files); err != nil {
		return err
	}
	if err := c.rename(files); err != nil {
		return err
	}
	gone, err := c.retire(files)
	if err != nil {
		return err
	}
	c.forget(files)
	for _, f := range files {
		was, known := c.last.files[f.Path]
		if from, ok := c.renamed[f.Path]; ok {
			was, known = from, true
		}
		place := f.Path
		if known {
			place = was.place()
		}
		now, err := c.disk.file(place)
		if err != nil {
			return err
		}
		if c.disk.vanishes(now.obstacle, gone) {
			now = found{}
		}
		o := decide(c.candidate(f, now, was, known))
		if known && was.Path != f.Path && was.Moved == "" && o.follow(was, now) {
			c.secure(&o, now, place)
			c.set.Changes = append(c.set.Changes, Change{Path: place, Owner: was.Owner, Policy: was.Policy, Action: Delete, Reason: "is " + f.Path + " now"})
			c.set.edits = append(c.set.edits, edit{path: place, old: present(now.text), entry: was.Path, to: f.Path})
			place, now = f.Path, found{mode: now.mode}
		}
		c.secure(&o, now, place)
		c.set.Changes = append(c.set.Changes, o.change)
		c.after.files[f.Path] = o.entry
		if o.text != nil {
			mode := cmp.Or(now.mode, f.Mode)
			old := []byte(nil)
			if now.exists {
				old = present(now.text)
			}
			c.set.edits = append(c.set.edits, edit{path: place, old: old, new: present(o.text), mode: mode, entry: f.Path})
		}
		if o.entry.SHA256 == checksum(f.Content) {
			if err := c.keepBase(f); err != nil {
				return err
			}
		} else if f.Policy != generators.CreateOnce {
			c.set.inexact = true
		}
	}
	slices.SortFunc(c.set.Changes, func(a, b Change) int { return strings.Compare(a.Path, b.Path) })
	return c.finish()
}

func (c *comparison) candidate(f plan.File, now found, was entry, known bool) candidate {
	return candidate{
		File: f, now: now, was: was, known: known, sum: checksum(f.Content),
		same:    now.exists && string(now.text) == string(f.Content),
		options: c.Options, fresh: c.last.text == nil, why: c.why(),
		base: func() ([]byte, bool) { return c.generated(was) },
	}
}

// why says what has changed since the project was last generated.
func (c *comparison) why() string {
	was := c.last.origin
	manifest := was.Manifest != c.Origin.Manifest
	switch {
	case c.last.text == nil:
		return ""
	case was.Version != c.Origin.Version && manifest:
		return fmt.Sprintf("the manifest changed, and Aegis from %s to %s", was.Version, c.Origin.Version)
	case was.Version != c.Origin.Version:
		return fmt.Sprintf("Aegis changed from %s to %s", was.Version, c.Origin.Version)
	case manifest:
		return "the manifest changed"
	}
	return "Aegis generates it otherwise now"
}

// secure turns what cannot be written into a conflict that says so.
func (c *comparison) secure(o *outcome, now found, place string) {
	if o.text == nil && o.change.Action != Delete {
		return
	}
	reason, hint := "", "make it writable"
	if reason = c.disk.lockedAway(place, now); reason == "" && !now.exists {
		if other := c.disk.otherCase(place); other != "" {
			reason, hint = other+" is in the way: the two differ in case only", "rename one of them"
		}
	}
	if reason != "" {
		o.change.Action, o.change.Reason, o.change.Hint, o.change.Blocks, o.text = Conflict, reason, hint, true, nil
	}
}

// keepBase sees to it that the text of f is there for the next merge.
func (c *comparison) keepBase(f plan.File) error {
	if !hasBase(f.Policy) {
		return nil
	}
	was, known := c.last.files[f.Path]
	name := baseName(f.Path)
	if known && was.SHA256 == checksum(f.Content) && c.disk.size(name) == int64(len(f.Content)) {
		return nil
	}
	return c.note(name, f.Content, f.Path)
}

// note adds an edit of a file in .aegis; text nil deletes it.
func (c *comparison) note(name string, text []byte, about string) error {
	now, err := c.disk.file(name)
	if err != nil {
		return err
	}
	if now.obstacle.path != "" && !c.disk.vanishes(now.obstacle, c.outdated) {
		return &StateError{now.obstacle.path + " is " + now.obstacle.kind + ", which is in the way"}
	}
	old := []byte(nil)
	if now.exists {
		old = present(now.text)
	}
	if now.exists == (text != nil) && string(now.text) == string(text) {
		return nil
	}
	c.set.notes = append(c.set.notes, edit{path: name, old: old, new: text, mode: 0o644, entry: about})
	return nil
}

// forget finds the base texts of files that are neither planned nor retired.
func (c *comparison) forget(planned []plan.File) {
	c.outdated = map[string]bool{}
	for name, e := range c.last.files {
		if _, isRetired := c.after.files[name]; hasBase(e.Policy) && !isRetired {
			c.outdated[baseName(name)] = true
		}
	}
	for _, f := range planned {
		if hasBase(f.Policy) {
			delete(c.outdated, baseName(f.Path))
		}
	}
}

// finish adds what has to be noted in .aegis.
func (c *comparison) finish() error {
	for name := range c.outdated {
		if err := c.note(name, nil, strings.TrimSuffix(strings.TrimPrefix(name, baseDir+"/"), baseSuffix)); err != nil {
			return err
		}
	}
	slices.SortFunc(c.set.notes, func(a, b edit) int { return strings.Compare(a.path, b.path) })
	// The origin alone is no reason to write: it says who changed something last.
	c.set.result = c.last.text
	if c.last.text != nil && maps.Equal(c.recorded, c.after.files) && len(c.set.notes)+len(c.set.edits) == 0 {
		return nil
	}
	for name, text := range map[string]string{attributesName: attributes, ignoreName: ignore} {
		if c.disk.size(name) < 0 {
			if err := c.note(name, []byte(text), ""); err != nil {
				return err
			}
		}
	}
	c.set.result = c.after.encode()
	return c.note(stateName, c.set.result, "")
}

// retire adds the changes of the files that are in the last state, but not
// among those planned. It returns the paths of those to be deleted, and leaves
// the others in the state afterwards.
func (c *comparison) retire(planned []plan.File) (map[string]bool, error) {
	gone := map[string]bool{}
	old := maps.Clone(c.last.files)
	for _, f := range planned {
		delete(old, f.Path)
		delete(old, c.renamed[f.Path].Path)
	}
	for _, path := range slices.Sorted(maps.Keys(old)) {
		was := old[path]
		now, err := c.disk.file(was.place())
		if err != nil {
			return nil, err
		}
		o := outcome{change: Change{Path: path, Owner: was.Owner, Policy: was.Policy, Moved: was.Moved, Action: Delete, Reason: "no longer generated"}}
		switch {
		case !now.exists && now.obstacle.path != was.place():
			continue // it is gone already
		case !now.exists || !c.untouched(was, now.text):
			o.change.Action, o.change.Reason = Keep, "no longer generated, but edited"
			o.change.Retired = true
			was.Mark = retired
			c.after.files[path] = was
		default:
			if c.secure(&o, now, was.place()); o.change.Action == Delete {
				gone[was.place()] = true
				c.set.edits = append(c.set.edits, edit{path: was.place(), old: present(now.text), mode: now.mode, entry: path})
			}
		}
		c.set.Changes = append(c.set.Changes, o.change)
	}
	return gone, nil
}

// untouched tells whether text is what Aegis generated, but for the formatting.
func (c *comparison) untouched(was entry, text []byte) bool {
	if was.SHA256 != "" && checksum(text) == was.SHA256 {
		return true
	}
	base, ok := c.generated(was)
	return ok && merge.Reformatted(was.Path, base, text)
}
