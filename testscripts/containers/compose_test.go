package containers

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/schema"
	"github.com/compose-spec/compose-go/v2/types"
)

// load reads compose files as Compose does, with all checks of its own.
func load(t *testing.T, dir string, environ []string, files ...string) (*types.Project, error) {
	t.Helper()
	options, err := cli.NewProjectOptions(files, cli.WithWorkingDirectory(dir), cli.WithEnv(environ), cli.WithProfiles([]string{"*"}))
	if err != nil {
		t.Fatal(err)
	}
	return options.LoadProject(t.Context())
}

func TestComposeFiles(t *testing.T) {
	for name, manifest := range manifests(t) {
		t.Run(strings.ReplaceAll(name, "\n", " "), func(t *testing.T) {
			dir := project(t, manifest)
			run(t, dir, "sh", "deploy/secrets.sh")
			dev, err := load(t, dir, nil, dir+"/compose.yaml")
			if err != nil {
				t.Fatalf("%v\n%s", err, read(t, dir, "compose.yaml"))
			}
			prod, err := load(t, dir, nil, dir+"/compose.prod.yaml")
			if err != nil {
				t.Fatalf("%v\n%s", err, read(t, dir, "compose.prod.yaml"))
			}
			if dev.Name == prod.Name {
				t.Errorf("both are called %s and would share their volumes", dev.Name)
			}
			for _, p := range []*types.Project{dev, prod} {
				for _, s := range p.Services {
					confined(t, p, s)
				}
			}
			for _, s := range prod.Services {
				production(t, s)
			}
		})
	}
}

// confined checks what holds for every container.
func confined(t *testing.T, p *types.Project, s types.ServiceConfig) {
	t.Helper()
	if !s.ReadOnly || !slices.Equal(s.CapDrop, []string{"ALL"}) || !slices.Contains(s.SecurityOpt, "no-new-privileges:true") || s.Privileged {
		t.Errorf("%s may do harm", s.Name)
	}
	if s.Logging == nil || s.Logging.Options["max-size"] == "" {
		t.Errorf("the log of %s fills the disk", s.Name)
	}
	for _, port := range s.Ports {
		if port.HostIP != "127.0.0.1" {
			t.Errorf("%s is open to the network at %s", s.Name, port.Published)
		}
	}
	for _, v := range s.Volumes {
		if v.Type != types.VolumeTypeVolume || v.Source == "" {
			t.Errorf("%s keeps %s where it is lost, or in a folder of the host", s.Name, v.Target)
		}
	}
	for name, value := range s.Environment {
		if value != nil && strings.Contains(*value, "://") && strings.Contains(*value, "@") && p.Name == "my-shop-prod" {
			t.Errorf("whoever inspects %s sees %s=%s", s.Name, name, *value)
		}
	}
}

// production checks what holds for every container that stays.
func production(t *testing.T, s types.ServiceConfig) {
	t.Helper()
	if s.Build != nil {
		t.Errorf("%s is built where it runs", s.Name)
	}
	if where := s.Environment["MY_SHOP_ENV"]; strings.HasPrefix(s.Image, "my-shop:") && (where == nil || *where != "production") {
		t.Errorf("%s does not run as in production", s.Name)
	}
	if open := s.Name == "web" || s.Name == "proxy"; len(s.Ports) > 0 && !open {
		t.Errorf("%s is published", s.Name)
	}
	switch s.Name {
	case "web", "scheduler", "worker":
		if s.StopGracePeriod == nil || time.Duration(*s.StopGracePeriod) <= 20*time.Second {
			t.Errorf("%s is killed before it has finished what is in progress", s.Name)
		}
		if secret := s.Environment["MY_SHOP_ADMIN_TOKEN_FILE"]; secret == nil || *secret != "/run/secrets/admin_token" {
			t.Errorf("%s has no administrator", s.Name)
		}
		fallthrough
	default:
		if s.Restart != types.RestartPolicyUnlessStopped {
			t.Errorf("%s does not come back: restart is %q", s.Name, s.Restart)
		}
		if _, inside := s.Networks["inside"]; s.Name != "proxy" && !inside {
			t.Errorf("%s is not among the others", s.Name)
		}
	case "migrate":
		if s.Restart == types.RestartPolicyUnlessStopped {
			t.Error("migrate runs for ever")
		}
	}
}

// What the manifest says of a role is what its containers get.
func TestDeployOfTheManifest(t *testing.T) {
	dir := project(t, "name: \"shop\"\nshutdownTimeout: \"90s\"\ndeploy: web: {replicas: 2, cpus: 0.5, memory: \"1GiB\"}\n")
	run(t, dir, "sh", "deploy/secrets.sh")
	p, err := load(t, dir, []string{"PUBLISH=10.0.0.1:80", "VERSION=v1"}, dir+"/compose.prod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	web, proxy := p.Services["web"], p.Services["proxy"]
	limits := web.Deploy.Resources.Limits
	if *web.Deploy.Replicas != 2 || limits.NanoCPUs != 0.5 || limits.MemoryBytes != 1<<30 {
		t.Errorf("web has %d replicas and the limits %+v", *web.Deploy.Replicas, limits)
	}
	if limit := *web.Environment["GOMEMLIMIT"]; limit != "921MiB" {
		t.Errorf("Go collects garbage to stay below %s", limit)
	}
	if time.Duration(*web.StopGracePeriod) != 100*time.Second || web.Image != "shop:v1" {
		t.Errorf("it may take %s to stop, and runs %s", web.StopGracePeriod, web.Image)
	}
	if len(web.Ports) != 0 || len(proxy.Ports) != 1 || proxy.Ports[0].HostIP != "10.0.0.1" || proxy.Ports[0].Published != "80" {
		t.Errorf("web publishes %v, the proxy %v", web.Ports, proxy.Ports)
	}
}

// What the user adds is on top of ours.
func TestOverrideOfTheUser(t *testing.T) {
	dir := project(t, "name: \"shop\"\n")
	write(t, dir, "compose.override.yaml", "services:\n  app:\n    environment:\n      SHOP_LOG_LEVEL: debug\n  mail:\n    image: mailhog\n")
	p, err := load(t, dir, nil, dir+"/compose.yaml", dir+"/compose.override.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if *p.Services["app"].Environment["SHOP_LOG_LEVEL"] != "debug" || p.Services["mail"].Image != "mailhog" {
		t.Errorf("services are %v", p.Services)
	}
}

// Secrets are made once, for no other eyes on this machine.
func TestSecretsAreMadeOnce(t *testing.T) {
	dir := project(t, manifests(t)["limits"])
	write(t, dir, "secrets/admin_token", "chosen-by-hand-0123")
	run(t, dir, "./deploy/secrets.sh")
	first := run(t, dir, "sh", "-c", "cd secrets && grep . *")
	run(t, dir, "./deploy/secrets.sh")
	if again := run(t, dir, "sh", "-c", "cd secrets && grep . *"); again != first {
		t.Errorf("the second run changes\n%s into\n%s", first, again)
	}
	if read(t, dir, "secrets/admin_token") != "chosen-by-hand-0123" {
		t.Error("a secret of the user was replaced")
	}
	if mode := run(t, dir, "stat", "-c", "%a", "secrets"); mode != "700\n" {
		t.Errorf("the folder has the mode %s", mode)
	}
	if strings.Contains(first, "$") {
		t.Errorf("a secret was not filled in:\n%s", first)
	}
}

// spec is Compose's own description of its files.
type spec struct {
	Properties map[string]any
	Defs       map[string]value `json:"$defs"`
}

// value is what the description says of one.
type value struct {
	Ref        string           `json:"$ref"`
	Type       any              `json:"type"`
	OneOf      []value          `json:"oneOf"`
	AllOf      []value          `json:"allOf"`
	Properties map[string]value `json:"properties"`
}

// examples are values of all kinds, as YAML.
var examples = map[string]string{"array": "[]", "object": "{}", "string": "x", "number": "x", "integer": "x", "boolean": "x"}

// forms returns those of the examples that v may be written like.
func (s spec) forms(v value) map[string]bool {
	if v.Ref != "" {
		return s.forms(s.Defs[strings.TrimPrefix(v.Ref, "#/$defs/")])
	}
	out := map[string]bool{}
	for _, one := range v.OneOf {
		maps.Copy(out, s.forms(one))
	}
	kinds, _ := v.Type.([]any)
	for _, kind := range append(kinds, v.Type) {
		if kind, ok := kind.(string); ok && kind != "null" {
			out[examples[kind]] = true
		}
	}
	return out
}

// Every key that Compose knows may be in a file of the user, with a value of a
// kind that Compose takes, and no other.
func TestKeysOfComposeAreKnown(t *testing.T) {
	var s spec
	if err := json.Unmarshal([]byte(schema.Schema), &s); err != nil {
		t.Fatal(err)
	}
	known := s.Defs["service"].Properties
	for _, part := range s.Defs["service"].AllOf {
		maps.Copy(known, s.Defs[strings.TrimPrefix(part.Ref, "#/$defs/")].Properties)
	}
	if len(known) < 80 || len(s.Properties) < 8 {
		t.Fatalf("found %d keys of a service and %d of a file", len(known), len(s.Properties))
	}
	dir := project(t, "name: \"shop\"\n")
	good, bad, wrong := "services:\n", "services:\n  app:\n", 0
	for i, example := range []string{"[]", "{}", "x"} {
		good += fmt.Sprintf("  s%d:\n    image: x\n", i)
		for _, key := range slices.Sorted(maps.Keys(known)) {
			forms := s.forms(known[key])
			if len(forms) == 0 {
				t.Errorf("what %s may be is not found", key)
			}
			switch {
			case forms[example] && key != "image" && key != "depends_on" && key != "extends":
				good += "    " + key + ": " + example + "\n"
			case !forms[example] && !strings.Contains(bad, "    "+key+":"):
				bad += "    " + key + ": " + example + "\n"
				wrong++
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(s.Properties)) {
		if key != "services" {
			good += key + ": {}\n"
		}
	}
	write(t, dir, "compose.override.yaml", good)
	run(t, dir, aegis, "validate")
	write(t, dir, "compose.override.yaml", bad)
	cmd := exec.CommandContext(t.Context(), aegis, "validate")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil || strings.Count(string(out), "must be written as ") != wrong {
		t.Errorf("of %d values of the wrong kind, these are found:\n%s", wrong, out)
	}
}

// What Compose does not take together with our files, validate reports.
func TestOverridesThatDoNotFit(t *testing.T) {
	dir := project(t, "name: \"shop\"\ncomponents: database: engine: \"postgres\"\n")
	run(t, dir, "sh", "deploy/secrets.sh")
	for _, test := range []struct {
		text string
		fits bool
	}{
		{"services: {web: {environment: {A: b}, labels: [a=b], volumes: ['backups:/x', '/elsewhere', './a:/b']}}", true},
		{"services: {mail: {image: x, networks: [outside], depends_on: [web]}}", true},
		{"services: {mail: {image: x, networks: {mail: {}}, volumes: [mails:/x]}}\nnetworks: {mail: }\nvolumes: {mails: }", true},
		{"services: {web: {networks: !reset [], network_mode: host}}", true},
		{"services: {web: {deploy: {replicas: 4}}}", true},
		{"services: {web: {ports: '80'}}", false},
		{"services: {web: {ports: {a: b}}}", false},
		{"services: {web: {healthcheck: [x]}}", false},
		{"services: {web: {network_mode: host}}", false},
		{"services: {web: {scale: 4}}", false},
		{"services: {web: {networks: [mail]}}", false},
		{"services: {web: {volumes: ['mails:/x']}}", false},
		{"services: {web: {volumes: [{type: volume, source: mails, target: /x}]}}", false},
		{"services: {web: {secrets: [nothing]}}", false},
		{"services: {web: {configs: [{source: nothing}]}}", false},
		{"services: {web: {depends_on: [mail]}}", false},
		{"services: {web: {depends_on: {mail: {condition: service_started}}}}", false},
		{"services: {webb: {environment: {}}}", false},
	} {
		write(t, dir, "compose.prod.override.yaml", test.text)
		if _, err := load(t, dir, nil, dir+"/compose.prod.yaml", dir+"/compose.prod.override.yaml"); err == nil != test.fits {
			t.Errorf("Compose says %v of %s", err, test.text)
		}
		cmd := exec.CommandContext(t.Context(), aegis, "validate")
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err == nil != test.fits || !test.fits && !strings.Contains(string(out), "compose.prod.override.yaml:1:") {
			t.Errorf("validate says %v of %s: %s", err, test.text, out)
		}
	}
}

// Services of the manifest are found by the others, and keep their data.
func TestServicesOfTheManifest(t *testing.T) {
	dir := project(t, `name: "shop"
deploy: compose: services: {
	mail: {image: "mailhog", volumes: ["mails:/data"], networks: ["outside"]}
	tool: {image: "tool", profiles: ["tools"]}
	web: ports: ["127.0.0.1:8081:8080"]
}
`)
	run(t, dir, "sh", "deploy/secrets.sh")
	if _, err := load(t, dir, nil, dir+"/compose.yaml"); err != nil {
		t.Errorf("%v\n%s", err, read(t, dir, "compose.yaml"))
	}
	prod, err := load(t, dir, nil, dir+"/compose.prod.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if _, inside := prod.Services["tool"].Networks["inside"]; !inside || len(prod.Services["web"].Ports) != 2 {
		t.Errorf("tool is on %v, web publishes %v", prod.Services["tool"].Networks, prod.Services["web"].Ports)
	}
	if _, kept := prod.Volumes["mails"]; !kept {
		t.Errorf("volumes are %v", prod.Volumes)
	}
}
