package schema

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/errors"
	"cuelang.org/go/cue/parser"
	"cuelang.org/go/cue/token"
)

// parse returns the syntax of the files, or everything that is wrong with it.
func parse(files []file) ([]*ast.File, []*Diagnostic) {
	var trees []*ast.File
	var diags []*Diagnostic
	for _, f := range files {
		if d := invalidUTF8(f); d != nil {
			diags = append(diags, d)
			continue
		}
		tree, err := parser.ParseFile(f.name, f.text, parser.ParseComments)
		if err != nil {
			diags = append(diags, syntaxErrors(f, err)...)
			continue
		}
		trees = append(trees, tree)
	}
	return trees, diags
}

func invalidUTF8(f file) *Diagnostic {
	if utf8.Valid(f.text) {
		return nil
	}
	at := 0
	for at < len(f.text) {
		r, n := utf8.DecodeRune(f.text[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	d := &Diagnostic{
		File: f.name, Line: 1 + bytes.Count(f.text[:at], []byte("\n")), Column: at - bytes.LastIndexByte(f.text[:at], '\n'),
		Code: CodeSyntax, Severity: Error,
		Message: fmt.Sprintf("the byte 0x%02X is not UTF-8 text", f.text[at]),
		Hint:    "save the file in the encoding UTF-8",
	}
	return d
}

// syntaxErrors puts the parser's errors into words. The parser stumbles on
// after an error, so that of those on one line only the first means anything,
// and the end of the file only if nothing was wrong before it.
func syntaxErrors(f file, err error) []*Diagnostic {
	var diags []*Diagnostic
	last := 0
	for _, e := range errors.Errors(err) {
		p := e.Position()
		line, column := max(p.Line(), 1), max(p.Column(), 1)
		if line == last || len(diags) > 0 && strings.HasSuffix(message(e), "found 'EOF'") {
			continue
		}
		last = line
		text := strings.TrimRight(lineOf(f.text, line), "\r\n")
		// After an equals sign the parser goes on to the next line.
		if before := strings.TrimRight(lineOf(f.text, line-1), "\r\n"); line > 1 && equalsSign(before) > 0 && strings.HasPrefix(message(e), "expected label") {
			line, text, column = line-1, before, equalsSign(before)
		}
		d := &Diagnostic{File: f.name, Line: line, Column: min(column, len(text)+1), Code: CodeSyntax, Severity: Error}
		d.Message, d.Hint = syntaxWords(message(e), text)
		diags = append(diags, d)
	}
	return diags
}

// lineOf returns a line of text by its number, from 1.
func lineOf(text []byte, number int) string {
	for line := range bytes.Lines(text) {
		if number--; number == 0 {
			return string(line)
		}
	}
	return ""
}

// at returns a diagnostic for a place in the user's files.
func at(p token.Pos, code Code, message string) *Diagnostic {
	return &Diagnostic{File: p.Filename(), Line: p.Line(), Column: p.Column(), Code: code, Severity: Error, Message: message}
}
