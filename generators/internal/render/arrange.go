package render

import (
	"bytes"
	"go/format"
	"regexp"
	"slices"
	"strings"
)

// arrange returns the import declaration changed as gofmt would have it, if
// gofmt had nothing to say about it before.
func arrange(before, changed []byte) []byte {
	if !bytes.ContainsRune(changed, '\n') {
		return changed // one import on one line
	}
	if sorted, ok := sortPlain(string(before), string(changed)); ok {
		return []byte(sorted)
	}
	crlf := bytes.Contains(before, []byte("\r\n"))
	if crlf {
		before = bytes.ReplaceAll(before, []byte("\r\n"), []byte("\n"))
	}
	if was, err := gofmt(before); err != nil || !bytes.Equal(was, before) {
		return changed
	}
	if crlf {
		changed = bytes.ReplaceAll(changed, []byte("\r\n"), []byte("\n"))
	}
	// Its comments move with their imports and are aligned again.
	sorted, err := gofmt(changed)
	if err != nil {
		return changed
	}
	if crlf {
		sorted = bytes.ReplaceAll(sorted, []byte("\n"), []byte("\r\n"))
	}
	return sorted
}

// gofmt formats one declaration.
func gofmt(decl []byte) ([]byte, error) {
	const header = "package p\n\n"
	out, err := format.Source(append([]byte(header), decl...))
	if err != nil {
		return nil, err
	}
	return bytes.TrimSuffix(bytes.TrimPrefix(out, []byte(header)), []byte("\n")), nil
}

// sortPlain does what arrange does for the declarations that nearly all files
// have, which takes a tenth of the time: imports in parentheses, one a line, no
// comments, each group sorted. It is not ok for any other.
func sortPlain(before, changed string) (sorted string, ok bool) {
	was, ok := plainLines(before)
	if !ok {
		return "", false
	}
	for i := 1; i < len(was); i++ {
		if was[i-1].path != "" && was[i].path != "" && compareLines(was[i-1], was[i]) >= 0 {
			return "", false
		}
	}
	lines, ok := plainLines(changed)
	if !ok {
		return "", false
	}
	from := 0
	for i := range lines {
		if lines[i].path != "" && i < len(lines)-1 {
			continue
		}
		slices.SortFunc(lines[from:i], compareLines)
		from = i + 1
	}
	var out strings.Builder
	for i, line := range lines {
		if i > 0 {
			out.WriteByte('\n')
			if line.path != "" && compareLines(lines[i-1], line) == 0 {
				return "", false // gofmt drops one of them
			}
		}
		out.WriteString(line.text)
	}
	return out.String(), true
}

// plainLine is a line of an import declaration; only an import has a path.
type plainLine struct{ text, name, path string }

func compareLines(a, b plainLine) int {
	if c := strings.Compare(a.path, b.path); c != 0 {
		return c
	}
	return strings.Compare(a.name, b.name)
}

// plainImport is an import as gofmt writes it, without comment and escapes.
var plainImport = regexp.MustCompile(`^\t(?:([\pL\d_.]+) )?"([^"\\]+)"$`)

// plainLines returns the lines of decl, unless there is more to them than
// imports and empty lines between groups.
func plainLines(decl string) ([]plainLine, bool) {
	texts := strings.Split(decl, "\n")
	lines := make([]plainLine, len(texts))
	last := len(texts) - 1
	for i, text := range texts {
		lines[i].text = text
		switch {
		case i == 0:
			if text != "import (" {
				return nil, false
			}
		case i == last:
			if text != ")" {
				return nil, false
			}
		case text == "":
			// gofmt leaves none at the edges and never two.
			if i == 1 || i == last-1 || texts[i-1] == "" {
				return nil, false
			}
		default:
			match := plainImport.FindStringSubmatch(text)
			if match == nil {
				return nil, false
			}
			lines[i].name, lines[i].path = match[1], match[2]
		}
	}
	return lines, true
}
