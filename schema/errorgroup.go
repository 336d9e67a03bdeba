package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"cuelang.org/go/cue/errors"
)

// errorGroup is all that the evaluator says of one path: a choice that failed
// comes as one error for each alternative.
type errorGroup struct {
	path []string // in the manifest
	errs []errors.Error
}

// group sorts what the evaluator says by path.
func group(err error) []*errorGroup {
	var groups []*errorGroup
	byKey := map[string]*errorGroup{}
	for _, e := range errors.Errors(err) {
		path := e.Path()
		if len(path) > 0 && path[0] == "plan" {
			path = path[1:]
		}
		path = slices.Clone(path)
		for i, p := range path {
			if u, err := strconv.Unquote(p); err == nil {
				path[i] = u
			}
		}
		key := pathKey(path)
		if len(path) == 0 {
			key = "@" + e.Position().String() + e.Error()
		}
		g := byKey[key]
		if g == nil {
			g = &errorGroup{path: path}
			byKey[key] = g
			groups = append(groups, g)
		}
		g.errs = append(g.errs, e)
	}
	// Errors of what is resolved from the manifest come last: mostly they
	// repeat what is wrong with the manifest.
	slices.SortStableFunc(groups, func(a, b *errorGroup) int {
		switch da, db := derived(a.path), derived(b.path); {
		case da == db:
			return 0
		case da:
			return 1
		default:
			return -1
		}
	})
	return groups
}

// has reports whether one of the errors has a message of that form. The forms
// are not an interface of CUE's; the scripts with mistakes hold them down.
func (g *errorGroup) has(form string) bool {
	return slices.ContainsFunc(g.errs, func(e errors.Error) bool {
		format, _ := e.Msg()
		return strings.Contains(format, form)
	})
}

// says is has for a phrase that may come from the arguments of a message, or
// from the cause of an error.
func (g *errorGroup) says(phrase string) bool {
	return slices.ContainsFunc(g.errs, func(e errors.Error) bool { return strings.Contains(e.Error(), phrase) })
}

// args returns the arguments of the first error with a message of one of the
// forms.
func (g *errorGroup) args(forms ...string) []string {
	for _, e := range g.errs {
		format, args := e.Msg()
		if slices.ContainsFunc(forms, func(f string) bool { return strings.Contains(format, f) }) {
			out := make([]string, len(args))
			for i, a := range args {
				out[i] = fmt.Sprint(a)
			}
			return out
		}
	}
	return nil
}

// name returns the first of args, unquoted.
func (g *errorGroup) name(forms ...string) string {
	args := g.args(forms...)
	if len(args) == 0 {
		return ""
	}
	if u, err := strconv.Unquote(args[0]); err == nil {
		return u
	}
	return args[0]
}

// derived says whether a path lies in the resolution and not in what users
// write.
func derived(path []string) bool {
	for _, p := range path {
		if strings.HasPrefix(p, "_") {
			return true
		}
	}
	return false
}
