package report

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/aegis-stack/aegis/schema"
)

// The colours of the text format, as terminals know them.
const (
	bold  = "\x1b[1m"
	red   = "\x1b[31m"
	cyan  = "\x1b[36m"
	faint = "\x1b[2m"
	reset = "\x1b[0m"
)

func writeText(w io.Writer, diags []*schema.Diagnostic, color bool) error {
	paint := func(style, text string) string {
		if !color || text == "" {
			return text
		}
		return style + text + reset
	}
	var out bytes.Buffer
	for _, d := range diags {
		fmt.Fprint(&out, paint(bold, fmt.Sprintf("%s:%d:%d:", d.File, d.Line, d.Column)), " ")
		if d.Path != "" {
			fmt.Fprint(&out, printable(d.Path), ": ")
		}
		fmt.Fprintln(&out, paint(red, printable(d.Message)))
		if line, caret, ok := excerpt(d.Text, d.Column); ok {
			fmt.Fprintf(&out, "  %s\n  %s\n", paint(faint, line), paint(red, caret))
		}
		for _, r := range d.Related {
			fmt.Fprintf(&out, "  %s:%d:%d: %s\n", r.File, r.Line, r.Column, printable(r.Message))
			if line, caret, ok := excerpt(r.Text, r.Column); ok {
				fmt.Fprintf(&out, "  %s\n  %s\n", paint(faint, line), paint(cyan, caret))
			}
		}
		if d.Hint != "" {
			fmt.Fprintf(&out, "  %s %s\n", paint(cyan, "hint:"), printable(d.Hint))
		}
	}
	_, err := w.Write(out.Bytes())
	return err
}

// widest is how much of a line is shown; a minified manifest is one long line.
const widest = 100

// excerpt returns a line without its indentation, and another with a caret
// below the column. It does not if there is nothing to show.
func excerpt(text string, column int) (line, caret string, ok bool) {
	if strings.TrimSpace(text) == "" || column < 1 || column > len(text)+1 {
		return "", "", false
	}
	before := strings.TrimLeft(printable(text[:column-1]), " ")
	after := strings.TrimRight(printable(text[column-1:]), " ")
	if r := []rune(before); len(r) > widest/2 {
		before = "…" + string(r[len(r)-widest/2:])
	}
	if r := []rune(after); len(r) > widest/2 {
		after = string(r[:widest/2]) + "…"
	}
	return before + after, strings.Repeat(" ", utf8.RuneCountInString(before)) + "^", true
}

// printable replaces what would move the cursor or change the terminal: the
// texts come from a manifest that may not be the reader's own.
func printable(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\t':
			return ' '
		case unicode.IsPrint(r):
			return r
		default:
			return '\uFFFD'
		}
	}, s)
}
