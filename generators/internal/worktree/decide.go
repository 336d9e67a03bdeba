package worktree

import (
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// intended is a planned file, its checksum, and whether that is what is on disk.
type intended struct {
	plan.File
	sum  string
	same bool
}

// decide compares one planned file with what is on disk and with what was last
// generated, and returns what happens to it and what to remember.
func decide(f intended, now found, was entry, known bool, decisions Decisions) (Change, entry) {
	change := Change{Path: f.Path, Owner: f.Owner, Policy: f.Policy}
	result := func(action Action, reason, hint, sha string) (Change, entry) {
		change.Action, change.Reason, change.Hint = action, reason, hint
		return change, entry{Path: f.Path, Owner: f.Owner, Policy: f.Policy, SHA256: sha}
	}
	replace := slices.Contains(decisions.Replace, f.Path)

	switch {
	case now.obstacle.path == f.Path && f.Policy == generators.CreateOnce && known:
		return result(Keep, "yours since it was created", "", was.SHA256)
	case now.obstacle.path != "":
		return result(Conflict, now.obstacle.path+" is "+now.obstacle.kind+", which is in the way", "move it away", was.SHA256)
	case f.same:
		return result(Unchanged, "", "", f.sum)
	case replace && now.exists:
		return result(Update, "replaced as asked for", "", f.sum)
	case replace:
		return result(Create, "replaced as asked for", "", f.sum)
	case f.Policy == generators.CreateOnce && known && now.exists && checksum(now.text) == was.SHA256:
		return result(Unchanged, "", "", was.SHA256) // as it was created, whatever we would create today
	case f.Policy == generators.CreateOnce && known && now.exists:
		return result(Keep, "yours since it was created", "", was.SHA256)
	case f.Policy == generators.CreateOnce && now.exists:
		return result(Keep, "was here before", "", f.sum)
	case known && !now.exists && f.Policy != generators.Regenerate:
		return result(Keep, "deleted by you", "", was.SHA256)
	case !now.exists && known:
		return result(Create, "was deleted", "", f.sum)
	case !now.exists:
		return result(Create, "", "", f.sum)
	}

	// The file exists and is not as planned.
	keep := slices.Contains(decisions.Keep, f.Path) && f.Policy == generators.Merge
	edited := !known || checksum(now.text) != was.SHA256
	switch {
	case !edited:
		return result(Update, "", "", f.sum)
	case keep:
		return result(Keep, "edited by you", "", f.sum)
	case !known:
		return result(Conflict, "exists already and was not generated", wayOut(f), "")
	case f.Policy == generators.Regenerate:
		return result(Conflict, "edited by hand, but generated anew each time", f.Hint+"; --replace "+f.Path+" gives the edit up", was.SHA256)
	case was.SHA256 == f.sum:
		return result(Keep, "edited by you", "", was.SHA256)
	}
	return result(Conflict, "edited by you, and changed by Aegis since", wayOut(f), was.SHA256)
}

// wayOut says what a user can do about a file that is not Aegis's to overwrite.
func wayOut(f intended) string {
	if f.Policy == generators.Regenerate {
		return "move it away, or give it up with --replace " + f.Path
	}
	return "keep it with --keep " + f.Path + ", or give it up with --replace " + f.Path
}
