package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// TestReadmeReference keeps the command reference of the README equal to what
// the commands say of themselves. AEGIS_UPDATE=1 rewrites it.
func TestReadmeReference(t *testing.T) {
	const (
		file  = "../../README.md"
		begin = "<!-- commands: made by AEGIS_UPDATE=1 go test ./cmd/aegis -->\n"
		end   = "<!-- end of commands -->"
	)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head, rest, ok1 := strings.Cut(string(text), begin)
	_, tail, ok2 := strings.Cut(rest, end)
	if !ok1 || !ok2 {
		t.Fatalf("%s has no place for the commands, between %q and %q", file, begin, end)
	}
	want := head + begin + reference() + end + tail
	if want == string(text) {
		return
	}
	if os.Getenv("AEGIS_UPDATE") == "" {
		t.Fatal("the command reference of the README is out of date; run AEGIS_UPDATE=1 go test ./cmd/aegis")
	}
	if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
		t.Fatal(err)
	}
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
