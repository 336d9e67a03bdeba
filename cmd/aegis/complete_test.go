package main

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What the shell is told when somebody asks for more, as cobra's own command
// for shells prints it.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	manifest := "name: \"shop\"\ncomponents: {\n\tscheduler: {}\n\tworker: {}\n}\n"
	if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		line          string // the last word is completed
		has, hasNot   []string
		noSpace, dirs bool
	}{
		{line: "add ", has: []string{"database", "database[sqlite]", "database[postgres]", "cache"}, hasNot: []string{"worker", "scheduler", "schedulersql"}},
		{line: "add cache data", has: []string{"database", "database[postgres]"}, hasNot: []string{"cache"}},
		{line: "add database[", has: []string{"database[postgres]", "database[engine=", "database[backup.keep="}, noSpace: true},
		{line: "add database[po", has: []string{"database[postgres]", "database[postgres.poolSize="}, hasNot: []string{"database[sqlite]"}, noSpace: true},
		{line: "add database[postgres,example=", has: []string{"database[postgres,example=true]", "database[postgres,example=false]"}, noSpace: true},
		{line: "remove ", has: []string{"scheduler", "worker"}, hasNot: []string{"redis", "backend"}},
		{line: "remove worker ", has: []string{"scheduler"}, hasNot: []string{"worker"}},
		{line: "init shop --components cache,database[sq", has: []string{"cache,database[sqlite]"}, hasNot: []string{"cache"}, noSpace: true},
		{line: "init shop --starter s", has: []string{"saas"}, hasNot: []string{"api"}},
		{line: "init shop --components cache,", has: []string{"cache,redis"}, hasNot: []string{"cache,cache"}, noSpace: true},
		{line: "explain components.scheduler.jobs.NAME.c", has: []string{"components.scheduler.jobs.NAME.cron"}, hasNot: []string{"components.scheduler.jobs.NAME.every"}},
		{line: "explain schedulers", has: []string{"schedulersql"}, hasNot: []string{"scheduler"}},
		{line: "explain AEG02", has: []string{"AEG022"}, hasNot: []string{"AEG001"}},
		{line: "explain #D", has: []string{"#Duration"}},
		{line: "explain worker ", hasNot: []string{"worker"}},
		{line: "list ", has: []string{"components", "services"}},
		{line: "graph --format ", has: []string{"mermaid", "dot", "svg", "json"}},
		{line: "validate --format s", has: []string{"sarif"}},
		{line: "generate --conflict ", has: []string{"diff3"}},
		{line: "generate --color ", has: []string{"never"}},
		{line: "generate --output-dir ", dirs: true},
	} {
		var out, stderr bytes.Buffer
		args := append([]string{"-C", dir, "__complete"}, strings.Split(c.line, " ")...)
		if code := run(args, nil, &out, &stderr); code != exitOK {
			t.Errorf("%q ends with %d: %s", c.line, code, stderr.String())
		}
		lines := strings.Split(strings.TrimSpace(out.String()), "\n")
		var words []string
		for _, l := range lines[:len(lines)-1] {
			word, _, _ := strings.Cut(l, "\t")
			words = append(words, word)
		}
		for _, w := range c.has {
			if !slices.Contains(words, w) {
				t.Errorf("%q proposes %q, without %q", c.line, words, w)
			}
		}
		for _, w := range c.hasNot {
			if slices.Contains(words, w) {
				t.Errorf("%q proposes %q", c.line, w)
			}
		}
		said := stderr.String()
		if got := strings.Contains(said, "NoSpace"); got != c.noSpace {
			t.Errorf("after %q no space follows: %t, want %t", c.line, got, c.noSpace)
		}
		if got := strings.Contains(said, "FilterDirs"); got != c.dirs {
			t.Errorf("after %q folders are proposed: %t, want %t", c.line, got, c.dirs)
		}
	}
}
