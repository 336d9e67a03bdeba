package guide

import (
	"slices"
	"unicode"
)

// field is a line of text that is edited.
type field struct {
	text []rune
	at   int // where the cursor is
}

func newField(text string) field { return field{[]rune(text), len([]rune(text))} }

// insert adds text at the cursor, without what cannot be shown.
func (f *field) insert(text string) {
	runes := slices.DeleteFunc([]rune(text), func(r rune) bool { return !unicode.IsPrint(r) })
	f.text = slices.Insert(slices.Clone(f.text), f.at, runes...)
	f.at += len(runes)
}

// key does what a key does in a field, and reports whether it does anything.
func (f *field) key(name string) bool {
	switch name {
	case "left", "ctrl+b":
		f.at = max(0, f.at-1)
	case "right", "ctrl+f":
		f.at = min(len(f.text), f.at+1)
	case "home", "ctrl+a":
		f.at = 0
	case "end", "ctrl+e":
		f.at = len(f.text)
	case "backspace", "ctrl+h":
		if f.at > 0 {
			f.at--
			f.text = slices.Delete(slices.Clone(f.text), f.at, f.at+1)
		}
	case "delete", "ctrl+d":
		if f.at < len(f.text) {
			f.text = slices.Delete(slices.Clone(f.text), f.at, f.at+1)
		}
	case "ctrl+u":
		f.text, f.at = slices.Clone(f.text[f.at:]), 0
	case "ctrl+k":
		f.text = f.text[:f.at]
	default:
		return false
	}
	return true
}

// window returns the part of the text that fits into width, and where the
// cursor is in it.
func (f *field) window(width int) (string, int) {
	from := max(0, f.at-width+1)
	return string(f.text[from:min(len(f.text), from+width)]), f.at - from
}
