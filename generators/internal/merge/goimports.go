package merge

import (
	"bytes"
	"cmp"
	"go/ast"
	"go/token"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// section is the import declarations of a file, cut into what moves together.
type section []item

// item is an import with the comment above it, or else a line between imports.
type item struct {
	text       []byte
	name, path string // of an import; the path is empty otherwise
	grouped    bool   // stands within parentheses
}

func (i item) same(other item) bool { return i.name == other.name && i.path == other.path }

func (i item) blank() bool { return len(bytes.TrimSpace(i.text)) == 0 }

// sectionOf reads import declarations out of the lines they are on. It is
// false if they are written so that lines do not divide them, as when two
// share one, or say more than what is imported, as those of cgo do.
func sectionOf(decls []ast.Decl, lines [][]byte, line func(token.Pos) int) (section, bool) {
	var s section
	done := 0
	between := func(end int) {
		for ; done < end; done++ {
			s = append(s, item{text: lines[done]})
		}
	}
	for _, decl := range decls {
		group := decl.(*ast.GenDecl) // nothing but imports was parsed
		grouped := group.Lparen.IsValid()
		if line(group.Pos()) < done {
			return nil, false
		}
		if grouped {
			between(line(group.Lparen) + 1)
		}
		for _, imported := range group.Specs {
			i := imported.(*ast.ImportSpec)
			path, err := strconv.Unquote(i.Path.Value)
			if err != nil || path == "C" {
				return nil, false
			}
			from, to := line(i.Pos()), line(i.End()-1)+1
			if i.Doc != nil && grouped {
				from = line(i.Doc.Pos())
			}
			if from < done {
				return nil, false
			}
			between(from)
			it := item{text: bytes.Join(lines[from:to], nil), path: path, grouped: grouped}
			if i.Name != nil {
				it.name = i.Name.Name
			}
			s, done = append(s, it), to
		}
		if grouped {
			if line(group.Rparen) < done {
				return nil, false
			}
			between(line(group.Rparen) + 1)
		}
	}
	// What parsing stopped before may begin on the last line.
	return s, !bytes.Contains(lines[len(lines)-1], []byte(";"))
}

func (s section) text() []byte {
	var text []byte
	for _, i := range s {
		text = append(text, i.text...)
	}
	return text
}

// imports returns the items that are imports.
func (s section) imports() []item {
	return slices.DeleteFunc(slices.Clone(s), func(i item) bool { return i.path == "" })
}

func (s section) has(i item) bool { return slices.ContainsFunc(s, i.same) }

// mergeImports returns ours with what theirs added and without what theirs
// removed, or theirs as it is if ours did nothing. An import that one side
// removed stays nevertheless if the merged body uses it more than that side
// does.
func mergeImports(base, ours, theirs goFile, body []byte) section {
	var added, kept, removed []item
	for _, i := range theirs.imports.imports() {
		if !base.imports.has(i) && !ours.imports.has(i) {
			added = append(added, i)
		}
	}
	for _, i := range ours.imports.imports() {
		if base.imports.has(i) && !theirs.imports.has(i) {
			removed = append(removed, i)
		} else {
			kept = append(kept, i)
		}
	}
	missed := func(i item, by goFile) bool {
		if slices.ContainsFunc(slices.Concat(kept, added), i.sharesName) {
			return false // or rather replaced
		}
		uses, less := selectors(body), selectors(by.text)
		return slices.ContainsFunc(i.names(), func(name string) bool { return uses[name] > less[name] })
	}
	gone := len(removed)
	removed = slices.DeleteFunc(removed, func(i item) bool { return missed(i, theirs) })
	if len(removed) == gone && bytes.Equal(base.imports.text(), ours.imports.text()) {
		return theirs.imports
	}
	for _, i := range theirs.imports.imports() {
		if base.imports.has(i) && !ours.imports.has(i) && missed(i, ours) {
			added = append(added, i)
		}
	}
	return ours.imports.without(removed).with(added, theirs.imports)
}

// without takes imports out, and the blank line that would be left over.
func (s section) without(removed []item) section {
	if len(removed) == 0 {
		return s
	}
	if len(removed) == len(s.imports()) {
		return nil
	}
	var left section
	for at, i := range s {
		if i.path != "" && slices.ContainsFunc(removed, i.same) {
			continue
		}
		last := len(left) - 1
		opens := last >= 0 && left[last].path == "" && (left[last].blank() || bytes.HasSuffix(bytes.TrimSpace(left[last].text), []byte("(")))
		if i.blank() && opens && s[at-1].path != "" {
			continue
		}
		if i.path == "" && bytes.HasPrefix(i.text, []byte(")")) && last >= 0 && left[last].blank() {
			left = left[:last]
		}
		left = append(left, i)
	}
	return left
}

// with puts imports in, each where its block is.
func (s section) with(added []item, from section) section {
	if len(added) == 0 {
		return s
	}
	if !slices.ContainsFunc(s, func(i item) bool { return i.grouped }) {
		return grouped(append(s.imports(), added...))
	}
	s = slices.Clone(s)
	slices.SortStableFunc(added, func(a, b item) int { return cmp.Compare(a.path, b.path) })
	for _, a := range added {
		a.text, a.grouped = a.indented(), true
		near := s.nearest(a, from)
		switch start, end := s.block(near); {
		case s[near].standard() == a.standard():
			for start < end && s[start].path < a.path {
				start++
			}
			s = slices.Insert(s, start, a)
		case a.standard():
			s = slices.Insert(s, start, a, item{text: []byte("\n")})
		default:
			s = slices.Insert(s, end, item{text: []byte("\n")}, a)
		}
	}
	return s
}

// nearest is the import to whose block another belongs: one that shares a
// block with it in the section that it comes from, or else the one whose path
// begins most alike. If none is of its kind, it is the outermost.
func (s section) nearest(a item, from section) int {
	start, end := from.block(slices.IndexFunc(from, a.same))
	best, most := -1, -1
	for at, i := range s {
		if i.path == "" || !i.grouped {
			continue
		}
		score := 0
		if i.standard() == a.standard() {
			score = 1 + 2*commonElements(i.path, a.path)
			if slices.ContainsFunc(from[start:end], i.same) {
				score++
			}
		}
		if score > most || score == 0 && most == 0 && !a.standard() {
			best, most = at, score
		}
	}
	return best
}

// block returns the bounds of the imports around one without a line between.
func (s section) block(at int) (start, end int) {
	start, end = at, at
	for start > 0 && s[start-1].path != "" {
		start--
	}
	for end < len(s) && s[end].path != "" {
		end++
	}
	return start, end
}

// grouped is a section of its own: the standard library, then the rest.
func grouped(imports []item) section {
	if len(imports) == 1 {
		return section{{text: append([]byte("import "), bytes.TrimLeft(imports[0].indented(), "\t")...)}}
	}
	slices.SortStableFunc(imports, func(a, b item) int {
		if a.standard() != b.standard() {
			if a.standard() {
				return -1
			}
			return 1
		}
		return cmp.Compare(a.path, b.path)
	})
	s := section{{text: []byte("import (\n")}}
	for at, i := range imports {
		if at > 0 && imports[at-1].standard() != i.standard() {
			s = append(s, item{text: []byte("\n")})
		}
		s = append(s, item{text: i.indented()})
	}
	return append(s, item{text: []byte(")\n")})
}

// indented is the text of an import as it stands within parentheses.
func (i item) indented() []byte {
	if i.grouped {
		return i.text
	}
	spec := bytes.TrimSpace(bytes.TrimPrefix(i.text, []byte("import")))
	return slices.Concat([]byte("\t"), spec, []byte("\n"))
}

// standard reports whether the import is of the standard library.
func (i item) standard() bool {
	first, _, _ := strings.Cut(i.path, "/")
	return !strings.Contains(first, ".")
}

func (i item) sharesName(other item) bool {
	names := other.names()
	return slices.ContainsFunc(i.names(), func(name string) bool { return slices.Contains(names, name) })
}

var majorVersion = regexp.MustCompile(`^v[0-9]+$`)

// names returns what the imported package may be called; the path only hints.
func (i item) names() []string {
	if i.name != "" {
		return []string{i.name}
	}
	elements := strings.Split(i.path, "/")
	last := elements[len(elements)-1]
	if n := len(elements); n > 1 && majorVersion.MatchString(last) {
		last = elements[n-2]
	}
	last, _, _ = strings.Cut(last, ".") // gopkg.in/yaml.v3
	return append(strings.Split(last, "-"), strings.ReplaceAll(last, "-", ""))
}

func commonElements(a, b string) int {
	x, y := strings.Split(a, "/"), strings.Split(b, "/")
	n := 0
	for n < len(x) && n < len(y) && x[n] == y[n] {
		n++
	}
	return n
}

// selectors counts, per name, how often something is selected from it.
func selectors(text []byte) map[string]int {
	src, _ := read(text)
	count := map[string]int{}
	for i, l := range src.flow {
		if l.text == "." && i > 0 && token.IsIdentifier(src.flow[i-1].text) && (i == 1 || src.flow[i-2].text != ".") {
			count[src.flow[i-1].text]++
		}
	}
	return count
}
