package edit

import (
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

func manifest(t *testing.T, text string) *Manifest {
	t.Helper()
	m, err := New(map[string][]byte{"aegis.cue": []byte(text)})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

var postgres = schema.Selection{Name: "database", Settings: []schema.Setting{{Path: []string{"engine"}, Value: `"postgres"`}}}

// Each text gets a component, which is then taken out again.
func TestAddAndRemove(t *testing.T) {
	for _, test := range []struct {
		name, before, after string
		selection           schema.Selection
		kind                schema.Kind
	}{
		{"nothing yet", "name: \"x\"\n", "name: \"x\"\ncomponents: worker: {}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"a service", "name: \"x\"\ncomponents: {}\n", "name: \"x\"\ncomponents: {}\nservices: auth: {}\n", schema.Selection{Name: "auth"}, schema.Service},
		{"a setting", "name: \"x\"\n", "name: \"x\"\ncomponents: database: engine: \"postgres\"\n", postgres, schema.Infrastructure},
		{"a block with comments and columns of its own",
			"name:    \"x\" // mine\n\n\n// What it has.\ncomponents: {\n    cache:  {}   // fast\n    // nothing else\n}\nlog: level: \"debug\"\n",
			"name:    \"x\" // mine\n\n\n// What it has.\ncomponents: {\n    cache:  {}   // fast\n    worker: {}\n    // nothing else\n}\nlog: level: \"debug\"\n",
			schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"one line", "components: {cache: {}, redis: {}}\n", "components: {cache: {}, redis: {}, worker: {}}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"an empty block", "components: {\n}\n", "components: {\n\tworker: {}\n}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"empty braces", "components: {}\n", "components: {worker: {}}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"a chain", "components: cache: {} // fast\nname: \"x\"\n", "components: cache: {} // fast\ncomponents: worker: {}\nname: \"x\"\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"several settings", "components: {\r\n  cache: {}\r\n}\r\n", "components: {\r\n  cache: {}\r\n  redis: {port: 1, memory: \"2mb\"}\r\n}\r\n",
			schema.Selection{Name: "redis", Settings: []schema.Setting{{Path: []string{"port"}, Value: "1"}, {Path: []string{"memory"}, Value: `"2mb"`}}}, schema.Infrastructure},
		{"the schema unified", "import s \"x\"\n\ns.#Manifest & {\n\tname: \"x\"\n\tcomponents: {\n\t\tcache: {}\n\t}\n}\n",
			"import s \"x\"\n\ns.#Manifest & {\n\tname: \"x\"\n\tcomponents: {\n\t\tcache: {}\n\t\tworker: {}\n\t}\n}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"a byte order mark", "\ufeffname: \"x\"\n", "\ufeffname: \"x\"\ncomponents: worker: {}\n", schema.Selection{Name: "worker"}, schema.Infrastructure},
		{"no end of line", "components: cache: {}", "components: cache: {}\ncomponents: worker: {}", schema.Selection{Name: "worker"}, schema.Infrastructure},
	} {
		t.Run(test.name, func(t *testing.T) {
			m := manifest(t, test.before)
			if err := m.Add(test.kind, test.selection); err != nil {
				t.Fatal(err)
			}
			if got := string(m.Changed()["aegis.cue"]); got != test.after {
				t.Errorf("adding made\n%s\nwant\n%s", got, test.after)
			}
			if removed, err := m.Remove(test.kind, test.selection.Name); err != nil || !removed {
				t.Fatalf("removing: %v, %v", removed, err)
			}
			if got := string(m.Texts()["aegis.cue"]); strings.TrimSuffix(got, "\n") != strings.TrimSuffix(test.before, "\n") {
				t.Errorf("removing left\n%s\nwant\n%s", got, test.before)
			}
		})
	}
}

func TestRemove(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{"with the comment above", "components: {\n\t// one\n\ta: {}\n\n\t// for mail\n\t// and more\n\tworker: {\n\t\tx: 1\n\t} // behind\n\n\t// two\n\tb: {}\n}\n",
			"components: {\n\t// one\n\ta: {}\n\n\t// two\n\tb: {}\n}\n"},
		{"a comment apart stays", "// why\n\ncomponents: worker: {}\nname: \"x\"\n", "// why\n\nname: \"x\"\n"},
		{"first of a line", "components: {worker: {}, b: {}}\n", "components: {b: {}}\n"},
		{"last of a line", "components: {a: {}, worker: {}}\n", "components: {a: {}}\n"},
		{"in several places", "components: worker: x: 1\nname: \"x\"\ncomponents: {a: {}, worker: y: 2}\n", "name: \"x\"\ncomponents: {a: {}}\n"},
		{"not there", "components: a: worker: {}\n", "components: a: worker: {}\n"},
	} {
		m := manifest(t, test.before)
		if _, err := m.Remove(schema.Infrastructure, "worker"); err != nil {
			t.Fatal(err)
		}
		if got := string(m.Texts()["aegis.cue"]); got != test.after {
			t.Errorf("%s: it is\n%s\nwant\n%s", test.name, got, test.after)
		}
	}
}

func TestAddToWhatIsThere(t *testing.T) {
	for _, test := range []struct{ before, after, err string }{
		{"components: database: {}\n", "components: database: {engine: \"postgres\"}\n", ""},
		{"components: database: {\n\tenabled: false // for now\n}\n", "components: database: {\n\tenabled: true // for now\n\tengine: \"postgres\"\n}\n", ""},
		{"components: database: enabled: false\n", "components: database: enabled: true\ncomponents: database: engine: \"postgres\"\n", ""},
		{"components: database: engine: \"postgres\"\n", "", `aegis.cue:1:13: "database" is part of the manifest already`},
		{"components: database: engine: \"sqlite\"\n", "", `aegis.cue:1:23: components.database.engine is "sqlite" already, not "postgres"`},
		{"_base: {}\ncomponents: _base\n", "", "aegis.cue:2:1: components is not written out"},
		{"components: database: _base\n_base: {}\n", "", "aegis.cue:1:13: components.database is not written out"},
	} {
		m := manifest(t, test.before)
		err := m.Add(schema.Infrastructure, postgres)
		if test.err != "" {
			if err == nil || !strings.Contains(err.Error(), test.err) {
				t.Errorf("adding to %s failed with %v, want %q", test.before, err, test.err)
			}
			continue
		}
		if got := string(m.Texts()["aegis.cue"]); err != nil || got != test.after {
			t.Errorf("it is\n%s\n(%v), want\n%s", got, err, test.after)
		}
	}
}

func TestFilesOfAPackage(t *testing.T) {
	m, err := New(map[string][]byte{
		"aegis.cue": []byte("package shop\n\nname: \"x\"\n"),
		"more.cue":  []byte("package shop\n\ncomponents: {\n\tcache: {}\n}\n"),
		"other.cue": []byte("package other\n\ncomponents: {\n\tcache: {}\n}\n"),
		"bad.cue":   []byte("package {"),
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Add(schema.Infrastructure, schema.Selection{Name: "worker"}); err != nil {
		t.Fatal(err)
	}
	changed := m.Changed()
	if got := string(changed["more.cue"]); len(changed) != 1 || got != "package shop\n\ncomponents: {\n\tcache: {}\n\tworker: {}\n}\n" {
		t.Errorf("%d files changed, more.cue is\n%s", len(changed), got)
	}
}

func TestSet(t *testing.T) {
	for _, test := range []struct{ name, before, after string }{
		{"comments and columns stay", "// Mine.\nname:   \"old\" // short\nmodule: \"old.example/x\"\n", "// Mine.\nname:   \"old\" // short\nmodule: \"new\"\n"},
		{"below the name", "// Mine.\nname: \"old\" // short\n\ncomponents: {}\n", "// Mine.\nname: \"old\" // short\nmodule: \"new\"\n\ncomponents: {}\n"},
		{"an expression", "name: \"x\"\nmodule: \"example.com/\" + name // both\n", "name: \"x\"\nmodule: \"new\" // both\n"},
		{"in several places", "module: string\nname: \"x\"\nmodule: \"old\"\n", "module: \"new\"\nname: \"x\"\nmodule: \"new\"\n"},
		{"the schema unified", "s.#Manifest & {\n\tname: \"x\"\n}\n", "s.#Manifest & {\n\tname: \"x\"\n\tmodule: \"new\"\n}\n"},
		{"no name", "components: {}\n", "components: {}\nmodule: \"new\"\n"},
	} {
		m := manifest(t, test.before)
		if err := m.Set("module", "new"); err != nil {
			t.Fatal(err)
		}
		if got := string(m.Texts()["aegis.cue"]); got != test.after {
			t.Errorf("%s: it is\n%s\nwant\n%s", test.name, got, test.after)
		}
	}
}
