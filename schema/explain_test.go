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

func TestCatalogDescribesWhatThereIs(t *testing.T) {
	entries, err := newSchema(t, more).Catalog()
	if err != nil {
		t.Fatal(err)
	}
	byName := map[string]schema.Entry{}
	var names []string
	for _, e := range entries {
		byName[e.Name], names = e, append(names, e.Name)
	}
	if want := "api cache database redis scheduler worker auth"; strings.Join(names, " ") != want {
		t.Errorf("got %q, want components, then services: %q", names, want)
	}
	api := byName["api"]
	if !api.Always || !reflect.DeepEqual(api.Ports, []schema.Port{{Use: "http", Number: 8080, Option: "port"}}) {
		t.Errorf("api is %+v", api)
	}
	if got := byName["cache"]; got.Inline != "backend" || !reflect.DeepEqual(got.Requires, []schema.Requirement{{Name: "redis", Because: "cache backend is redis", Conditional: true}}) {
		t.Errorf("cache is %+v", got)
	}
	auth := byName["auth"]
	if auth.Kind != schema.Service || len(auth.Requires) != 2 || auth.Requires[0].Conditional {
		t.Errorf("auth is %+v", auth)
	}
	// What a required option decides is not known before it is given.
	if len(auth.Env) != 1 || auth.Env[0].Default != "" {
		t.Errorf("auth reads %+v", auth.Env)
	}
	options := map[string]schema.Option{}
	for _, o := range append(auth.Options, byName["worker"].Options...) {
		options[o.Path] = o
	}
	if o := options["issuer"]; !o.Required || o.Default != "" {
		t.Errorf("issuer is %+v", o)
	}
	if o := options["expires"]; o.Default != `"1h"` || o.Allowed != `a duration such as "30s", "500ms" or "1h30m", from 1m to 24h` {
		t.Errorf("expires is %+v", o)
	}
	if _, ok := options["queues"]; !ok {
		t.Errorf("options are %v", options)
	}
}

func TestExplain(t *testing.T) {
	s := newSchema(t, more)
	dir := t.TempDir()
	file := filepath.ToSlash(filepath.Join(dir, "aegis.cue"))
	manifest := `name: "shop"
_memory: "128mb"
components: worker: queues: mail: {}
components: redis: memory: _memory
services: auth: issuer: "https://x"
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
	for _, c := range []struct{ path, value, from, def string }{
		{"components.redis.memory", `"128mb"`, file + ":4:28", `"64mb"`},
		{"redis.memory", `"128mb"`, file + ":4:28", `"64mb"`},
		{"components.redis.port", "6379", "default", "6379"},
		{"components.api.port", "8080", "default", "8080"},
		{"components.worker.queues.mail.concurrency", "4", "default", "4"},
		{"services.auth.issuer", `"https://x"`, file + ":5:25", ""},
		{"module", `"shop"`, "default", "the value of name"},
		{"log.level", `"info"`, "default", `"info"`},
		{"name", `"shop"`, file + ":1:7", ""},
	} {
		x := explain(c.path)
		if x.Value != c.value || x.From != c.from || x.Default != c.def {
			t.Errorf("%s is %s from %s, by default %s; want %s from %s, by default %s", c.path, x.Value, x.From, x.Default, c.value, c.from, c.def)
		}
	}

	redis := explain("redis")
	want := []schema.PlacedReason{
		{Reason: schema.Reason{By: "aegis.cue", Because: "requested"}, Position: file + ":4:13"},
		{Reason: schema.Reason{By: "worker", Because: "queue broker"}, Position: file + ":3:13"},
	}
	if redis.Component == nil || !reflect.DeepEqual(redis.Reasons, want) {
		t.Errorf("reasons are %+v, want %+v", redis.Reasons, want)
	}
	// Included by what is included itself: there is no place to show.
	if db := explain("database"); len(db.Reasons) != 1 || db.Reasons[0].By != "auth" || db.Reasons[0].Position != file+":5:11" {
		t.Errorf("reasons are %+v", db.Reasons)
	}
	if cache := explain("cache"); len(cache.Reasons) != 0 {
		t.Errorf("cache is there because of %+v", cache.Reasons)
	}
	if log := explain("log"); len(log.Fields) != 2 || log.Value != "" {
		t.Errorf("log is %+v", log)
	}

	// Definitions, with and without the sign that shells take for a comment.
	for _, name := range []string{"#Duration", "Duration"} {
		if x := explain(name); x.Path != "#Duration" || !strings.HasPrefix(x.Allowed, "a duration such as") {
			t.Errorf("%s is %+v", name, x)
		}
	}
	// Any name of a map, and one that the manifest does not have.
	for _, path := range []string{"worker.queues.NAME.concurrency", "worker.queues.other.concurrency"} {
		if x := explain(path); x.Default != "4" || x.Value != "" {
			t.Errorf("%s is %+v", path, x)
		}
	}
	// Whatever is offered can be explained.
	paths, err := s.Paths()
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(paths); i += 7 {
		explain(paths[i])
	}
	for _, path := range []string{"redis", "scheduler", "components.redis.port", "components.worker.queues", "#Duration", "log", "name"} {
		if !slices.Contains(paths, path) {
			t.Errorf("%s is not among the paths", path)
		}
	}

	for path, want := range map[string]string{
		"memory":            "components.redis.memory",
		"replicsa":          `did you mean "deploy.web.replicas"?`,
		"Duratoin":          `did you mean "#Duration"?`,
		"AEG99":             "AEG001 to AEG040",
		"redsi":             `did you mean "redis"?`,
		"components.wroker": `did you mean "worker"?`,
		"log.levle":         `did you mean "level"?`,
		"":                  "is not a path",
		"a..b":              "is not a path",
		"components[0]":     "is not a path",
	} {
		if _, err := s.Explain(dir, path); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("explain %q gives %v, want %q", path, err, want)
		}
	}
}

func TestExplainWithoutAGoodManifest(t *testing.T) {
	s := newSchema(t, more)
	dir := t.TempDir()
	x, err := s.Explain(dir, "components.redis.port")
	if err != nil || x.Default != "6379" || x.Value != "" || x.Broken {
		t.Errorf("without a manifest: %+v, %v", x, err)
	}
	for _, broken := range []string{"name: 5\n", "name: {\n", "import \"example.com/x\"\nname: x.y\n"} {
		if err := os.WriteFile(filepath.Join(dir, "aegis.cue"), []byte(broken), 0o644); err != nil {
			t.Fatal(err)
		}
		if x, err = s.Explain(dir, "components.redis.port"); err != nil || x.Default != "6379" || !x.Broken {
			t.Errorf("with %q: %+v, %v", broken, x, err)
		}
	}
}

func TestSelect(t *testing.T) {
	s := newSchema(t, more)
	got, err := s.Select(schema.Infrastructure, " database[postgres,replicas=2], redis[memory=1mb] ,cache[],scheduler[persist=true],")
	if err != nil {
		t.Fatal(err)
	}
	want := []schema.Selection{
		{Name: "database", Settings: []schema.Setting{{Path: []string{"engine"}, Value: `"postgres"`}, {Path: []string{"replicas"}, Value: "2"}}},
		{Name: "redis", Settings: []schema.Setting{{Path: []string{"memory"}, Value: `"1mb"`}}},
		{Name: "cache"},
		{Name: "scheduler", Settings: []schema.Setting{{Path: []string{"persist"}, Value: "true"}}},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v\nwant %+v", got, want)
	}
	if got, err := s.Select(schema.Service, "auth[issuer=https://x]"); err != nil || len(got) != 1 {
		t.Errorf("got %v, %v", got, err)
	}
	if got, err := s.Select(schema.Service, ""); err != nil || len(got) != 0 {
		t.Errorf("nothing is %v, %v", got, err)
	}
	for text, want := range map[string]string{
		"wroker":                  "there is no component \"wroker\"\nhint: did you mean \"worker\"?",
		"auth":                    `there is no component "auth"`,
		"redis,redis":             `component "redis" is chosen twice`,
		"redis[5]":                `component "redis" takes options as name=value, not "5"`,
		"redis[prt=5]":            "there is no option \"prt\"\nhint: did you mean \"port\"?",
		"redis[port=x]":           `option "port" is a TCP port from 1 to 65535, not "x"`,
		"scheduler[persist=yes]":  `option "persist" is true or false, not "yes"`,
		"scheduler[jobs=x]":       `option "jobs" cannot be set on the command line`,
		"redis[port=5":            "the brackets in",
		"redis]":                  "the brackets in",
		"redis[[5]]":              "the brackets in",
		"nope,redis[port=x],cach": "nope",
	} {
		_, err := s.Select(schema.Infrastructure, text)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("select %q gives %v, want %s", text, err, want)
		}
	}
}
