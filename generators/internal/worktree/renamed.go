package worktree

import (
	"cmp"
	"maps"
	"path"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/merge"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// rename finds planned files that are new, but are like one that is planned no
// more and that the user edited or deleted: Aegis, or a name in the manifest, has
// changed where it is generated. What the user did has to follow it there.
func (c *comparison) rename(planned []plan.File) error {
	c.renamed = map[string]entry{}
	left := maps.Clone(c.last.files)
	var fresh []plan.File
	for _, f := range planned {
		delete(left, f.Path)
		if _, known := c.last.files[f.Path]; known || f.Policy == generators.Regenerate {
			continue
		}
		if now, err := c.disk.file(f.Path); err != nil {
			return err
		} else if !now.exists && now.obstacle.path == "" {
			fresh = append(fresh, f)
		}
	}
	if len(fresh) == 0 {
		return nil
	}
	var matches []match
	for _, e := range left {
		if e.Policy == generators.Regenerate || e.Mark == retired {
			continue
		}
		now, err := c.disk.file(e.place())
		if err != nil {
			return err
		}
		if now.obstacle.path != "" || now.exists && c.untouched(e, now.text) {
			continue
		}
		base, _ := c.generated(e)
		for _, f := range fresh {
			if f.Owner != e.Owner || f.Policy != e.Policy || path.Ext(f.Path) != path.Ext(e.Path) {
				continue
			}
			if score := likeness(e, base, f.Path, f.Content); score >= alike {
				matches = append(matches, match{e, f.Path, score})
			}
		}
	}
	taken := map[string]bool{}
	for _, m := range best(matches) {
		if from := m.entry.Path; !taken[from] && c.renamed[m.to].Path == "" {
			taken[from] = true
			c.renamed[m.to] = m.entry
		}
	}
	return nil
}

// generated returns the text that was last generated of a file, if it is known.
func (c *comparison) generated(e entry) ([]byte, bool) {
	if !hasBase(e.Policy) {
		return nil, false
	}
	base, err := c.disk.file(baseName(e.Path))
	ok := err == nil && base.exists && (e.SHA256 == "" || checksum(base.text) == e.SHA256)
	return base.text, ok
}

// likeness tells how much the text of the file name is like that which was
// generated last of another: from 0 to 1 for the same, and beyond for the same
// under the same name.
func likeness(e entry, base []byte, name string, text []byte) float64 {
	score := 0.0
	if checksum(text) == e.SHA256 {
		score = 1
	} else if base != nil && e.Policy == generators.Merge {
		score = merge.Similarity(base, text)
	}
	if path.Base(name) == path.Base(e.Path) && score == 1 {
		score = 2
	}
	return score
}

// best sorts matches, the best first.
func best(matches []match) []match {
	slices.SortFunc(matches, func(a, b match) int {
		return cmp.Or(-cmp.Compare(a.score, b.score), cmp.Compare(a.entry.Path, b.entry.Path), cmp.Compare(a.to, b.to))
	})
	return matches
}

// follow makes the outcome of a file at the place where it was generated before
// that of moving it to where it is generated now. It tells whether there is
// something to move.
func (o *outcome) follow(was entry, now found) bool {
	if o.change.Blocks || !now.exists {
		return false
	}
	if o.text == nil {
		o.text = present(now.text)
	}
	if o.change.Action != Conflict {
		o.change.Action = Merge
	}
	o.change.Reason = "was " + was.Path + "; " + o.change.Reason
	return true
}
