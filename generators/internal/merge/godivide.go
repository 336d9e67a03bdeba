package merge

import (
	"bytes"
	"go/parser"
	"go/token"
	"slices"
)

// goFile is a Go file cut where its imports are, or would be.
type goFile struct {
	text    []byte
	whole   bool   // it could not be cut
	head    []byte // up to the line with the package clause, or the imports
	imports section
	tail    []byte // what follows
	// before and after are the blank lines around the imports.
	before, after []byte
}

// divide cuts a file that parses, and whose last line ends.
func divide(text []byte) goFile {
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, "", text, parser.ImportsOnly|parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return goFile{text: text, whole: true}
	}
	lines := splitLines(text)
	line := func(p token.Pos) int { return files.PositionFor(p, false).Line - 1 }
	from := line(file.Name.End()-1) + 1
	to := from
	var imports section
	if decls := file.Decls; len(decls) > 0 {
		first := from
		from, to = line(decls[0].Pos()), line(decls[len(decls)-1].End()-1)+1
		var ok bool
		imports, ok = sectionOf(decls, lines[from:to], func(p token.Pos) int { return line(p) - from })
		if !ok || from < first {
			return goFile{text: text, whole: true}
		}
	}
	end, start := from, to
	for end > 0 && len(bytes.TrimSpace(lines[end-1])) == 0 {
		end--
	}
	for start < len(lines) && len(bytes.TrimSpace(lines[start])) == 0 {
		start++
	}
	return goFile{
		text:    text,
		head:    bytes.Join(lines[:end], nil),
		imports: imports,
		tail:    bytes.Join(lines[start:], nil),
		before:  bytes.Join(lines[end:from], nil),
		after:   bytes.Join(lines[to:start], nil),
	}
}

// stand takes the place of the imports while the rest is merged. No other line
// of a body can be the same, since all imports are out of it.
const stand = "import ()\n"

// body is the file with a stand for its imports.
func (f goFile) body() []byte {
	return slices.Concat(f.head, []byte(stand), f.tail)
}

// assemble replaces the stand in a merged body by the merged imports.
func assemble(base, ours, theirs goFile, body Result) Result {
	var between []byte
	switch imports := mergeImports(base, ours, theirs, body.Text).text(); {
	case len(imports) == 0 && len(ours.imports) > 0:
		between = ours.before
	case len(imports) == 0:
		between = slices.Concat(ours.before, ours.after)
	case len(ours.imports) > 0:
		between = slices.Concat(ours.before, imports, ours.after)
	default:
		between = slices.Concat([]byte("\n"), imports, ours.after)
	}
	grown := bytes.Count(between, []byte("\n")) - 1
	var text bytes.Buffer
	conflicts := slices.Clone(body.Conflicts)
	for i, line := range splitLines(body.Text) {
		if string(line) != stand {
			text.Write(line)
			continue
		}
		text.Write(between)
		for c := range conflicts {
			if body.Conflicts[c].Line > i+1 {
				conflicts[c].Line += grown
			}
		}
	}
	return Result{Text: text.Bytes(), Conflicts: conflicts}
}
