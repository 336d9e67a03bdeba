package schema_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/schema"
)

// more are components that need each other, for the rules that the real ones
// do not use yet.
var more = []schema.Source{
	{Name: "api", CUE: []byte(`package schema
#Components: api?: #API
#API: {#Component, port: *8080 | #Port}
_registry: api: {always: true, summary: "api", config: #API, in: _, ports: http: {port: in.port, option: "port"}}
`)},
	{Name: "redis", CUE: []byte(`package schema
#Components: redis?: #Redis
#Redis: {#Component, port: *6379 | #Port, memory: *"64mb" | =~"^[0-9]+mb$", client: {timeout: *"1s" | #Duration}}
_registry: redis: {summary: "broker", config: #Redis, in: _, ports: redis: {port: in.port, option: "port"}, durations: "client.timeout": {value: in.client.timeout, min: "1ms", max: "1m"}}
`)},
	{Name: "cache", CUE: []byte(`package schema
#Components: cache?: #Cache
#Cache: {#Component, backend: *"memory" | "redis"}
_registry: cache: {
	summary: "cache", config: #Cache, in: _, inline: "backend"
	requires: {if in.backend == "redis" {redis: "cache backend is redis"}}
}
`)},
	{Name: "database", CUE: []byte(`package schema
#Components: database?: #Database
#Database: {#Component, engine: *"sqlite" | "postgres", replicas: *1 | int & >=1 & <=9}
_registry: database: {
	summary: "persistence", config: #Database, in: _, inline: "engine", variants: [in.engine]
	checks: replicas: {
		ok:      !(in.engine == "sqlite" && in.replicas > 1)
		message: "sqlite cannot be shared by \(in.replicas) replicas"
		hint:    "set engine to \"postgres\" or replicas to 1"
		at: ["replicas"]
	}
}
`)},
	{Name: "worker", CUE: []byte(`package schema
#Components: worker?: #Worker
#Worker: {
	#Component
	queues: [#Name]: #Queue
}
#Queue: {
	// How many jobs run at once.
	concurrency: *4 | int & >0 & <=64
	retry?: bool | "once"
	tags: [...#Name]
}
_registry: worker: {summary: "queues", config: #Worker, in: _, requires: redis: "queue broker"}
`)},
	{Name: "scheduler", CUE: []byte(`package schema
#Components: scheduler?: #Scheduler
#Scheduler: {
	#Component
	persist: bool | *false
	jobs: [#Name]: #Job
}
#Job: {schedule!: #Cron, run!: string}
_registry: scheduler: {
	summary: "jobs", config: #Scheduler, in: _
	requires: {if in.persist {database: "jobs survive restarts"}}
}
`)},
	{Name: "auth", CUE: []byte(`package schema
#Services: auth?: #Auth
#Auth: {#Component, issuer!: =~"^https://", expires: *"1h" | #Duration}
_registry: auth: {
	namespace: "services"
	summary:   "users", config: #Auth, in: _
	requires: {database: "stores users", worker: "sends mail"}
	durations: expires: {value: in.expires, min: "1m", max: "24h"}
	env: ISSUER: {default: in.issuer, doc: "Who issues tokens."}
}
`)},
}

func TestRequirementsBringComponentsAlong(t *testing.T) {
	s := newSchema(t, more)
	for _, c := range []struct{ manifest, want string }{
		{`components: {}`, "api(aegis: always included)"},
		{`components: worker: {}`, "api(aegis: always included) redis(worker: queue broker) worker(aegis.cue: requested)"},
		{`components: {worker: {}, redis: {}}`, "api(aegis: always included) redis(aegis.cue: requested, worker: queue broker) worker(aegis.cue: requested)"},
		{`components: worker: enabled: false`, "api(aegis: always included)"},
		{`components: {worker: enabled: false, redis: {}}`, "api(aegis: always included) redis(aegis.cue: requested)"},
		{`components: cache: {}`, "api(aegis: always included) cache(aegis.cue: requested)"},
		{`components: cache: backend: "redis"`, "api(aegis: always included) cache(aegis.cue: requested) redis(cache: cache backend is redis)"},
		{`components: scheduler: persist: true`, "api(aegis: always included) database(scheduler: jobs survive restarts) scheduler(aegis.cue: requested)"},
		{`services: auth: issuer: "https://x"`, "api(aegis: always included) auth(aegis.cue: requested) database(auth: stores users) redis(worker: queue broker) worker(auth: sends mail)"},
	} {
		var got []string
		for _, comp := range mustLoad(t, s, "name: \"shop\"\n"+c.manifest).Components {
			var why []string
			for _, r := range comp.Reasons {
				why = append(why, r.By+": "+r.Because)
			}
			got = append(got, comp.Name+"("+strings.Join(why, ", ")+")")
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s resolves to\n%s\nwant\n%s", c.manifest, strings.Join(got, " "), c.want)
		}
	}
}

func TestOptionsOfIncludedComponentsAreDefaults(t *testing.T) {
	p := mustLoad(t, newSchema(t, more), "name: \"shop\"\nservices: auth: issuer: \"https://x\"\n")
	if got := p.Component("redis").Options["memory"]; got != "64mb" {
		t.Errorf("memory is %v", got)
	}
	if c := p.Component("auth"); c.Kind != schema.Service || p.Component("redis").Kind != schema.Infrastructure {
		t.Errorf("auth is a %s", c.Kind)
	}
	if got := p.Component("database").Variants; !slices.Equal(got, []string{"sqlite"}) {
		t.Errorf("variants are %q", got)
	}
}

func TestContradictionsShowBothPlaces(t *testing.T) {
	s := newSchema(t, more)
	for _, c := range []struct{ name, manifest, want string }{
		{"needed but off", "name: \"shop\"\ncomponents: worker: {}\ncomponents: redis: enabled: false\n", `
aegis.cue:3:29: components.redis.enabled: redis is switched off, but worker needs it
  aegis.cue:2:21: components.worker: queue broker
  hint: delete this line, or switch off worker`},
		{"needed twice but off", "name: \"shop\"\ncomponents: {worker: {}, cache: backend: \"redis\", redis: enabled: false}\n", `
aegis.cue:2:67: components.redis.enabled: redis is switched off, but cache and worker need it
  aegis.cue:2:33: components.cache: cache backend is redis
  aegis.cue:2:22: components.worker: queue broker
  hint: delete this line, or switch off cache and worker`},
		{"needed by what is included", "name: \"shop\"\nservices: auth: issuer: \"https://x\"\ncomponents: redis: enabled: false\n", `
aegis.cue:3:29: components.redis.enabled: redis is switched off, but worker needs it
  aegis.cue:2:17: services.auth: brings worker, which needs it
  hint: delete this line, or switch off auth`},
		{"always", "name: \"shop\"\ncomponents: api: enabled: false\n", `
aegis.cue:2:27: components.api.enabled: api is part of every project and cannot be switched off
  hint: delete this line`},
		{"ports", "name: \"shop\"\ncomponents: {redis: port: 8080}\n", `
aegis.cue:2:27: components.redis.port: port 8080 is used by api (http) and redis (redis)
  hint: give one of them another port`},
		{"rule of a component", "name: \"shop\"\ncomponents: database: replicas: 3\n", `
aegis.cue:2:33: components.database.replicas: sqlite cannot be shared by 3 replicas
  hint: set engine to "postgres" or replicas to 1`},
		{"duration in a group", "name: \"shop\"\ncomponents: redis: client: timeout: \"2m\"\n", `
aegis.cue:2:37: components.redis.client.timeout: "2m" is not a duration from 1ms to 1m`},
		{"rule beside a mistake", "name: \"shop\"\ncomponents: {database: replicas: 3, redis: prt: 1}\n", `
aegis.cue:2:34: components.database.replicas: sqlite cannot be shared by 3 replicas
  hint: set engine to "postgres" or replicas to 1
aegis.cue:2:44: components.redis.prt: unknown field "prt"
  hint: did you mean "port"?`},
	} {
		t.Run(c.name, func(t *testing.T) { wantDiagnostics(t, s, c.manifest, c.want) })
	}
}

func TestMistakesInsideCollections(t *testing.T) {
	s := newSchema(t, more)
	for _, c := range []struct{ name, manifest, want string }{
		{"typo and bound", "name: \"shop\"\ncomponents: worker: queues: {\n\tmail: concurency: 3\n\tslow: concurrency: 99\n}\n", `
aegis.cue:3:8: components.worker.queues.mail.concurency: unknown field "concurency"
  hint: did you mean "concurrency"?
aegis.cue:4:21: components.worker.queues.slow.concurrency: must be an integer, more than 0 and at most 64, not 99`},
		{"same value in other words", "name: \"shop\"\nname: \"\\u0073hop\"\ncomponents: api: {port: 8080, prt: 1}\ncomponents: api: port: 8_080\n", `
aegis.cue:3:31: components.api.prt: unknown field "prt"
  hint: did you mean "port"?`},
		{"either", "name: \"shop\"\ncomponents: worker: queues: mail: retry: \"twice\"\n", `
aegis.cue:2:42: components.worker.queues.mail.retry: must be true or false or "once", not the text "twice"`},
		{"list element", "name: \"shop\"\ncomponents: worker: queues: mail: tags: [\"ok\", \"Not ok\"]\n", `
aegis.cue:2:48: components.worker.queues.mail.tags.1: "Not ok" is not a name such as "shop": lower-case letters, digits and hyphens, at most 40 characters
  hint: did you mean "not-ok"?`},
		{"required inside", "name: \"shop\"\ncomponents: scheduler: jobs: {\n\tdaily: schedule: \"0 0 * * *\"\n\tweekly: run: \"x\"\n}\n", `
aegis.cue:3:2: components.scheduler.jobs.daily.run: is missing
  hint: add run: a text in quotes
aegis.cue:4:2: components.scheduler.jobs.weekly.schedule: is missing
  hint: add schedule: "17 4 * * 1"`},
		{"required in a service", "name: \"shop\"\nservices: auth: {}\n", `
aegis.cue:2:11: services.auth.issuer: is missing
  hint: add issuer: a text in quotes`},
		{"label", "name: \"shop\"\ncomponents: worker: queues: \"Not a name\": {}\n", `
aegis.cue:2:29: components.worker.queues."Not a name": "Not a name" is not a name such as "shop": lower-case letters, digits and hyphens, at most 40 characters
  hint: did you mean "not-a-name"?`},
	} {
		t.Run(c.name, func(t *testing.T) { wantDiagnostics(t, s, c.manifest, c.want) })
	}
}

func wantDiagnostics(t *testing.T, s *schema.Schema, manifest, want string) {
	t.Helper()
	_, err := load(s, manifest)
	if err == nil {
		t.Fatalf("accepted %s", manifest)
	}
	if got := "\n" + err.Error(); got != want {
		t.Errorf("%s\ngives%s\nwant%s", manifest, got, want)
	}
}

func TestSchemasThatContradictThemselvesAreRefused(t *testing.T) {
	source := func(name, entry string) schema.Source {
		return schema.Source{Name: name, CUE: []byte("package schema\n#Components: " + name + "?: #Component\n_registry: " + name + ": {summary: \"x\", config: #Component, " + entry + "}\n")}
	}
	part := func(name, entry string) schema.Source {
		return schema.Source{Name: name, CUE: []byte("package schema\n_registry: " + name + ": {namespace: \"parts\", summary: \"x\", " + entry + "}\n")}
	}
	for _, c := range []struct {
		want    string
		sources []schema.Source
	}{
		{`component "a" is there twice`, []schema.Source{source("a", ""), source("a", "")}},
		{"components need each other in a ring: a, b, c, a", []schema.Source{source("a", `requires: b: "x"`), source("b", `requires: c: "x"`), source("c", `requires: {if true {a: "x"}}`)}},
		{`component "a" needs "nothing", which does not exist`, []schema.Source{source("a", `requires: nothing: "x"`)}},
		{`component "b" registers ["a"] instead of itself`, []schema.Source{{Name: "b", CUE: source("a", "").CUE}}},
		{`part "p" joins "nothing", which does not exist`, []schema.Source{part("p", `joins: ["nothing"]`)}},
		{`part "p" joins nothing and nothing needs it`, []schema.Source{part("p", "")}},
		{`part "p" has options, which nobody could set`, []schema.Source{source("a", ""), {Name: "p", CUE: append([]byte("package schema\n#Components: p?: #Component\n"), part("p", `joins: ["a"]`).CUE[len("package schema\n"):]...)}}},
		{`component "a" has a condition around fields; write it inside of them, as in requires: {if … {…}}`, []schema.Source{source("a", `if true {env: X: doc: "x"}`)}},
		{`component "a" has no config`, []schema.Source{{Name: "a", CUE: []byte("package schema\n_registry: a: summary: \"x\"\n")}}},
		{"components need each other in a ring: a, p, b, a", []schema.Source{source("a", ""), source("b", `requires: a: "x"`), part("p", `joins: ["a"], requires: b: "x"`)}},
		{"components need each other in a ring: p, q, p", []schema.Source{part("p", `joins: ["q"]`), part("q", `joins: ["p"]`)}},
		{"parse aegis:/generators/a/component.cue", []schema.Source{{Name: "a", CUE: []byte("package schema\n#Components: {")}}},
	} {
		if _, err := schema.New(c.sources); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("New gives %v, want %q", err, c.want)
		}
	}
}
