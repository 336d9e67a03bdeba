package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/parser"
)

// ManifestName is the file that makes a directory a project.
const ManifestName = "aegis.cue"

// How much of a manifest is read. Ten thousand entries take less than one
// mebibyte.
const (
	MaxFileBytes  = 1 << 20
	MaxTotalBytes = 16 << 20
)

// byteOrderMark is what some editors put at the beginning of a text.
var byteOrderMark = []byte("\ufeff")

// file is one file of a manifest.
type file struct {
	name string // as diagnostics show it
	text []byte // without a byte order mark
}

// readDir reads the manifest of a directory: aegis.cue, and the other files of
// its package if it names one. Nothing outside the directory is opened, not
// even through links.
func readDir(dir string) ([]file, []*Diagnostic) {
	shown := func(name string) string { return shownIn(dir, name) }
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, unreadable(shown(ManifestName), err)
	}
	defer func() { _ = root.Close() }() // read only: nothing to lose

	text, err := readFile(root, ManifestName)
	if err != nil {
		diags := unreadable(shown(ManifestName), err)
		if above := manifestAbove(dir); above != "" && errors.Is(err, fs.ErrNotExist) {
			diags[0].Hint = fmt.Sprintf("there is one in a folder above: run aegis there, or with --dir %s", above)
		}
		return nil, diags
	}
	files := []file{{shown(ManifestName), text}}
	pkg := packageOf(text)
	if pkg == "" {
		return files, nil
	}
	siblings, err := listSiblings(root)
	if err != nil {
		return nil, unreadable(shown("."), err)
	}
	var diags []*Diagnostic
	total := len(text)
	for _, name := range siblings {
		text, err := readFile(root, name)
		var large tooLargeError
		if (err == nil || errors.As(err, &large)) && packageOf(text) != pkg {
			continue
		}
		if err == nil {
			if total += len(text); total > MaxTotalBytes {
				err = tooLargeError(fmt.Sprintf("the files of the manifest have more than %d MiB together", MaxTotalBytes>>20))
			}
		}
		if err != nil {
			diags = append(diags, unreadable(shown(name), err)...)
			continue
		}
		files = append(files, file{shown(name), text})
	}
	return files, diags
}

// shownIn returns the name of a file in dir as messages have it.
func shownIn(dir, name string) string { return filepath.ToSlash(filepath.Join(dir, name)) }

// manifestAbove returns the nearest folder above dir that holds a manifest, as
// seen from dir, or "".
func manifestAbove(dir string) string {
	below, err := filepath.Abs(dir)
	if err != nil {
		return ""
	}
	for up := ".."; filepath.Dir(below) != below; up = filepath.Join("..", up) {
		below = filepath.Dir(below)
		if info, err := os.Lstat(filepath.Join(below, ManifestName)); err == nil && !info.IsDir() {
			return filepath.ToSlash(filepath.Join(dir, up))
		}
	}
	return ""
}

// listSiblings returns the files that may belong to the package of aegis.cue.
// As for the cue command, tests, tools and names that begin with a dot or an
// underscore do not.
func listSiblings(root *os.Root) ([]string, error) {
	entries, err := fs.ReadDir(root.FS(), ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		n := e.Name()
		switch {
		case e.IsDir(), n == ManifestName, !strings.HasSuffix(n, ".cue"):
		case strings.HasPrefix(n, "."), strings.HasPrefix(n, "_"):
		case strings.HasSuffix(n, "_test.cue"), strings.HasSuffix(n, "_tool.cue"):
		default:
			names = append(names, n)
		}
	}
	slices.Sort(names)
	return names, nil
}

// tooLargeError is a size limit that was reached.
type tooLargeError string

func (e tooLargeError) Error() string { return string(e) }

// readFile returns the text of a regular file, without the byte order mark
// that some editors put first. Of a file that is too large it returns the
// beginning besides the error.
func readFile(root *os.Root, name string) ([]byte, error) {
	// Looked at before it is opened: opening a named pipe waits for a writer.
	info, err := root.Stat(name)
	if err != nil {
		return nil, err
	}
	if info.IsDir() {
		return nil, errors.New("it is a folder, not a file")
	}
	if !info.Mode().IsRegular() {
		return nil, errors.New("it is not a regular file")
	}
	f, err := root.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	text, err := io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	if err != nil {
		return nil, err
	}
	text = bytes.TrimPrefix(text, byteOrderMark)
	if len(text) > MaxFileBytes {
		return text, tooLargeError(fmt.Sprintf("the file has more than %d MiB", MaxFileBytes>>20))
	}
	return text, nil
}

const noSuchFile = "there is no such file"

// unreadable explains why a file of the manifest could not be read.
func unreadable(name string, err error) []*Diagnostic {
	d := &Diagnostic{File: name, Line: 1, Column: 1, Code: CodeUnreadable, Severity: Error}
	var large tooLargeError
	var path *fs.PathError
	switch {
	case errors.As(err, &large):
		d.Code, d.Message = CodeTooLarge, large.Error()
		d.Hint = "a manifest says what a project consists of; keep data in files of the project"
	case errors.Is(err, fs.ErrNotExist):
		d.Message = noSuchFile
		d.Hint = `"aegis init NAME" makes a project; "--dir" names the folder of another one`
	case errors.Is(err, fs.ErrPermission):
		d.Message = "the file cannot be read: permission denied"
	case errors.As(err, &path) && strings.Contains(path.Err.Error(), "escapes"):
		d.Message = "the file is a link that leads out of the project"
		d.Hint = "a manifest reads nothing outside its own folder; copy the file"
	case errors.As(err, &path):
		d.Message = "the file cannot be read: " + path.Err.Error()
	default:
		d.Message = "the file cannot be read: " + err.Error()
	}
	return []*Diagnostic{d}
}

// packageOf returns the name in the package clause, "" without one.
func packageOf(text []byte) string {
	if !utf8.Valid(text) {
		return ""
	}
	// The parser looks one word ahead: what follows the clause may be wrong.
	f, _ := parser.ParseFile("", text, parser.PackageClauseOnly)
	if f == nil {
		return ""
	}
	return f.PackageName()
}
