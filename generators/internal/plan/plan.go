// Package plan decides which files a project consists of: every file with
// exactly one owner, and all of them able to lie side by side on any of the
// systems that people use. [New] is all there is.
package plan

import (
	"cmp"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/hashicorp/go-multierror"

	"github.com/aegis-stack/aegis/generators"
)

// File is an output file and who brings it.
type File struct {
	Owner string
	generators.File
}

// New returns files sorted by path. If they cannot be a project together it
// returns a *multierror.Error with every reason, in the order of the paths.
func New(files []File) ([]File, error) {
	sorted := slices.Clone(files)
	slices.SortFunc(sorted, func(a, b File) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Owner, b.Owner))
	})
	var errs *multierror.Error
	var good []File
	for _, f := range sorted {
		if f.Owner == "" {
			panic("plan: " + f.Path + " has no owner")
		}
		if f.Policy == generators.Regenerate && f.Hint == "" {
			panic("plan: " + f.Path + " does not say where an edit belongs")
		}
		if err := CheckPath(f.Path); err != nil {
			errs = multierror.Append(errs, fmt.Errorf("%s: %w", f.Owner, err))
			continue
		}
		good = append(good, f)
	}
	for _, err := range clashes(good) {
		errs = multierror.Append(errs, err)
	}
	if err := errs.ErrorOrNil(); err != nil {
		return nil, err
	}
	return good, nil
}

// StateDir is the folder in which Aegis remembers what it generated.
const StateDir = ".aegis"

// CheckPath says what keeps a file from having this path in a project.
func CheckPath(name string) error {
	switch {
	case name == "" || path.Clean(name) != name || strings.ContainsAny(name, "\\\x00"):
		return fmt.Errorf("%q is not a clean path with slashes", name)
	case path.IsAbs(name) || !filepath.IsLocal(name):
		return fmt.Errorf("%q leaves the project", name)
	}
	first, _, _ := strings.Cut(name, "/")
	if strings.EqualFold(first, StateDir) {
		return fmt.Errorf("%q lies in %s, which is for Aegis's own notes", name, StateDir)
	}
	if strings.EqualFold(name, "aegis.cue") {
		return fmt.Errorf("%q is the manifest, which is never generated", name)
	}
	for segment := range strings.SplitSeq(name, "/") {
		if reserved(segment) {
			return fmt.Errorf("%q cannot exist on Windows because of %q", name, segment)
		}
	}
	return nil
}

// reserved tells whether Windows has no file of that name. It repeats what
// filepath.IsLocal knows on Windows only, because a project generated here may
// be checked out there.
func reserved(segment string) bool {
	if strings.ContainsAny(segment, `<>:"|?*`) || strings.HasSuffix(segment, ".") || strings.HasSuffix(segment, " ") {
		return true
	}
	for _, r := range segment {
		if r < ' ' {
			return true
		}
	}
	base, _, _ := strings.Cut(strings.ToUpper(segment), ".")
	base = strings.TrimRight(base, " ")
	switch base {
	case "CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$":
		return true
	}
	digit, ok := strings.CutPrefix(base, "COM")
	if !ok {
		digit, ok = strings.CutPrefix(base, "LPT")
	}
	return ok && (len(digit) == 1 && digit >= "1" && digit <= "9" || digit == "¹" || digit == "²" || digit == "³")
}

// clashes says which of files, sorted by path, cannot exist together: two of
// one path, two that differ only in case, and a file where another needs a
// folder.
func clashes(files []File) []error {
	var errs []error
	first := map[string]File{}      // by folded path
	folders := map[string]File{}    // by folded path of the folder, one file in it
	spelling := map[string]string{} // of folders
	for _, f := range files {
		folded := fold(f.Path)
		if other, ok := first[folded]; ok {
			errs = append(errs, clash(other, f))
			continue
		}
		first[folded] = f
		for dir := path.Dir(f.Path); dir != "."; dir = path.Dir(dir) {
			folded := fold(dir)
			if other, ok := spelling[folded]; ok && other != dir {
				errs = append(errs, fmt.Errorf("%s of %s lies in %q, but %s of %s in %q: they differ in case only",
					f.Path, f.Owner, dir, folders[folded].Path, folders[folded].Owner, other))
				break
			} else if ok {
				break // and so are the folders above it
			}
			spelling[folded], folders[folded] = dir, f
		}
	}
	for _, f := range files {
		if inside, ok := folders[fold(f.Path)]; ok {
			errs = append(errs, fmt.Errorf("%s of %s is a file, but %s of %s needs a folder there",
				f.Path, f.Owner, inside.Path, inside.Owner))
		}
	}
	return errs
}

func clash(a, b File) error {
	if a.Path == b.Path {
		return fmt.Errorf("%s: both %s and %s bring it", a.Path, a.Owner, b.Owner)
	}
	return fmt.Errorf("%s of %s and %s of %s differ in case only", a.Path, a.Owner, b.Path, b.Owner)
}

// fold maps names to one that a case-insensitive file system takes for the same.
func fold(name string) string { return strings.ToLower(strings.ToUpper(name)) }
