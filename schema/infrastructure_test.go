package schema_test

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// infrastructure is the schema of components with maps, payloads and parts:
// those in testdata/components, and the real ones that are always there.
func infrastructure(tb testing.TB) *schema.Schema {
	tb.Helper()
	files, err := filepath.Glob("testdata/components/*.cue")
	if err != nil || len(files) == 0 {
		tb.Fatalf("found no components: %v", err)
	}
	for _, name := range []string{"backend", "cli", "frontend"} {
		files = append(files, "../generators/"+name+"/component.cue")
	}
	var sources []schema.Source
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			tb.Fatal(err)
		}
		name := strings.TrimSuffix(filepath.Base(f), ".cue")
		if name == "component" {
			name = filepath.Base(filepath.Dir(f))
		}
		sources = append(sources, schema.Source{Name: name, CUE: text})
	}
	return newSchema(tb, sources)
}

// chosen names what a project has besides what is always there.
func chosen(p *schema.Project) string {
	var names []string
	for _, c := range p.Components {
		if c.Name != "backend" && c.Name != "cli" && c.Name != "frontend" {
			names = append(names, c.Name)
		}
	}
	return strings.Join(names, " ")
}

func TestPartsComeWithAllThatTheyJoin(t *testing.T) {
	s := infrastructure(t)
	for manifest, want := range map[string]string{
		`components: {}`:                                           "",
		`components: database: {}`:                                 "database",
		`components: scheduler: {}`:                                "scheduler",
		`components: {scheduler: {}, database: {}}`:                "database scheduler schedulersql",
		`components: {scheduler: {}, worker: {}}`:                  "redis scheduler schedulertasks worker",
		`components: {worker: backend: "database"}`:                "database worker",
		`components: {cache: {}}`:                                  "cache",
		`components: {cache: backend: "redis"}`:                    "cache redis",
		`components: {scheduler: {enabled: false}, database: {}}`:  "database",
		`components: {worker: backend: "database", scheduler: {}}`: "database scheduler schedulersql schedulertasks worker",
		`components: {scheduler: jobs: a: {every: "1h", task: "b"}}, components: worker: tasks: b: {}`: "redis scheduler schedulertasks worker",
	} {
		if got := chosen(mustLoad(t, s, "name: \"shop\"\n"+manifest+"\n")); got != want {
			t.Errorf("%s brings %q, want %q", manifest, got, want)
		}
	}

	p := mustLoad(t, s, `name: "shop", components: {scheduler: {}, database: {engine: "postgres", backup: keep: 3}}`)
	part := p.Component("schedulersql")
	want := &schema.Component{
		Name: "schedulersql", Kind: schema.Part, Summary: "jobs that survive restarts, and the backup of the database",
		Options: map[string]any{}, Ports: map[string]int{}, Variants: []string{"postgres"},
		Reasons: []schema.Reason{{By: "aegis", Because: "database and scheduler are both there"}},
		Env:     []schema.Env{{Name: "BACKUP_KEEP", Default: "3", Doc: "How many copies of the database are kept."}},
	}
	if !reflect.DeepEqual(part, want) {
		t.Errorf("the part is %+v\nwant %+v", part, want)
	}
}

func TestMapsHaveDefaults(t *testing.T) {
	p := mustLoad(t, infrastructure(t), `name: "shop", components: {worker: queues: mail: priority: 5, scheduler: jobs: a: every: "1h"}`)
	if got, want := p.Component("worker").Options["queues"], map[string]any{
		"default": map[string]any{"concurrency": 10, "priority": 1}, "mail": map[string]any{"concurrency": 10, "priority": 5},
	}; !reflect.DeepEqual(got, want) {
		t.Errorf("queues are %v, want %v", got, want)
	}
	if got, want := p.Component("scheduler").Options["jobs"], map[string]any{"a": map[string]any{
		"every": "1h", "timezone": "UTC", "timeout": "10m", "overlap": "skip", "misfire": "once", "jitter": "0s",
	}}; !reflect.DeepEqual(got, want) {
		t.Errorf("jobs are %v, want %v", got, want)
	}
}

func TestRolesAreThoseOfTheProject(t *testing.T) {
	s := infrastructure(t)
	p := mustLoad(t, s, `name: "shop", components: worker: {}, deploy: worker: {replicas: 3, cpus: 0.5, memory: "512MiB"}`)
	if want := []schema.Role{{Name: "web", Replicas: 1}, {Name: "worker", Replicas: 3, CPUs: 0.5, Memory: "512MiB"}}; !reflect.DeepEqual(p.Deploy, want) {
		t.Errorf("roles are %+v, want %+v", p.Deploy, want)
	}
	if p.Role("worker").Replicas != 3 || p.Role("scheduler") != nil {
		t.Errorf("found %+v and %+v", p.Role("worker"), p.Role("scheduler"))
	}
}

func TestMistakesInMaps(t *testing.T) {
	s := infrastructure(t)
	for _, c := range []struct{ name, manifest, want string }{
		{"keys", `components: scheduler: jobs: {
	func: every: "1h"
	"Send-Report": every: "1h"
	backup_linux: every: "1h"
	default: every: "1h"
}`, `
aegis.cue:3:2: components.scheduler.jobs.func: "func" is a word that Go gives a meaning
  hint: choose a name such as "send_report": lower-case letters, digits and single underscores between them, at most 40 characters
aegis.cue:4:2: components.scheduler.jobs."Send-Report": "Send-Report" is not a name such as "send_report": lower-case letters, digits and single underscores between them, at most 40 characters
  hint: did you mean "send_report"?
aegis.cue:5:2: components.scheduler.jobs.backup_linux: "backup_linux" is a name whose ending keeps Go from building a file of that name everywhere
  hint: choose a name such as "send_report": lower-case letters, digits and single underscores between them, at most 40 characters`},
		{"values", `components: scheduler: jobs: {
	a: {every: "1h", overlap: "skp", misfire: 5, jitter: "2h", timeout: 5}
	b: true
	c: {every: "0s", timezone: "Europe/Berln"}
	d: {cron: "9-5 * * * *", timezone: "europe/berlin"}
	e: cron: "@daily"
}`, `
aegis.cue:3:28: components.scheduler.jobs.a.overlap: must be one of "skip", "queue", "allow", not "skp"
  hint: did you mean "skip"?
aegis.cue:3:44: components.scheduler.jobs.a.misfire: must be one of "once", "skip", "all", not 5
aegis.cue:3:55: components.scheduler.jobs.a.jitter: "2h" is not a duration from 0s to 1h
aegis.cue:3:70: components.scheduler.jobs.a.timeout: must be a duration such as "30s", "500ms" or "1h30m", not 5
  hint: did you mean "5s"?
aegis.cue:4:5: components.scheduler.jobs.b: must be options in braces { … }, not true
aegis.cue:5:13: components.scheduler.jobs.c.every: "0s" is not a duration from 1s to 8760h
aegis.cue:5:29: components.scheduler.jobs.c.timezone: there is no time zone "Europe/Berln"
  hint: did you mean "Europe/Berlin"?
aegis.cue:6:12: components.scheduler.jobs.d.cron: the range 9-5 runs backwards
aegis.cue:6:37: components.scheduler.jobs.d.timezone: "europe/berlin" is not the name of a time zone, such as "Europe/Berlin" or "UTC"
  hint: did you mean "Europe/Berlin"?
aegis.cue:7:11: components.scheduler.jobs.e.cron: "@daily" is a shorthand, and all five fields have to be written
  hint: did you mean "0 0 * * *"?`},
		{"computed values", `components: scheduler: jobs: {for i in [1, 2] {"j\(i)": {every: "\(i-1)s", timezone: "Mars/\(i)"}}}`, `
aegis.cue:2:58: components.scheduler.jobs.j1.every: "0s" is not a duration from 1s to 8760h
aegis.cue:2:76: components.scheduler.jobs.j1.timezone: there is no time zone "Mars/1"
  hint: write one such as "Europe/Berlin" or "UTC"
aegis.cue:2:76: components.scheduler.jobs.j2.timezone: there is no time zone "Mars/2"
  hint: write one such as "Europe/Berlin" or "UTC"`},
		{"one of two", `components: scheduler: jobs: {
	none: {}
	both: {every: "1h", cron: "* * * * *"}
	misspelt: evry: "1h"
	wrong: every: 5
}`, `
aegis.cue:3:8: components.scheduler.jobs.none: has neither every nor cron
  hint: write one of them: every: "1h" or cron: "0 3 * * *"
aegis.cue:4:8: components.scheduler.jobs.both: has both every and cron
  aegis.cue:4:16: components.scheduler.jobs.both.every
  aegis.cue:4:28: components.scheduler.jobs.both.cron
  hint: write one of them: every: "1h" or cron: "0 3 * * *"
aegis.cue:5:12: components.scheduler.jobs.misspelt.evry: unknown field "evry"
  hint: did you mean "every"?
aegis.cue:6:16: components.scheduler.jobs.wrong.every: must be a duration such as "30s", "500ms" or "1h30m", not 5
  hint: did you mean "5s"?`},
		{"a rule about a wrong value", `components: scheduler: jobs: {
	a: {every: "1h", jitter: "2h"}
	b: {every: "1m", jitter: "5m"}
}`, `
aegis.cue:3:27: components.scheduler.jobs.a.jitter: "2h" is not a duration from 0s to 1h
aegis.cue:4:27: components.scheduler.jobs.b.jitter: a jitter of 5m is not shorter than the 1m between two runs
  aegis.cue:4:13: components.scheduler.jobs.b.every`},
		{"two values", `components: scheduler: jobs: a: {every: "1h", timeout: "1m"}
components: scheduler: jobs: a: timeout: "2m"`, `
aegis.cue:3:42: components.scheduler.jobs.a.timeout: is "2m" here and "1m" elsewhere
  aegis.cue:2:56: the other value
  hint: delete one of the two`},
		{"queue that nobody serves", `components: worker: {
	queues: mail: {}
	tasks: {a: queue: "mial", b: queue: "other", c: queue: "default", d: {}}
}`, `
aegis.cue:4:20: components.worker.tasks.a.queue: there is no queue "mial"
  hint: did you mean "mail"?
aegis.cue:4:38: components.worker.tasks.b.queue: there is no queue "other"
  hint: there are default, mail`},
		{"job without its task", `components: scheduler: jobs: a: {every: "1h", task: "send_mail"}`, `
aegis.cue:2:53: components.scheduler.jobs.a.task: there is no task "send_mail"
  hint: declare it: components.worker.tasks: send_mail: {}`},
		{"part", `components: schedulersql: {}`, `
aegis.cue:2:13: components.schedulersql: unknown component "schedulersql"
  hint: it comes along by itself with database and scheduler`},
		{"rule of a part", `components: {database: {}, scheduler: jobs: backup: every: "1h"}`, `
aegis.cue:2:53: components.scheduler.jobs.backup: the job backup is there already: it makes the copies of the database
  hint: rename this job, or set components.database.backup`},
	} {
		t.Run(c.name, func(t *testing.T) { wantDiagnostics(t, s, "name: \"shop\"\n"+c.manifest+"\n", c.want) })
	}
}

func TestMistakesInRoles(t *testing.T) {
	s := infrastructure(t)
	for _, c := range []struct{ name, manifest, want string }{
		{"values", `components: worker: {}
deploy: {web: {replicas: 101, cpus: 0, memory: "512MB"}, worker: cpus: "x", wrker: {}}`, `
aegis.cue:3:26: deploy.web.replicas: must be an integer from 1 to 100, not 101
aegis.cue:3:37: deploy.web.cpus: must be a number, more than 0 and at most 1024, not 0
aegis.cue:3:48: deploy.web.memory: "512MB" is not an amount of memory such as "512MiB" or "2GiB"
  hint: did you mean "512MiB"?
aegis.cue:3:72: deploy.worker.cpus: must be a number, more than 0 and at most 1024, not the text "x"
aegis.cue:3:77: deploy.wrker: unknown field "wrker"
  hint: did you mean "worker"?`},
		{"no such role", `deploy: {web: replicas: 2, scheduler: replicas: 2}`, `
aegis.cue:2:39: deploy.scheduler: there is no scheduler to deploy
  hint: add components: scheduler: {}, or delete this`},
		{"sqlite is shared", `components: database: {}
deploy: web: replicas: 3`, `
aegis.cue:3:24: deploy.web.replicas: sqlite is a file that 3 processes of web cannot share
  aegis.cue:2:23: components.database
  hint: set components.database.engine to "postgres", or deploy.web.replicas to 1`},
		{"sqlite is chosen and shared", `components: {database: engine: "sqlite", worker: {}}
deploy: worker: replicas: 3`, `
aegis.cue:3:27: deploy.worker.replicas: sqlite is a file that 3 processes of worker cannot share
  aegis.cue:2:32: components.database.engine
  hint: set components.database.engine to "postgres", or deploy.worker.replicas to 1`},
		{"an engine that there is not", `components: database: engine: "postgress"
deploy: web: replicas: 3`, `
aegis.cue:2:31: components.database.engine: must be one of "sqlite", "postgres", not "postgress"
  hint: did you mean "postgres"?`},
	} {
		t.Run(c.name, func(t *testing.T) { wantDiagnostics(t, s, "name: \"shop\"\n"+c.manifest+"\n", c.want) })
	}
	mustLoad(t, s, `name: "shop", components: database: engine: "postgres", deploy: web: replicas: 3`)
}

func TestWhatIsNeededCannotBeSwitchedOff(t *testing.T) {
	s := infrastructure(t)
	for _, c := range []struct{ name, manifest, want string }{
		{"always under a condition", `components: {worker: {}, redis: enabled: false}`, `
aegis.cue:2:42: components.redis.enabled: redis is switched off, but worker needs it
  aegis.cue:2:22: components.worker: carries its queues
  hint: delete this line, or set components.worker.backend to "database"`},
		{"under the other condition", `components: {worker: backend: "database", database: enabled: false}`, `
aegis.cue:2:62: components.database.enabled: database is switched off, but worker needs it
  aegis.cue:2:22: components.worker: carries its queues
  hint: delete this line, or set components.worker.backend to "redis"`},
		{"twice", `components: {cache: backend: "redis", worker: {}, redis: enabled: false}`, `
aegis.cue:2:67: components.redis.enabled: redis is switched off, but cache and worker need it
  aegis.cue:2:21: components.cache: holds the cached values
  aegis.cue:2:47: components.worker: carries its queues
  hint: delete this line, or set components.cache.backend to "memory" and set components.worker.backend to "database"`},
		{"along a chain", `components: {scheduler: jobs: a: {every: "1h", task: "x"}, worker: enabled: false}
components: worker: tasks: x: {}`, `
aegis.cue:2:77: components.worker.enabled: worker is switched off, but scheduler needs it
  aegis.cue:2:25: components.scheduler: runs the tasks of its jobs
  hint: delete this line, or switch off scheduler`},
	} {
		t.Run(c.name, func(t *testing.T) { wantDiagnostics(t, s, "name: \"shop\"\n"+c.manifest+"\n", c.want) })
	}
}

func TestExplainInfrastructure(t *testing.T) {
	s := infrastructure(t)
	dir := t.TempDir()
	file := filepath.ToSlash(filepath.Join(dir, "aegis.cue"))
	manifest := `name: "shop"
components: {
	database: {}
	scheduler: jobs: cleanup: {every: "1h", timeout: "5m", task: "sweep"}
	worker: tasks: sweep: payload: {n: int}
}
`
	if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte(manifest), 0o644); err != nil {
		t.Fatal(err)
	}
	explain := func(path string) *schema.Explanation {
		t.Helper()
		x, err := s.Explain(dir, path)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	for _, c := range []struct{ path, value, from, def, allowed string }{
		{"components.scheduler.jobs.cleanup.timeout", `"5m"`, file + ":4:51", `"10m"`, `a duration such as "30s", "500ms" or "1h30m", from 1s to 24h`},
		{"components.scheduler.jobs.cleanup.overlap", `"skip"`, "default", `"skip"`, `one of "skip", "queue", "allow"`},
		{"scheduler.jobs.NAME.every", "", "", "", `a duration such as "30s", "500ms" or "1h30m", from 1s to 8760h`},
		{"scheduler.jobs.other.timeout", "", "", `"10m"`, `a duration such as "30s", "500ms" or "1h30m", from 1s to 24h`},
		{"worker.queues.default.priority", "1", "default", "1", "an integer from 1 to 10"},
		{"worker.queues.NAME.priority", "", "", "1", "an integer from 1 to 10"},
		{"worker.tasks.NAME.payload", "", "", "", "fields with their types in braces, as in { to: string }"},
		{"deploy.worker.replicas", "", "", "1", "an integer from 1 to 100"},
		{"deploy.web.replicas", "1", "default", "1", "an integer from 1 to 100"},
	} {
		x := explain(c.path)
		if x.Broken || x.Value != c.value || x.From != c.from || x.Default != c.def || x.Allowed != c.allowed {
			t.Errorf("%s is %q from %q, by default %q, and may be %s; broken: %v", c.path, x.Value, x.From, x.Default, x.Allowed, x.Broken)
		}
	}

	jobs := explain("components.scheduler.jobs")
	var fields []string
	for _, f := range jobs.Fields {
		fields = append(fields, f.Path)
	}
	if !strings.Contains(jobs.Allowed, `each with a name such as "send_report"`) || !slices.Contains(fields, "NAME.every") || !slices.Contains(fields, "NAME.timeout") {
		t.Errorf("jobs are %s with %v", jobs.Allowed, fields)
	}

	redis := explain("components.redis")
	if want := []schema.PlacedReason{{Reason: schema.Reason{By: "worker", Because: "carries its queues"}, Position: file + ":5:2"}}; !reflect.DeepEqual(redis.Reasons, want) {
		t.Errorf("redis is there because of %+v, want %+v", redis.Reasons, want)
	}
	part := explain("schedulersql")
	if part.Component == nil || part.Component.Kind != schema.Part || part.Path != "" || len(part.Reasons) != 1 || part.Reasons[0].Because != "database and scheduler are both there" {
		t.Errorf("the part is %+v", part)
	}
	if got, want := explain("database").Component.Brings, []schema.Brought{{
		Name: "schedulersql", With: []string{"scheduler"}, Summary: "jobs that survive restarts, and the backup of the database",
	}}; !reflect.DeepEqual(got, want) {
		t.Errorf("database brings %+v, want %+v", got, want)
	}

	// Nobody wrote worker, but what needs it was written.
	if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte("name: \"shop\"\ncomponents: scheduler: jobs: a: {every: \"1h\", task: \"b\"}\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	want := []schema.PlacedReason{{
		Reason: schema.Reason{By: "worker", Because: "carries its queues"}, Through: []string{"scheduler"}, Position: file + ":2:13",
	}}
	if got := explain("redis").Reasons; !reflect.DeepEqual(got, want) {
		t.Errorf("redis is there because of %+v, want %+v", got, want)
	}
}

func TestMapsCannotBeSetOnTheCommandLine(t *testing.T) {
	s := infrastructure(t)
	for text, want := range map[string]string{
		"scheduler[jobs=x]":          `option "jobs" cannot be set on the command line; write it into the manifest`,
		"scheduler[jobs.a.every=1h]": `option "jobs.a.every" cannot be set on the command line; write it into the manifest`,
		"worker[queues.default=x]":   `option "queues.default" cannot be set on the command line; write it into the manifest`,
		"scheduler[job=x]":           "there is no option \"job\"\nhint: did you mean \"jobs\"?",
		"schedulersql":               `"schedulersql" cannot be chosen; it comes along by itself with database and scheduler`,
		"database[backup.schedul=x]": `did you mean "backup.schedule"?`,
	} {
		if _, err := s.Select(schema.Infrastructure, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("select %q gives %v, want %s", text, err, want)
		}
	}
	if _, err := s.Select(schema.Infrastructure, "database[postgres,backup.keep=3],worker[database]"); err != nil {
		t.Error(err)
	}
}
