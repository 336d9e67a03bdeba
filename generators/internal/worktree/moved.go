package worktree

import (
	"io/fs"
	"path"
	"strings"

	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// alike is how similar a file must be to be taken for one that was moved: most
// of its lines, since the package clause and the imports change with the folder.
const alike = 0.6

// follow looks for files of the last state that are not where they were, and
// notes where they are now.
func (c *comparison) follow(planned []plan.File) error {
	var lost []entry
	for name, e := range c.last.files {
		if e.Moved != "" { // moved back?
			if now, err := c.disk.file(name); err != nil {
				return err
			} else if now.exists {
				e.Moved = ""
				c.last.files[name] = e
			}
		}
		now, err := c.disk.file(e.place())
		if err != nil {
			return err
		}
		if !now.exists && now.obstacle.path == "" && e.Mark != deleted && e.Mark != retired {
			lost = append(lost, e)
		}
	}
	if len(lost) == 0 || c.disk.folders["."].root == nil {
		return nil
	}
	matches, err := c.matches(lost, planned)
	if err != nil {
		return err
	}
	taken := map[string]bool{}
	for _, m := range matches {
		e := c.last.files[m.entry.Path]
		if !taken[m.to] && !taken[m.entry.Path] {
			taken[m.to], taken[m.entry.Path] = true, true
			e.Moved = m.to
			c.last.files[e.Path] = e
		}
	}
	return nil
}

// match is a file that may be one that was moved.
type match struct {
	entry entry
	to    string
	score float64
}

// matches compares the files that nobody knows with those that are lost, the best
// first. A regenerated file must be the same, for what is like it need not be meant as it.
func (c *comparison) matches(lost []entry, planned []plan.File) ([]match, error) {
	known := map[string]bool{}
	for _, f := range planned {
		known[f.Path] = true
	}
	for _, e := range c.last.files {
		known[e.place()] = true
	}
	bases := map[string][]byte{}
	extensions := map[string]bool{}
	for _, e := range lost {
		extensions[path.Ext(e.Path)] = true
		bases[e.Path], _ = c.generated(e)
	}
	var matches []match
	err := fs.WalkDir(c.disk.folders["."].root.FS(), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return fs.SkipDir // a folder that cannot be read holds nothing to follow
		case d.IsDir():
			if b := d.Name(); name != "." && (strings.HasPrefix(b, ".") && b != ".github" || b == "node_modules" || b == "vendor") {
				return fs.SkipDir
			}
			return nil
		case !d.Type().IsRegular() || known[name] || !extensions[path.Ext(name)]:
			return nil
		}
		if unusable := plan.CheckPath(name); unusable != nil {
			return nil //nolint:nilerr // nothing of ours can lie there
		}
		now, err := c.disk.file(name)
		if err != nil || len(now.text) == 0 {
			return err
		}
		for _, e := range lost {
			if path.Ext(e.Path) != path.Ext(name) {
				continue
			}
			if score := likeness(e, bases[e.Path], name, now.text); score >= alike {
				matches = append(matches, match{e, name, score})
			}
		}
		return nil
	})
	return best(matches), err
}
