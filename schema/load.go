package schema

import (
	"bytes"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
)

// Load reads the manifest in dir and resolves it. What is wrong with it comes
// back all at once, as the [Diagnostics] of the error; any other error is a
// fault of the schema.
//
// A manifest is not trusted: loading reads the manifest's own files and nothing
// else, and ends within [MaxTime] and [MaxMemory].
func (s *Schema) Load(dir string) (*Project, error) {
	files, diags := readDir(dir)
	if diags != nil {
		return nil, gather(diags)
	}
	return s.load(files)
}

// LoadBytes is Load of a manifest in memory: texts by file name, of which one
// is "aegis.cue". The others count if they belong to its package.
func (s *Schema) LoadBytes(texts map[string][]byte) (*Project, error) { return s.LoadEdited("", texts) }

// LoadEdited is LoadBytes of the manifest in dir with other texts than it has there.
// Diagnostics name the files in dir.
func (s *Schema) LoadEdited(dir string, texts map[string][]byte) (*Project, error) {
	var diags []*Diagnostic
	if _, ok := texts[ManifestName]; !ok {
		return nil, gather(unreadable(shownIn(dir, ManifestName), fs.ErrNotExist))
	}
	pkg := packageOf(bytes.TrimPrefix(texts[ManifestName], byteOrderMark))
	var files []file
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		text := bytes.TrimPrefix(texts[name], byteOrderMark)
		switch {
		case name != ManifestName && (pkg == "" || packageOf(text) != pkg):
		case len(text) > MaxFileBytes:
			diags = append(diags, unreadable(shownIn(dir, name), tooLargeError(fmt.Sprintf("the file has more than %d MiB", MaxFileBytes>>20)))...)
		default:
			files = append(files, file{shownIn(dir, name), text})
		}
	}
	if diags != nil {
		return nil, gather(diags)
	}
	return s.load(files)
}

func (s *Schema) load(files []file) (*Project, error) {
	trees, diags := parse(files)
	if diags != nil {
		return nil, gather(quote(diags, files))
	}
	return bounded(files[0].name, func() (*Project, error) {
		e, err := s.evaluator()
		if err != nil {
			return nil, err
		}
		var plan cue.Value
		uses := forbidden(trees)
		if len(uses) == 0 {
			plan, err = e.check(trees)
		}
		if len(uses) == 0 && err == nil {
			index := sync.OnceValue(func() *syntaxIndex { return e.index(trees) })
			// Some rings of references come to light only when they are read.
			var m *decoded
			if m, err = s.decode(plan, false); err == nil {
				if diags := s.brokenRules(plan, m, index); diags != nil {
					return nil, gather(quote(diags, files))
				}
				if len(m.project.Compose) > 0 {
					// Who merges the services may have something to say about them.
					m.project.at = func(path []string, message string) *Diagnostic {
						return quote([]*Diagnostic{index().diagnostic(path, CodeConflict, message)}, files)[0]
					}
					if diags := m.project.wrongKeys(); diags != nil {
						return nil, gather(diags)
					}
				}
				return m.project, nil
			}
		}
		diags, err := s.diagnose(e, files, trees, uses, plan, err)
		if err != nil {
			return nil, err
		}
		return nil, gather(quote(diags, files))
	})
}

// index returns the index of files that were evaluated last.
func (e *evaluator) index(trees []*ast.File) *syntaxIndex {
	ix := newIndex(trees)
	ix.computed = e.computed
	return ix
}
