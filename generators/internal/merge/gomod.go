package merge

import (
	"cmp"
	"errors"
	"fmt"
	"go/version"
	"maps"
	"slices"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/module"
)

// GoMod merges go.mod files by what they say. Everything that only the user
// changed stays, with its comments; everything that only Aegis changed is
// taken. Where both changed a version, the higher one is. A requirement that
// Aegis removes goes unless the user changed its version or made it a direct
// one, and one that the user removed stays removed. What go.mod says of the
// module as a library, retract and ignore, is the user's alone. A file that go.mod's grammar does not allow, or with a
// module path that both changed, is merged as text.
func GoMod(base, ours, theirs []byte, opts Options) Result {
	return merged(base, ours, theirs, func(base, ours, theirs []byte) Result {
		b, errBase := modfile.Parse("go.mod", base, nil)
		o, errOurs := modfile.Parse("go.mod", ours, nil)
		t, errTheirs := modfile.Parse("go.mod", theirs, nil)
		if cmp.Or(errBase, errOurs, errTheirs) == nil {
			if text, err := joinMod(b, o, t); err == nil {
				return Result{Text: text}
			}
		}
		return byLines(base, ours, theirs, opts)
	})
}

// joinMod changes ours as theirs changed base.
func joinMod(base, ours, theirs *modfile.File) ([]byte, error) {
	path, ok := three(modulePath(base), modulePath(ours), modulePath(theirs))
	if !ok {
		return nil, errors.New("both sides changed the module path")
	}
	var failed error
	try := func(err error) { failed = cmp.Or(failed, err) }
	if path != modulePath(ours) {
		try(ours.AddModuleStmt(path))
	}
	if v := newest(goVersion(base), goVersion(ours), goVersion(theirs), compareGo); v != goVersion(ours) && v != "" {
		try(ours.AddGoStmt(v))
	}
	switch v := newest(toolchain(base), toolchain(ours), toolchain(theirs), version.Compare); {
	case v == toolchain(ours):
	case v == "":
		ours.DropToolchainStmt()
	default:
		try(ours.AddToolchainStmt(v))
	}
	joinRequires(base, ours, theirs)
	follow(godebugs(base), godebugs(ours), godebugs(theirs),
		func(key, value string) { try(ours.AddGodebug(key, value)) },
		func(key string) { try(ours.DropGodebug(key)) })
	follow(excludes(base), excludes(ours), excludes(theirs),
		func(m module.Version, _ bool) { try(ours.AddExclude(m.Path, m.Version)) },
		func(m module.Version) { try(ours.DropExclude(m.Path, m.Version)) })
	follow(replaces(base), replaces(ours), replaces(theirs),
		func(from, to module.Version) { try(ours.AddReplace(from.Path, from.Version, to.Path, to.Version)) },
		func(from module.Version) { try(ours.DropReplace(from.Path, from.Version)) })
	follow(tools(base), tools(ours), tools(theirs),
		func(path string, _ bool) { try(ours.AddTool(path)) },
		func(path string) { try(ours.DropTool(path)) })
	if failed != nil {
		return nil, failed
	}
	ours.Cleanup()
	return ours.Format()
}

// three decides about a value; it is false if both sides changed it.
func three[T comparable](base, ours, theirs T) (T, bool) {
	switch {
	case theirs == base, theirs == ours:
		return ours, true
	case ours == base:
		return theirs, true
	}
	return ours, false
}

// newest decides about a version: where both sides changed it, the higher.
func newest(base, ours, theirs string, compare func(a, b string) int) string {
	v, ok := three(base, ours, theirs)
	if !ok && compare(theirs, ours) > 0 {
		return theirs
	}
	return v
}

// follow makes the changes of theirs to a set of statements, where the user
// made none of their own.
func follow[K, V comparable](base, ours, theirs map[K]V, set func(K, V), drop func(K)) {
	all := maps.Clone(base)
	maps.Copy(all, theirs)
	for _, key := range slices.SortedFunc(maps.Keys(all), func(a, b K) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }) {
		b, inBase := base[key]
		o, inOurs := ours[key]
		t, inTheirs := theirs[key]
		untouched := inBase == inOurs && b == o
		switch {
		case untouched && inTheirs && t != o, untouched && inTheirs && !inOurs:
			set(key, t)
		case untouched && inOurs && !inTheirs:
			drop(key)
		}
	}
}

func modulePath(f *modfile.File) string {
	if f.Module == nil {
		return ""
	}
	return f.Module.Mod.Path
}

func goVersion(f *modfile.File) string {
	if f.Go == nil {
		return ""
	}
	return f.Go.Version
}

func compareGo(a, b string) int { return version.Compare("go"+a, "go"+b) }

func toolchain(f *modfile.File) string {
	if f.Toolchain == nil {
		return ""
	}
	return f.Toolchain.Name
}

func godebugs(f *modfile.File) map[string]string {
	set := map[string]string{}
	for _, g := range f.Godebug {
		set[g.Key] = g.Value
	}
	return set
}

func excludes(f *modfile.File) map[module.Version]bool {
	set := map[module.Version]bool{}
	for _, e := range f.Exclude {
		set[e.Mod] = true
	}
	return set
}

func replaces(f *modfile.File) map[module.Version]module.Version {
	set := map[module.Version]module.Version{}
	for _, r := range f.Replace {
		set[r.Old] = r.New
	}
	return set
}

func tools(f *modfile.File) map[string]bool {
	set := map[string]bool{}
	for _, t := range f.Tool {
		set[t.Path] = true
	}
	return set
}
