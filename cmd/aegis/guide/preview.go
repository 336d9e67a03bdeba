package guide

import (
	"fmt"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
)

// Preview is the project that choices lead to, resolved and rendered as it
// would be.
type Preview struct {
	Project *schema.Project   // nil if Err is set
	Outline *assemble.Outline // nil if Err is set, and where nothing was rendered yet
	Err     error
}

// Previewer makes previews, and remembers them. It is safe for concurrent use.
type Previewer struct {
	schema *schema.Schema
	gens   []generators.Generator

	mu       sync.Mutex
	resolved map[Choices]*Preview // without outlines
	rendered map[Choices]*Preview
}

// NewPreviewer returns a previewer of projects that s accepts.
func NewPreviewer(s *schema.Schema) *Previewer {
	return &Previewer{schema: s, gens: all.Generators(), resolved: map[Choices]*Preview{}, rendered: map[Choices]*Preview{}}
}

// Of returns the preview of choices. It takes a tenth of a second where it was
// not made before.
func (p *Previewer) Of(c Choices) *Preview {
	return p.remembered(p.rendered, c, func() *Preview {
		preview := *p.Resolved(c)
		if preview.Err == nil {
			preview.Outline, preview.Err = assemble.NewOutline(preview.Project, p.gens)
		}
		return &preview
	})
}

// Resolved returns the preview of choices without an outline, in half the time.
func (p *Previewer) Resolved(c Choices) *Preview {
	return p.remembered(p.resolved, c, func() *Preview {
		preview := new(Preview)
		_, preview.Project, preview.Err = c.Resolve(p.schema)
		return preview
	})
}

// Made returns what Of returned for the choices, nil if nobody asked yet.
func (p *Previewer) Made(c Choices) *Preview {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.rendered[c]
}

func (p *Previewer) remembered(in map[Choices]*Preview, c Choices, make func() *Preview) *Preview {
	p.mu.Lock()
	preview := in[c]
	p.mu.Unlock()
	if preview != nil {
		return preview
	}
	preview = make()
	p.mu.Lock()
	defer p.mu.Unlock()
	in[c] = preview
	return preview
}

// Cost is what the first of two projects has and the second has not.
type Cost struct {
	Files, Modules int
	Containers     []string // in development or production
	Components     []string // parts included
	folders        map[string]bool
}

// CostOf compares two previews. It is empty if one of them has no project.
func CostOf(with, without *Preview) Cost {
	var c Cost
	if with == nil || without == nil || with.Err != nil || without.Err != nil {
		return c
	}
	c.folders = map[string]bool{}
	for _, f := range beyond(with.Outline.Files, without.Outline.Files) {
		c.Files++
		c.folders[folderOf(f)] = true
	}
	c.Modules = len(beyond(with.Outline.Modules, without.Outline.Modules))
	c.Containers = beyond(with.containers(), without.containers())
	c.Components = beyond(with.names(), without.names())
	return c
}

// beyond returns what is in a and not in b.
func beyond(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool { return slices.Contains(b, s) })
}

// names are those of everything in the project.
func (p *Preview) names() []string {
	names := make([]string, len(p.Project.Components))
	for i, c := range p.Project.Components {
		names[i] = c.Name
	}
	return names
}

// containers are those of development and production, each once.
func (p *Preview) containers() []string {
	both := slices.Concat(p.Outline.Containers.Development, p.Outline.Containers.Production)
	slices.Sort(both)
	return slices.Compact(both)
}

// Folder is one folder of a project and how many files lie in it or below.
type Folder struct {
	Path  string
	Files int
	New   bool // something of a cost lies in it
}

// Tree returns the folders of the project, down to the second level, and which
// of them cost adds something to.
func (p *Preview) Tree(cost Cost) []Folder {
	folders := []Folder{{Path: ".", Files: 1}} // aegis.cue
	for _, f := range p.Outline.Files {
		at := folderOf(f)
		i := slices.IndexFunc(folders, func(f Folder) bool { return f.Path == at })
		if i < 0 {
			i, folders = len(folders), append(folders, Folder{Path: at})
		}
		folders[i].Files++
		folders[i].New = cost.folders[at]
	}
	slices.SortFunc(folders, func(a, b Folder) int { return strings.Compare(a.Path, b.Path) })
	return folders
}

// folderOf returns the folder that shows a file in the tree.
func folderOf(file string) string {
	parts := strings.Split(path.Dir(file), "/")
	return strings.Join(parts[:min(2, len(parts))], "/")
}

// counted writes a number with its noun.
func counted(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return fmt.Sprintf("%d %ss", n, one)
}
