package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/ast"
	"github.com/hashicorp/go-multierror"
)

// Selection is one component or service chosen on the command line.
type Selection struct {
	Name     string
	Settings []Setting
}

// Setting is an option with its value.
type Setting struct {
	Path  []string // in the component
	Value string   // as CUE text
}

// Select parses what follows --components or --services: names separated by
// commas, each with options in brackets: "backend[port=9090],database[postgres]".
// A value without a name is that of the component's inline option. Select
// checks names and types; bounds are checked with the rest of the manifest.
func (s *Schema) Select(kind Kind, text string) ([]Selection, error) {
	entries, err := s.Catalog()
	if err != nil {
		return nil, err
	}
	entries = slices.DeleteFunc(entries, func(e Entry) bool { return e.Kind != kind })
	items, err := splitSelection(text)
	if err != nil {
		return nil, err
	}
	var out []Selection
	errs := &multierror.Error{ErrorFormat: formatErrors}
	for _, item := range items {
		one, err := selectOne(kind, entries, item)
		if joins, ok := s.parts[item]; ok {
			err = fmt.Errorf("%q cannot be chosen; %s", item, partWords(joins))
		}
		switch {
		case err != nil:
			errs = multierror.Append(errs, err)
		case slices.ContainsFunc(out, func(o Selection) bool { return o.Name == one.Name }):
			errs = multierror.Append(errs, fmt.Errorf("%s %q is chosen twice", kind, one.Name))
		default:
			out = append(out, one)
		}
	}
	return out, errs.ErrorOrNil()
}

// splitSelection splits at the commas outside of brackets.
func splitSelection(text string) ([]string, error) {
	var out []string
	start, depth := 0, 0
	for i, c := range text {
		switch c {
		case '[':
			depth++
		case ']':
			depth--
		case ',':
			if depth == 0 {
				out = append(out, text[start:i])
				start = i + 1
			}
		}
		if depth < 0 || depth > 1 {
			return nil, fmt.Errorf("the brackets in %q do not match", text)
		}
	}
	if depth != 0 {
		return nil, fmt.Errorf("the brackets in %q do not match", text)
	}
	out = append(out, text[start:])
	for i := range out {
		out[i] = strings.TrimSpace(out[i])
	}
	return slices.DeleteFunc(out, func(s string) bool { return s == "" }), nil
}

func selectOne(kind Kind, entries []Entry, item string) (Selection, error) {
	name, inside, _ := strings.Cut(strings.TrimSuffix(item, "]"), "[")
	i := slices.IndexFunc(entries, func(e Entry) bool { return e.Name == name })
	if i < 0 {
		var names []string
		for _, e := range entries {
			if e.Kind != Part { // those come along
				names = append(names, e.Name)
			}
		}
		return Selection{}, fmt.Errorf("there is no %s %q%s", kind, name, suggestion(name, names))
	}
	sel := Selection{Name: name}
	for setting := range strings.SplitSeq(inside, ",") {
		if setting = strings.TrimSpace(setting); setting == "" {
			continue
		}
		option, value, ok := strings.Cut(setting, "=")
		if !ok {
			option, value = entries[i].Inline, setting
			if option == "" {
				return Selection{}, fmt.Errorf("%s %q takes options as name=value, not %q", kind, name, setting)
			}
		}
		one, err := set(entries[i], strings.TrimSpace(option), strings.TrimSpace(value))
		if err != nil {
			return Selection{}, fmt.Errorf("%s %q: %w", kind, name, err)
		}
		sel.Settings = append(sel.Settings, one)
	}
	return sel, nil
}

// set gives an option a value that was written without CUE's quotes.
func set(e Entry, option, value string) (Setting, error) {
	i := slices.IndexFunc(e.Options, func(o Option) bool { return o.Path == option })
	if slices.ContainsFunc(e.Options, func(o Option) bool { return o.shape.pattern != nil && strings.HasPrefix(option, o.Path+".") }) {
		return Setting{}, fmt.Errorf("option %q cannot be set on the command line; write it into the manifest", option)
	}
	if i < 0 {
		var names []string
		for _, o := range e.Options {
			if !strings.Contains(o.Path, anyKey) {
				names = append(names, o.Path)
			}
		}
		return Setting{}, fmt.Errorf("there is no option %q%s", option, suggestion(option, names))
	}
	o := e.Options[i]
	text := strconv.Quote(value)
	switch o.shape.kind {
	case boolKind:
		if text = value; value != "true" && value != "false" {
			return Setting{}, fmt.Errorf("option %q is %s, not %q", option, o.Allowed, value)
		}
	case intKind, numberKind:
		text = value
		if _, ok := number(&ast.BasicLit{Value: value}); !ok {
			return Setting{}, fmt.Errorf("option %q is %s, not %q", option, o.Allowed, value)
		}
	case structKind, listKind:
		return Setting{}, fmt.Errorf("option %q cannot be set on the command line; write it into the manifest", option)
	default:
		// A text: quoted is what it has to be.
	}
	return Setting{Path: strings.Split(option, "."), Value: text}, nil
}

// suggestion returns the way out after a sentence about a name that does not
// exist.
func suggestion(name string, names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "\nhint: " + DidYouMean(name, names, "choose one of "+strings.Join(names, ", "))
}
