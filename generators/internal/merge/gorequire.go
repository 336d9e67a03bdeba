package merge

import (
	"maps"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
	"golang.org/x/mod/semver"
)

// joinRequires makes the requirements of ours those of the merge.
func joinRequires(base, ours, theirs *modfile.File) {
	b, o, t := requires(base), requires(ours), requires(theirs)
	all := maps.Clone(o)
	maps.Copy(all, t)
	var required []*modfile.Require
	changed := false
	for _, path := range slices.Sorted(maps.Keys(all)) {
		was, inBase := b[path]
		mine, inOurs := o[path]
		fresh, inTheirs := t[path]
		result := mine
		switch {
		case !inOurs && inBase:
			continue
		case !inTheirs && inBase && mine.version == was.version && (mine.indirect || !was.indirect):
			changed = true
			continue
		case !inTheirs:
		case !inOurs:
			result = fresh
		default:
			result.version = newest(was.version, mine.version, fresh.version, semver.Compare)
			// What either side imports itself is direct.
			result.indirect = mine.indirect && fresh.indirect
			if inBase {
				result.indirect, _ = three(was.indirect, mine.indirect, fresh.indirect)
			}
		}
		changed = changed || result != mine
		required = append(required, &modfile.Require{
			Mod:      module.Version{Path: path, Version: result.version},
			Indirect: result.indirect,
		})
	}
	if changed {
		remarks := takeRemarks(ours)
		ours.SetRequireSeparateIndirect(required)
		ours.Cleanup() // of the requirements that are gone
		putRemarks(ours, remarks)
	}
}

// requirement is one of the modules that a file requires.
type requirement struct {
	version  string
	indirect bool
}

func requires(f *modfile.File) map[string]requirement {
	set := map[string]requirement{}
	for _, r := range f.Require {
		set[r.Mod.Path] = requirement{r.Mod.Version, r.Indirect}
	}
	return set
}

// takeRemarks takes the comments of the requirements away. Modfile would leave
// a block alone in which one has a remark, and put new ones elsewhere.
func takeRemarks(f *modfile.File) map[string]modfile.Comments {
	remarks := map[string]modfile.Comments{}
	for _, r := range f.Require {
		comments := r.Syntax.Comments
		comments.Suffix = nil
		for _, c := range r.Syntax.Suffix {
			if remark := remarkOf(c.Token); remark != "" {
				comments.Suffix = append(comments.Suffix, modfile.Comment{Token: remark, Suffix: true})
			}
		}
		remarks[r.Mod.Path] = comments
		r.Syntax.Comments = modfile.Comments{}
		if r.Indirect {
			r.Syntax.Suffix = []modfile.Comment{{Token: indirect, Suffix: true}}
		}
	}
	return remarks
}

const indirect = "// indirect"

// remarkOf is what a comment says besides that a module is indirect.
func remarkOf(comment string) string {
	text := strings.TrimSpace(strings.TrimPrefix(comment, "//"))
	if rest, ok := strings.CutPrefix(text, "indirect"); ok && (rest == "" || rest[0] == ';') {
		text = strings.TrimSpace(strings.TrimPrefix(rest, ";"))
	}
	if text == "" {
		return ""
	}
	return "// " + text
}

func putRemarks(f *modfile.File, remarks map[string]modfile.Comments) {
	for _, r := range f.Require {
		remark := remarks[r.Mod.Path]
		r.Syntax.Before = remark.Before
		r.Syntax.After = remark.After
		if len(remark.Suffix) == 0 {
			continue
		}
		if r.Indirect {
			remark.Suffix[0].Token = indirect + "; " + strings.TrimPrefix(remark.Suffix[0].Token, "// ")
		}
		r.Syntax.Suffix = remark.Suffix
	}
}
