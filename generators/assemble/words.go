package assemble

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Words tells what a changeset does in sentences, one a line: for each owner
// what happens to its files, then which dependencies move. It is empty if
// nothing happens.
func Words(set *Changeset) []string {
	byOwner := map[string][]Change{}
	for _, c := range set.Changes {
		if c.Action != Unchanged && c.Action != Keep {
			byOwner[c.Owner] = append(byOwner[c.Owner], c)
		}
	}
	var lines []string
	for _, owner := range slices.Sorted(maps.Keys(byOwner)) {
		lines = append(lines, owner+": "+deeds(byOwner[owner]))
	}
	return append(lines, dependencies(set)...)
}

// deeds tells what happens to the files of one owner.
func deeds(changes []Change) string {
	var parts []string
	for _, deed := range []struct {
		action Action
		words  string
	}{
		{Create, "adds"}, {Update, "updates"}, {Merge, "merges with your edits"}, {Delete, "deletes"}, {Conflict, "needs you for"},
	} {
		var files, migrations []string
		for _, c := range changes {
			switch {
			case c.Action != deed.action:
			case isMigration(c.Path) && deed.action == Create:
				migrations = append(migrations, c.Place())
			default:
				files = append(files, c.Place())
			}
		}
		if len(files) > 0 {
			parts = append(parts, deed.words+" "+listed(files))
		}
		if len(migrations) > 0 {
			parts = append(parts, deed.words+" the migration "+strings.Join(migrations, ", ")+", and rewrites none")
		}
	}
	return strings.Join(parts, "; ")
}

// few is how many files are named one by one.
const few = 4

// listed names files, or only their folders if they are many.
func listed(files []string) string {
	if len(files) <= few {
		return strings.Join(files, ", ")
	}
	var folders []string
	for _, f := range files {
		if dir := path.Dir(f); !slices.Contains(folders, dir) {
			folders = append(folders, dir)
		}
	}
	if len(folders) > few {
		folders = append(folders[:few-1], fmt.Sprintf("%d more folders", len(folders)-few+1))
	}
	return fmt.Sprintf("%d files in %s", len(files), strings.Join(folders, ", "))
}

// dependencies tells how the requirements in go.mod change.
func dependencies(set *Changeset) []string {
	var lines []string
	for _, c := range set.Changes {
		if path.Base(c.Path) != "go.mod" {
			continue
		}
		before, after := set.Texts(c)
		was, is := requirements(before), requirements(after)
		if before == nil || is == nil {
			continue
		}
		all := maps.Clone(was)
		maps.Copy(all, is)
		for _, module := range slices.Sorted(maps.Keys(all)) {
			from, to := was[module], is[module]
			switch {
			case from == to:
			case from == "":
				lines = append(lines, fmt.Sprintf("go.mod: requires %s %s", module, to))
			case to == "":
				lines = append(lines, fmt.Sprintf("go.mod: no longer requires %s", module))
			default:
				lines = append(lines, fmt.Sprintf("go.mod: %s %s from %s to %s", module, direction(from, to), from, to))
			}
		}
	}
	return lines
}

func direction(from, to string) string {
	if semver.Compare(to, from) < 0 {
		return "goes back"
	}
	return "moves"
}

// requirements returns the versions that a go.mod asks for, nil if it cannot be
// read.
func requirements(text []byte) map[string]string {
	f, err := modfile.ParseLax("go.mod", text, nil)
	if err != nil {
		return nil
	}
	out := map[string]string{}
	for _, r := range f.Require {
		out[r.Mod.Path] = r.Mod.Version
	}
	return out
}
