package schema_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"testing"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/format"
	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/tools/txtar"

	"github.com/aegis-stack/aegis/schema"
)

// With the published schema, CUE accepts and refuses what Load does.
func TestPublishedSchemaAgrees(t *testing.T) {
	s := realSchema(t)
	text, err := s.CUE()
	if err != nil {
		t.Fatal(err)
	}
	if formatted, err := format.Source(text); err != nil || !bytes.Equal(formatted, text) {
		t.Errorf("the published schema is not formatted: %v", err)
	}
	accepts := cueAccepts(t, text)
	check := func(manifest string) {
		t.Helper()
		_, err := load(s, manifest)
		theirs := accepts(manifest)
		if (err == nil) != (theirs == nil) {
			t.Errorf("%s\nLoad says %v\nCUE says %v", manifest, err, theirs)
		}
	}
	scripts, err := filepath.Glob("../testscripts/mistakes/*.txtar")
	if err != nil || len(scripts) < 60 {
		t.Fatalf("found %d scripts: %v", len(scripts), err)
	}
	for _, name := range scripts {
		a, err := txtar.ParseFile(name)
		if err != nil {
			t.Fatal(err)
		}
		manifest := fileOf(a, "aegis.cue")
		// CUE knows no time zones.
		if filepath.Base(name) == "job_timezone_unknown.txtar" {
			continue
		}
		// CUE's own command reads other files where it is asked to, and
		// has to be told what belongs to a package.
		if manifest == "" || strings.Contains(manifest, "package ") || strings.Contains(manifest, "import") || strings.Contains(manifest, "strings.") || strings.Contains(manifest, "@") {
			continue
		}
		check(manifest)
	}
	r := rand.New(rand.NewPCG(5, 6))
	for range 25 {
		check(randomManifest(r))
	}
}

// cueAccepts returns what CUE says to a manifest with the published schema.
func cueAccepts(t *testing.T, published []byte) func(manifest string) error {
	t.Helper()
	ctx := cuecontext.New()
	scope := ctx.CompileBytes(published)
	if err := scope.Err(); err != nil {
		t.Fatal(err)
	}
	return func(manifest string) error {
		return ctx.CompileString("#Manifest & {\n"+manifest+"\n}\n", cue.Scope(scope)).Validate(cue.Concrete(true))
	}
}

func fileOf(a *txtar.Archive, name string) string {
	for _, f := range a.Files {
		if f.Name == name {
			return string(f.Data)
		}
	}
	return ""
}

// randomManifest returns one that is right about half of the time.
func randomManifest(r *rand.Rand) string {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	var b strings.Builder
	fmt.Fprintf(&b, "name: %s\n", pick(`"shop"`, `"shop"`, `"a-b"`, `"a-b"`, `"Shop"`, `"go"`))
	for _, line := range []string{
		`module: ` + pick(`"example.com/x"`, `"x"`, `"x/"`),
		`description: ` + pick(`"text"`, `"ä"`, `"a\nb"`),
		`log: level: ` + pick(`"info"`, `"debug"`, `"loud"`),
		`shutdownTimeout: ` + pick(`"1s"`, `"10m"`, `"90s"`, `"11m"`),
		`ci: schedule: ` + pick(`"0 0 * * *"`, `"5-9 * * * *"`, `"9-5 * * * *"`),
		`components: backend: port: ` + pick("1", "8080", "65535", "65536"),
		`components: backend: readTimeout: ` + pick(`"1s"`, `"1h"`, `"61m"`, `"999ms"`),
		`components: backend: rateLimit: requests: ` + pick("0", "7", "-1"),
		`components: frontend: port: ` + pick("8080", "8081", "1"),
		`components: frontend: theme: ` + pick(`"dark"`, `"light"`, `"red"`),
		`components: cli: enabled: ` + pick("true", "true", "false"),
		pick(`services: {}`, `services: {}`, `services: x: {}`),
	} {
		if r.IntN(4) == 0 {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// With the published schema, CUE accepts and refuses manifests with maps, too,
// as long as they describe no payloads.
func TestPublishedSchemaAgreesOnMaps(t *testing.T) {
	s := infrastructure(t)
	text, err := s.CUE()
	if err != nil {
		t.Fatal(err)
	}
	accepts := cueAccepts(t, text)
	r := rand.New(rand.NewPCG(9, 10))
	right := 0
	for range 60 {
		manifest := randomInfrastructure(r)
		_, err := load(s, manifest)
		theirs := accepts(manifest)
		if (err == nil) != (theirs == nil) {
			t.Errorf("%s\nLoad says %v\nCUE says %v", manifest, err, theirs)
		}
		if err == nil {
			right++
		}
	}
	if right < 12 || right > 48 {
		t.Errorf("%d of the manifests were right", right)
	}
}

// randomInfrastructure returns a manifest with maps that is right about half of
// the time.
func randomInfrastructure(r *rand.Rand) string {
	pick := func(values ...string) string { return values[r.IntN(len(values))] }
	var b strings.Builder
	b.WriteString("name: \"shop\"\n")
	for _, line := range []string{
		`components: database: engine: ` + pick(`"sqlite"`, `"postgres"`, `"postgres"`, `"mysql"`),
		`components: database: backup: schedule: ` + pick(`"0 2 * * *"`, `"0 9-5 * * *"`, `"0 2 * *"`),
		`components: worker: backend: ` + pick(`"redis"`, `"database"`),
		`components: worker: queues: mail: priority: ` + pick("1", "10", "11"),
		`components: worker: queues: ` + pick("mail", "default", "mail_2", `"mail-2"`, "func") + `: {}`,
		`components: worker: tasks: a: queue: ` + pick(`"mail"`, `"default"`),
		`components: worker: tasks: a: timeout: ` + pick(`"1s"`, `"24h"`, `"25h"`),
		`components: scheduler: jobs: a: {every: ` + pick(`"1s"`, `"8760h"`, `"999ms"`) + `, overlap: ` + pick(`"skip"`, `"queue"`, `"no"`) + `}`,
		`components: scheduler: jobs: b: cron: ` + pick(`"* * * * *"`, `"*/5 1-2 * * *"`, `"9-5 * * * *"`),
		`components: scheduler: jobs: c: ` + pick(`{}`, `{every: "1h"}`, `{every: "1h"}`, `{every: "1h", cron: "* * * * *"}`),
		`components: scheduler: jobs: backup: every: "1h"`,
		`components: scheduler: jobs: d: {every: "1h", task: ` + pick(`"a"`, `"a"`, `"z"`) + `}`,
		`components: cache: {backend: ` + pick(`"redis"`, `"memory"`) + `, ttl: ` + pick(`"1s"`, `"1m"`, `"721h"`) + `}`,
		`components: redis: enabled: ` + pick("true", "true", "false"),
		`deploy: web: replicas: ` + pick("1", "2", "101"),
		`deploy: worker: {replicas: ` + pick("1", "2") + `, memory: ` + pick(`"64MiB"`, `"2GiB"`, `"2GB"`) + `}`,
		`deploy: scheduler: cpus: ` + pick("0.5", "2", "0"),
	} {
		if r.IntN(6) == 0 {
			b.WriteString(line + "\n")
		}
	}
	return b.String()
}

// jsonAccepts returns what tells whether the JSON Schema accepts a manifest
// that is written in CUE.
func jsonAccepts(t *testing.T, s *schema.Schema) func(manifest string) bool {
	t.Helper()
	text, err := s.JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	const name = "aegis.json"
	decode := func(text []byte) any {
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
		if err != nil {
			t.Fatal(err)
		}
		return value
	}
	compiler := jsonschema.NewCompiler()
	if err := compiler.AddResource(name, decode(text)); err != nil {
		t.Fatal(err)
	}
	published, err := compiler.Compile(name)
	if err != nil {
		t.Fatal(err)
	}
	return func(manifest string) bool {
		data, err := cuecontext.New().CompileString(manifest).MarshalJSON()
		if err != nil {
			t.Fatal(err)
		}
		return published.Validate(decode(data)) == nil
	}
}

func TestJSONSchemaAcceptsMaps(t *testing.T) {
	s := infrastructure(t)
	accepts := jsonAccepts(t, s)
	r := rand.New(rand.NewPCG(11, 12))
	right := 0
	for range 60 {
		manifest := randomInfrastructure(r)
		if _, err := load(s, manifest); err != nil {
			continue
		}
		right++
		if !accepts(manifest) {
			t.Errorf("JSON Schema refuses\n%s", manifest)
		}
	}
	if right < 12 {
		t.Errorf("only %d of the manifests were right", right)
	}
	if manifest := `name: "shop", components: {worker: tasks: a: payload: {}, scheduler: jobs: j: {every: "1h", task: "a", payload: {}}}`; !accepts(manifest) {
		t.Errorf("JSON Schema refuses\n%s", manifest)
	}
	for _, wrong := range []string{
		`name: "x", components: worker: queues: mail: priority: 11`, `name: "x", components: scheduler: jobs: a: evry: "1h"`,
		`name: "x", components: schedulersql: {}`, `name: "x", deploy: web: replicas: 0`,
	} {
		if accepts(wrong) {
			t.Errorf("JSON Schema accepts %s", wrong)
		}
	}
}

// JSON Schema is looser than CUE, but refuses nothing that CUE accepts.
func TestJSONSchemaRefusesNoValidManifest(t *testing.T) {
	s := realSchema(t)
	accepts := jsonAccepts(t, s)
	r := rand.New(rand.NewPCG(7, 8))
	right := 0
	for range 40 {
		manifest := randomManifest(r)
		if _, err := load(s, manifest); err != nil {
			continue
		}
		right++
		if !accepts(manifest) {
			t.Errorf("JSON Schema refuses\n%s", manifest)
		}
	}
	if right < 8 {
		t.Errorf("only %d of the manifests were right", right)
	}
	for _, wrong := range []string{
		`module: "x"`, `name: "Shop"`, `name: "func"`, `name: "shop", wroker: {}`, `name: "shop", components: backend: port: 0`,
		`name: "shop", log: level: "loud"`, `name: "shop", components: backend: prt: 1`, `name: "shop", ci: schedule: "@daily"`,
	} {
		if accepts(wrong) {
			t.Errorf("JSON Schema accepts %s", wrong)
		}
	}
}

func TestJSONSchemaDescribes(t *testing.T) {
	text, err := realSchema(t).JSONSchema()
	if err != nil {
		t.Fatal(err)
	}
	type node struct {
		Schema      string           `json:"$schema"`
		Description string           `json:"description"`
		Default     any              `json:"default"`
		Minimum     float64          `json:"minimum"`
		Maximum     float64          `json:"maximum"`
		Enum        []string         `json:"enum"`
		Properties  map[string]*node `json:"properties"`
	}
	var root node
	if err := json.Unmarshal(text, &root); err != nil {
		t.Fatal(err)
	}
	if root.Schema != "https://json-schema.org/draft/2020-12/schema" {
		t.Errorf("the draft is %q", root.Schema)
	}
	port := root.Properties["components"].Properties["backend"].Properties["port"]
	if port.Description == "" || port.Default != 8080.0 || port.Minimum != 1 || port.Maximum != 65535 {
		t.Errorf("the port is described as %+v", port)
	}
	if level := root.Properties["log"].Properties["level"]; len(level.Enum) != 4 || level.Default != "info" {
		t.Errorf("the level is described as %+v", level)
	}
}
