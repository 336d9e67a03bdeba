package assemble

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// synthetic returns components that need each other, as the version'th Aegis
// has them.
func synthetic(version int) []generators.Generator {
	entry := func(name, namespace, options, more string) string {
		title := strings.ToUpper(name[:1]) + name[1:]
		return fmt.Sprintf("package schema\n\n#%s: %s?: #%s\n\n// It is %s.\n#%s: {#Component, %s}\n\n_registry: %s: {namespace: %q, summary: %q, config: #%s, in: _, %s}\n",
			strings.ToUpper(namespace[:1])+namespace[1:], name, title, name, title, options, name, namespace, name, title, more)
	}
	body := func(name string, needs ...string) string {
		text := source(name, needs...)
		for i := range 10 {
			v := 1
			if i == 7 { // what changes from version to version
				v = version
			}
			text += fmt.Sprintf("\n// F%d returns %d.\nfunc F%d() int {\n\treturn %d\n}\n", i, v, i, v)
		}
		return text
	}
	component := func(name, schema string, needs ...string) generators.Generator {
		pairs := []string{
			"component.cue", schema, "src/" + name + ".go", body(name, needs...),
			"src/assets/" + name + ".txt", "one\ntwo\nthree\nfour\nfive\nsix\n", "modules.json", locked("example.com/"+name, "v1.0.0"),
		}
		var variants []string
		if name == "database" {
			variants = []string{"sqlite", "postgres"}
			pairs = append(pairs, "src/sqlite/s.go", "package sqlite\n", "src/postgres/p.go", "package postgres\n",
				"src/migrations/0001_users.sql", fmt.Sprintf("create table users (id int); -- as of version %d\n", version))
			if version > 1 {
				pairs = append(pairs, "src/migrations/0002_names.sql", "alter table users add name text;\n", "src/more.go", "package database\n",
					"modules.json", locked("example.com/"+name, "v1.2.0"))
			}
		}
		return generators.FromFS(name, folder(pairs...), variants...)
	}
	return []generators.Generator{
		generators.Blueprint("service", fstest.MapFS{
			"app/app.go":          {Data: []byte(strings.Replace(body("app"), "func New(", "func none(", 1))},
			"cmd/service/main.go": {Data: []byte("package main\n\nfunc main() {}\n")},
			"Makefile":            {Data: []byte("all:\n\techo all\n\ntest:\n\techo test\n")},
			"README.md.tmpl":      {Data: []byte("# {{.Name}}\n\n{{range .Components}}- {{.Name}}\n{{end}}\nThe end.\n")},
			"modules.json":        {Data: []byte(`{"go": "1.26"}`)},
		}),
		component("auth", entry("auth", "services", `issuer: string | *"me"`, `inline: "issuer", requires: database: "stores users"`), "database"),
		component("cache", entry("cache", "components", `backend: *"memory" | "redis"`, `inline: "backend", requires: {if in.backend == "redis" {redis: "cache backend is redis"}}`)),
		component("database", entry("database", "components", `engine: *"sqlite" | "postgres"`, `inline: "engine", variants: [in.engine], leaves: "the tables users and names; drop them by hand"`)),
		component("redis", entry("redis", "components", `size: *1 | int & >0 & <10`, ``)),
		component("worker", entry("worker", "components", `size: *1 | int & >0 & <10`, `requires: redis: "queue broker"`), "redis"),
	}
}

// locked is a modules.json that requires one module.
func locked(path, version string) string {
	return fmt.Sprintf(`{"go": "1.26", "require": {%[1]q: %[2]q}, "direct": {%[1]q: true}, "graph": {"%[1]s@%[2]s": {"pruned": true}},
		"sums": {"%[1]s@%[2]s": "h1:%[2]s=", "%[1]s@%[2]s/go.mod": "h1:%[2]smod="}}`, path, version)
}

// newSynthetic makes a project of synthetic components. It lies where writing
// is cheap, if there is such a place.
func newSynthetic(t *testing.T, manifest string) Options {
	t.Helper()
	if info, err := os.Stat("/dev/shm"); err == nil && info.IsDir() {
		t.Setenv("TMPDIR", "/dev/shm")
	}
	o := Options{Dir: t.TempDir(), Version: "v1", Generators: synthetic(1)}
	write(t, filepath.Join(o.Dir, "aegis.cue"), manifest)
	if _, err := Generate(o); err != nil {
		t.Fatal(err)
	}
	return o
}

// contents returns all files of a project by path, except for what is local.
func contents(t *testing.T, dir string) map[string]string {
	t.Helper()
	out := map[string]string{}
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			if name == ".aegis/local" {
				return fs.SkipDir
			}
			return err
		}
		text, err := os.ReadFile(filepath.Join(dir, name))
		out[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// differing returns the paths at which two projects differ.
func differing(a, b map[string]string) []string {
	var out []string
	for name, text := range a {
		if other, ok := b[name]; !ok || other != text {
			out = append(out, name)
		}
	}
	for name := range b {
		if _, ok := a[name]; !ok {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

func add(t *testing.T, o Options, items ...string) {
	t.Helper()
	chosen, err := Add(o, items)
	if err == nil {
		_, err = Generate(chosen)
	}
	if err != nil {
		t.Fatalf("add %q: %v", items, err)
	}
}

// Adding later gives byte for byte what choosing at once gives, whatever the
// order; removing again leads back.
func TestAddingLater(t *testing.T) {
	const start = "name: \"shop\"\n\n// What it has.\ncomponents: {\n\tredis: {} // cheap\n}\n"
	items := []string{"worker", "cache[redis]", "database[postgres]", "auth"}
	once := newSynthetic(t, "name: \"shop\"\ncomponents: {redis: {}, worker: {}, cache: backend: \"redis\", database: engine: \"postgres\"}\nservices: auth: {}\n")
	want := contents(t, once.Dir)
	for seed := range uint64(5) {
		r := rand.New(rand.NewPCG(seed, 1))
		r.Shuffle(len(items), func(i, j int) { items[i], items[j] = items[j], items[i] })
		o := newSynthetic(t, start)
		before := contents(t, o.Dir)
		for _, item := range items {
			add(t, o, item)
		}
		got := contents(t, o.Dir)
		if diff := differing(got, want); !slices.Equal(diff, []string{"aegis.cue"}) {
			t.Errorf("in the order %q, %q differ", items, diff)
		}
		if !strings.HasPrefix(got["aegis.cue"], "name: \"shop\"\n\n// What it has.\ncomponents: {\n\tredis: {} // cheap\n") {
			t.Errorf("the manifest is\n%s", got["aegis.cue"])
		}
		for _, item := range []string{"auth", "worker", "database", "cache"} {
			chosen, _, err := Remove(o, []string{item}, false)
			if err == nil {
				_, err = Generate(chosen)
			}
			if err != nil {
				t.Fatalf("remove %s: %v", item, err)
			}
		}
		if diff := differing(contents(t, o.Dir), before); diff != nil {
			t.Errorf("after removing in the order %q, %q differ", items, diff)
		}
	}
	// All at once is the same.
	o := newSynthetic(t, start)
	add(t, o, items...)
	if diff := differing(contents(t, o.Dir), want); !slices.Equal(diff, []string{"aegis.cue"}) {
		t.Errorf("added together, %q differ", diff)
	}
}

func TestAddRefuses(t *testing.T) {
	o := newSynthetic(t, "name: \"shop\"\ncomponents: database: {}\n")
	before := contents(t, o.Dir)
	for _, test := range []struct {
		items []string
		want  string
	}{
		{[]string{"wroker", "cahce"}, "there is no component or service \"wroker\"\nhint: did you mean \"worker\"?\nthere is no component or service \"cahce\"\nhint: did you mean \"cache\"?"},
		{[]string{"worker", "worker"}, `"worker" is named twice`},
		{[]string{"database"}, `aegis.cue:2:13: "database" is part of the manifest already`},
		{[]string{"worker[size=many]"}, `option "size" is an integer`},
		{[]string{"worker[size=99]"}, `aegis.cue:3:27: components.worker.size: must be`},
		{[]string{"database[engine=oracle]"}, `components.database.engine: must be one of "sqlite", "postgres"`},
	} {
		_, err := Add(o, test.items)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("adding %q failed with\n%v\nwant\n%s", test.items, err, test.want)
		}
	}
	if diff := differing(contents(t, o.Dir), before); diff != nil {
		t.Errorf("%q changed", diff)
	}
	// What is off is switched on.
	write(t, filepath.Join(o.Dir, "aegis.cue"), "name: \"shop\"\ncomponents: database: enabled: false // for now\n")
	add(t, o, "database")
	if text := contents(t, o.Dir)["aegis.cue"]; text != "name: \"shop\"\ncomponents: database: enabled: true // for now\n" {
		t.Errorf("the manifest is\n%s", text)
	}
}

func TestRemoveWhatIsNeeded(t *testing.T) {
	const manifest = "name: \"shop\"\ncomponents: {\n\tworker: {}\n\tredis: {}\n\tcache: backend: \"redis\"\n}\nservices: auth: {}\n"
	for _, test := range []struct {
		items   []string
		cascade bool
		want    string // the error
		left    string // the manifest
		gone    string
	}{
		{items: []string{"redis"}, want: "\"redis\" is needed by \"cache\" (cache backend is redis) and \"worker\" (queue broker)\nhint: remove cache and worker as well"},
		{items: []string{"database"}, want: "\"database\" is needed by \"auth\" (stores users)\nhint: remove auth as well, or all of them with --cascade"},
		{items: []string{"nobody"}, want: "there is no component or service \"nobody\""},
		{items: []string{"redis"}, cascade: true, left: "name: \"shop\"\ncomponents: {\n}\nservices: auth: {}\n", gone: "cache (it needs what was removed) redis () worker (it needs what was removed)"},
		{items: []string{"database"}, cascade: true, left: "name: \"shop\"\ncomponents: {\n\tworker: {}\n\tredis: {}\n\tcache: backend: \"redis\"\n}\n",
			gone: "auth (it needs what was removed) database () leaves the tables users and names; drop them by hand"},
		{items: []string{"auth"}, left: "name: \"shop\"\ncomponents: {\n\tworker: {}\n\tredis: {}\n\tcache: backend: \"redis\"\n}\n",
			gone: "auth () database (nothing needs it any more) leaves the tables users and names; drop them by hand"},
		{items: []string{"worker", "redis", "cache"}, left: "name: \"shop\"\ncomponents: {\n}\nservices: auth: {}\n", gone: "cache () redis () worker ()"},
	} {
		o := newSynthetic(t, manifest)
		chosen, removed, err := Remove(o, test.items, test.cascade)
		if test.want != "" {
			var choice *ChoiceError
			if err == nil || !errors.As(err, &choice) || !strings.Contains(err.Error(), test.want) {
				t.Errorf("removing %q failed with\n%v\nwant\n%s", test.items, err, test.want)
			}
			continue
		}
		if err == nil {
			_, err = Generate(chosen)
		}
		if err != nil {
			t.Errorf("removing %q: %v", test.items, err)
			continue
		}
		var gone []string
		for _, r := range removed {
			line := fmt.Sprintf("%s (%s)", r.Name, r.Because)
			if r.Leaves != "" {
				line += " leaves " + r.Leaves
			}
			gone = append(gone, line)
		}
		if got := strings.Join(gone, " "); got != test.gone {
			t.Errorf("removing %q takes %q, want %q", test.items, got, test.gone)
		}
		if text := contents(t, o.Dir)["aegis.cue"]; text != test.left {
			t.Errorf("removing %q leaves\n%s\nwant\n%s", test.items, text, test.left)
		}
	}
	o := newSynthetic(t, "name: \"shop\"\n")
	if _, _, err := Remove(o, []string{"worker"}, false); err == nil || err.Error() != `"worker" is not part of the project` {
		t.Errorf("removing what is not there: %v", err)
	}
	o = newSynthetic(t, "name: \"shop\"\n_all: worker: {}\ncomponents: _all\n")
	if _, _, err := Remove(o, []string{"worker"}, true); err == nil || !strings.Contains(err.Error(), "cannot be taken out of the manifest") {
		t.Errorf("removing what is computed: %v", err)
	}
}

// What was edited stays when its component goes, and undo brings all of it
// back, with the manifest.
func TestRemoveAndUndo(t *testing.T) {
	o := newSynthetic(t, "name: \"shop\"\ncomponents: worker: {}\n")
	edited := filepath.Join(o.Dir, "internal", "worker", "worker.go")
	text, err := os.ReadFile(edited)
	if err != nil {
		t.Fatal(err)
	}
	write(t, edited, string(text)+"\n// mine\n")
	before := contents(t, o.Dir)
	chosen, _, err := Remove(o, []string{"worker"}, false)
	if err != nil {
		t.Fatal(err)
	}
	set, err := Generate(chosen)
	if err != nil {
		t.Fatal(err)
	}
	if got := contents(t, o.Dir); got["aegis.cue"] != "name: \"shop\"\n" || !strings.HasSuffix(got["internal/worker/worker.go"], "// mine\n") ||
		got["internal/worker/assets/worker.txt"] != "" || got["internal/redis/redis.go"] != "" {
		t.Errorf("the project is %v", got)
	}
	if !slices.ContainsFunc(set.Changes, func(c Change) bool {
		return c.Path == "internal/worker/worker.go" && c.Action == Keep && c.Retired
	}) {
		t.Errorf("the edited file is not listed: %v", set.Changes)
	}
	changes, err := Undo(o.Dir, false, nil)
	if err != nil || !slices.ContainsFunc(changes, func(c Change) bool { return c.Path == "aegis.cue" }) {
		t.Errorf("undo did %v, %v", changes, err)
	}
	if diff := differing(contents(t, o.Dir), before); diff != nil {
		t.Errorf("after undo, %q differ", diff)
	}
}

// A newer Aegis merges what changed in its sources, says so in words, moves the
// dependencies, adds migrations and rewrites none.
func TestUpgrade(t *testing.T) {
	o := newSynthetic(t, "name: \"shop\"\nservices: auth: {}\n")
	edited := filepath.Join(o.Dir, "internal", "database", "database.go")
	text, err := os.ReadFile(edited)
	if err != nil {
		t.Fatal(err)
	}
	write(t, edited, strings.Replace(string(text), "// F1 returns 1.", "// F1 returns one. Mine.", 1))
	was := contents(t, o.Dir)

	o.Version, o.Generators = "v2", synthetic(2)
	set, err := Check(o)
	if err != nil {
		t.Fatal(err)
	}
	const words = `auth: updates internal/auth/auth.go
database: adds internal/database/more.go; adds the migration internal/database/migrations/0002_names.sql, and rewrites none; merges with your edits internal/database/database.go
service: updates internal/app/app.go
aegis: updates go.mod, go.sum
go.mod: example.com/database moves from v1.0.0 to v1.2.0`
	want := strings.Split(words, "\n")
	slices.Sort(want[:4])
	if got := Words(set); !slices.Equal(got, want) {
		t.Errorf("it says\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	for _, c := range set.Changes {
		if c.Action == Update && c.Reason != "Aegis changed from v1 to v2" {
			t.Errorf("%s is updated because %q", c.Path, c.Reason)
		}
	}
	if diff := differing(contents(t, o.Dir), was); diff != nil {
		t.Errorf("Check changed %q", diff)
	}
	if _, err := Generate(o); err != nil {
		t.Fatal(err)
	}
	now := contents(t, o.Dir)
	if name := "internal/database/migrations/0001_users.sql"; now[name] != was[name] || !strings.Contains(now[name], "version 1") {
		t.Errorf("a migration was rewritten: %s", now[name])
	}
	if text := now["internal/database/database.go"]; !strings.Contains(text, "// F1 returns one. Mine.") || !strings.Contains(text, "// F7 returns 2.") {
		t.Errorf("it is not merged:\n%s", text)
	}
	if got := Words(set); len(got) == 0 {
		t.Error("nothing was said")
	}
	if set, err := Generate(o); err != nil || !set.Idle() || len(Words(set)) != 0 {
		t.Errorf("once more: %v, %v", Words(set), err)
	}
	// Back to the old one, and both reasons at once.
	o.Version, o.Generators = "v1", synthetic(1)
	write(t, filepath.Join(o.Dir, "aegis.cue"), "name: \"shop\"\ndescription: \"x\"\nservices: auth: {}\n")
	if set, err = Check(o); err != nil || !slices.Contains(Words(set), "go.mod: example.com/database goes back from v1.2.0 to v1.0.0") ||
		!slices.ContainsFunc(set.Changes, func(c Change) bool {
			return c.Reason == "the manifest changed, and Aegis from v2 to v1"
		}) {
		t.Errorf("back: %v, %v", set.Changes, err)
	}
}

func TestSchemaSource(t *testing.T) {
	s, err := generators.Schema(synthetic(1))
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Catalog()
	if err != nil || !slices.ContainsFunc(entries, func(e schema.Entry) bool { return e.Name == "database" && e.Leaves != "" }) {
		t.Errorf("the catalog has %v, %v", entries, err)
	}
}
