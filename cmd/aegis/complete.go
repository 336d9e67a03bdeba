package main

import (
	"slices"
	"strings"

	"cuelang.org/go/cue/literal"
	"github.com/spf13/cobra"

	"github.com/aegis-stack/aegis/blueprints"
	"github.com/aegis-stack/aegis/cmd/aegis/graph"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
	"github.com/aegis-stack/aegis/schema"
	"github.com/aegis-stack/aegis/schema/report"
)

// completer proposes what a word on the command line may become. One that
// fails proposes nothing: the shell has nobody to tell.
type completer = cobra.CompletionFunc

// complete teaches the commands what their arguments and flags may be.
func (c *console) complete(root *cobra.Command) {
	arguments := map[string]completer{"add": c.completeAdd, "remove": c.completeRemove, "explain": completeExplain}
	for _, cmd := range root.Commands() {
		cmd.ValidArgsFunction = arguments[cmd.Name()]
		if cmd.ValidArgsFunction == nil && cmd.ValidArgs == nil {
			cmd.ValidArgsFunction = cobra.NoFileCompletions
		}
	}
	for _, cmd := range append([]*cobra.Command{root}, root.Commands()...) {
		flags := cmd.LocalFlags()
		propose := func(name string, f completer) {
			if flags.Lookup(name) != nil {
				// The only error is a flag that does not exist.
				_ = cmd.RegisterFlagCompletionFunc(name, f)
			}
		}
		propose("color", words("auto", "always", "never"))
		propose("conflict", words(assemble.Conflicts...))
		propose("format", words(formats[cmd.Name()]...))
		propose("components", completeList(schema.Infrastructure))
		propose("services", completeList(schema.Service))
		propose("starter", completeStarter)
		for _, name := range []string{"dir", "output-dir"} {
			propose(name, func(*cobra.Command, []string, string) ([]string, cobra.ShellCompDirective) {
				return nil, cobra.ShellCompDirectiveFilterDirs
			})
		}
	}
}

// formats are what the commands with a flag --format print.
var formats = map[string][]string{
	"validate": report.Formats,
	"schema":   {"cue", "jsonschema"},
	"graph":    graph.Formats,
}

func words(w ...string) completer {
	return cobra.FixedCompletions(w, cobra.ShellCompDirectiveNoFileComp)
}

// completeStarter proposes the starters, and the files that can be one.
func completeStarter(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, s := range blueprints.Starters() {
		names = append(names, s.Name)
	}
	return that(names, word), cobra.ShellCompDirectiveDefault
}

// that returns the proposals that a word may become.
func that(proposals []string, word string) []string {
	return slices.DeleteFunc(proposals, func(p string) bool { return !strings.HasPrefix(p, word) })
}

// completeExplain proposes all that explain takes.
func completeExplain(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	s, err := all.Schema()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	out, err := s.Paths()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	for _, code := range schema.Codes() {
		out = append(out, string(code)+"\t"+code.Title())
	}
	return that(out, word), cobra.ShellCompDirectiveNoFileComp
}

// completeAdd proposes components and services that the manifest does not have,
// with their options in brackets.
func (c *console) completeAdd(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	chosen := c.mentioned()
	for _, a := range args {
		name, _, _ := strings.Cut(a, "[")
		chosen = append(chosen, name)
	}
	entries := entriesBut(chosen, schema.Infrastructure, schema.Service)
	directive := cobra.ShellCompDirectiveNoFileComp
	if strings.Contains(word, "[") {
		directive |= cobra.ShellCompDirectiveNoSpace // a value or another option follows
	}
	return selections(entries, word), directive
}

// completeRemove proposes what the manifest has.
func (c *console) completeRemove(_ *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
	out := slices.DeleteFunc(c.mentioned(), func(name string) bool { return slices.Contains(args, name) })
	return that(out, word), cobra.ShellCompDirectiveNoFileComp
}

// mentioned returns the components and services that the manifest asks for,
// none where it has mistakes.
func (c *console) mentioned() []string {
	project, err := c.load()
	if err != nil {
		return nil
	}
	var out []string
	for _, component := range project.Components {
		if slices.ContainsFunc(component.Reasons, func(r schema.Reason) bool { return r.By == schema.ManifestName }) {
			out = append(out, component.Name)
		}
	}
	return out
}

// completeList proposes the last of several selections with commas between.
func completeList(kind schema.Kind) completer {
	return func(_ *cobra.Command, _ []string, word string) ([]string, cobra.ShellCompDirective) {
		start, open := 0, false
		for i, r := range word {
			switch {
			case r == '[' || r == ']':
				open = r == '['
			case r == ',' && !open:
				start = i + 1
			}
		}
		var chosen []string
		for one := range strings.SplitSeq(word[:start], ",") {
			name, _, _ := strings.Cut(one, "[")
			chosen = append(chosen, name)
		}
		var out []string
		for _, s := range selections(entriesBut(chosen, kind), word[start:]) {
			out = append(out, word[:start]+s)
		}
		return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
	}
}

// entriesBut returns the components of some kinds, without those of some names.
func entriesBut(names []string, kinds ...schema.Kind) []schema.Entry {
	s, err := all.Schema()
	if err != nil {
		return nil
	}
	entries, err := s.Catalog()
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(entries, func(e schema.Entry) bool {
		return !slices.Contains(kinds, e.Kind) || slices.Contains(names, e.Name)
	})
}

// selections proposes what a word may become: a name, or a name with options in
// brackets, as in "database[postgres]".
func selections(entries []schema.Entry, word string) []string {
	name, inside, open := strings.Cut(word, "[")
	var out []string
	for _, e := range entries {
		switch {
		case !open:
			out = append(out, e.Name+"\t"+e.Summary)
			for _, value := range inline(e) {
				out = append(out, e.Name+"["+value+"]")
			}
		case e.Name == name:
			before := inside[:strings.LastIndexByte(inside, ',')+1]
			for _, setting := range settings(e, strings.TrimPrefix(inside, before), before == "") {
				out = append(out, name+"["+before+setting)
			}
		}
	}
	return that(out, word)
}

// settings proposes what may follow inside the brackets.
func settings(e schema.Entry, word string, first bool) []string {
	var out []string
	option, _, valued := strings.Cut(word, "=")
	for _, o := range e.Options {
		switch {
		case strings.Contains(o.Path, "NAME") || strings.Contains(o.Allowed, " in braces "):
			// The command line takes single values only.
		case !valued:
			out = append(out, o.Path+"=\t"+o.Doc)
		case o.Path == option:
			for _, value := range choices(o) {
				out = append(out, option+"="+value+"]")
			}
		}
	}
	if first && !valued {
		for _, value := range inline(e) {
			out = append(out, value+"]")
		}
	}
	return out
}

// inline returns the values of the option that NAME[VALUE] sets.
func inline(e schema.Entry) []string {
	for _, o := range e.Options {
		if o.Path == e.Inline {
			return choices(o)
		}
	}
	return nil
}

// choices returns the values of an option as the command line takes them.
func choices(o schema.Option) []string {
	if o.Allowed == "true or false" {
		return []string{"true", "false"}
	}
	var out []string
	for _, c := range o.Choices {
		if text, err := literal.Unquote(c); err == nil {
			c = text
		}
		out = append(out, c)
	}
	return out
}
