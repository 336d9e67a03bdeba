package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/schema"
)

// The references are what the commands and the schema say of themselves.
// AEGIS_UPDATE=1 rewrites them.
func TestReferencesAreCurrent(t *testing.T) {
	for _, r := range []struct{ file, name, text string }{
		{"README.md", "commands", reference()},
		{"../../schema/README.md", "reference", manifestReference(t)},
	} {
		begin := "<!-- " + r.name + ": made by AEGIS_UPDATE=1 go test ./cmd/aegis -->\n"
		end := "<!-- end of " + r.name + " -->"
		text, err := os.ReadFile(r.file)
		if err != nil {
			t.Fatal(err)
		}
		head, rest, ok1 := strings.Cut(string(text), begin)
		_, tail, ok2 := strings.Cut(rest, end)
		if !ok1 || !ok2 {
			t.Fatalf("%s has no place for the %s, between %q and %q", r.file, r.name, begin, end)
		}
		want := head + begin + r.text + end + tail
		if want == string(text) {
			continue
		}
		if os.Getenv("AEGIS_UPDATE") == "" {
			t.Errorf("%s is out of date; run AEGIS_UPDATE=1 go test ./cmd/aegis", r.file)
			continue
		}
		if err := os.WriteFile(r.file, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// manifestReference describes every option of the manifest and every code of a
// mistake in Markdown.
func manifestReference(t *testing.T) string {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	outside := t.TempDir() // of any project
	var b strings.Builder
	b.WriteString("\n## Reference\n\n`aegis explain` says the same of one option, with its value in a project. NAME stands for a name of yours.\n\n### The project\n\n")
	fmt.Fprint(&b, optionHead)
	for _, name := range []string{"name", "module", "description", "log", "shutdownTimeout", "ci", "deploy"} {
		x, err := s.Explain(outside, name)
		if err != nil {
			t.Fatal(err)
		}
		if len(x.Fields) == 0 {
			optionRow(&b, x.Option)
		}
		for _, o := range x.Fields {
			o.Path = name + "." + o.Path
			optionRow(&b, o)
		}
	}
	for _, e := range entries {
		if e.Kind == schema.Part {
			continue
		}
		namespace := map[schema.Kind]string{schema.Infrastructure: "components", schema.Service: "services"}[e.Kind]
		fmt.Fprintf(&b, "\n### %s.%s\n\n", namespace, e.Name)
		fmt.Fprintf(&b, "[%s](../generators/%s/README.md): %s.", e.Name, e.Name, e.Summary)
		for _, r := range e.Requires {
			sometimes := ""
			if r.Conditional {
				sometimes = ", depending on its options"
			}
			fmt.Fprintf(&b, " Needs %s%s: %s.", r.Name, sometimes, r.Because)
		}
		fmt.Fprintf(&b, "\n\n%s", optionHead)
		for _, o := range e.Options {
			optionRow(&b, o)
		}
	}
	b.WriteString("\n### Mistakes\n\n`aegis explain AEG022` shows an example of each, and the way out.\n\n| code | mistake |\n| --- | --- |\n")
	for _, code := range schema.Codes() {
		fmt.Fprintf(&b, "| %s | %s |\n", code, code.Title())
	}
	return b.String() + "\n"
}

const optionHead = "| option | may be | default | what it means |\n| --- | --- | --- | --- |\n"

func optionRow(b *strings.Builder, o schema.Option) {
	def := o.Default
	switch {
	case o.Required:
		def = "required"
	case def != "" && !strings.HasPrefix(def, "the value of"):
		def = "`" + def + "`"
	}
	cell := strings.NewReplacer("|", "\\|", "<", "&lt;", "*", "\\*").Replace
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", o.Path, cell(o.Allowed), strings.ReplaceAll(def, "|", "\\|"), cell(o.Doc))
}

// reference describes every command in Markdown.
func reference() string {
	root := newRoot(&console{in: strings.NewReader(""), out: io.Discard, err: io.Discard})
	var b strings.Builder
	fmt.Fprintf(&b, "\nEvery command takes these flags:\n\n%s", flagList(root.PersistentFlags()))
	for _, cmd := range root.Commands() {
		if cmd.IsAdditionalHelpTopicCommand() || cmd.Hidden || cmd.Name() == "help" || cmd.Name() == "completion" {
			continue
		}
		describe(&b, cmd)
	}
	return b.String() + "\n"
}

func describe(b *strings.Builder, cmd *cobra.Command) {
	long := cmd.Long
	if long == "" {
		long = cmd.Short + "."
	}
	fmt.Fprintf(b, "\n#### `%s`\n\n%s\n", cmd.UseLine(), long)
	if list := flagList(cmd.LocalNonPersistentFlags()); list != "" {
		fmt.Fprintf(b, "\n%s", list)
	}
}

func flagList(flags *pflag.FlagSet) string {
	var b strings.Builder
	flags.VisitAll(func(f *pflag.Flag) {
		if f.Hidden || f.Name == "help" {
			return
		}
		name := "--" + f.Name
		if f.Shorthand != "" {
			name = "-" + f.Shorthand + ", " + name
		}
		value, usage := pflag.UnquoteUsage(f)
		if value != "" {
			name += " " + value
		}
		fmt.Fprintf(&b, "- `%s`: %s", name, usage)
		if f.DefValue != "" && f.DefValue != "false" && f.DefValue != "[]" {
			fmt.Fprintf(&b, " (default `%s`)", f.DefValue)
		}
		b.WriteString("\n")
	})
	return b.String()
}
