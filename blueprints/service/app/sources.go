package app

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"

	"github.com/joho/godotenv"
)

// Source says where the value of a variable comes from.
type Source string

// The sources, from the weakest to the strongest.
const (
	FromDefault     Source = "default"
	FromFile        Source = ".env"
	FromSecretFile  Source = "secret file"
	FromEnvironment Source = "environment"
	FromFlag        Source = "flag"
)

// sources are the places where a value may come from, without the prefix. An
// empty value is no value.
type sources struct {
	prefix                                string
	defaults, file, secrets, env, flagged map[string]string
}

func (s sources) lookup(name string) (string, Source, bool) {
	for _, from := range []struct {
		values map[string]string
		source Source
	}{{s.flagged, FromFlag}, {s.env, FromEnvironment}, {s.secrets, FromSecretFile}, {s.file, FromFile}, {s.defaults, FromDefault}} {
		if v := from.values[name]; v != "" {
			return v, from.source, true
		}
	}
	return "", FromDefault, false
}

func prefixOf(name string) string {
	return strings.ToUpper(strings.ReplaceAll(name, "-", "_")) + "_"
}

func (a *App) readSources(o Options) {
	prefix := prefixOf(o.Name)
	a.sources = sources{
		prefix:   prefix,
		defaults: o.Defaults,
		secrets:  map[string]string{},
		env:      map[string]string{},
		flagged:  o.Overrides,
	}
	for _, entry := range o.Environ {
		name, value, _ := strings.Cut(entry, "=")
		if short, ok := strings.CutPrefix(name, prefix); ok {
			a.sources.env[short] = value
		}
	}
	if env, _, _ := a.sources.lookup("ENV"); o.EnvFile != "" && env != string(Production) {
		a.readEnvFile(o.EnvFile)
	}
}

func (a *App) readEnvFile(path string) {
	text, err := os.ReadFile(path) //nolint:gosec // main names the file
	if errors.Is(err, fs.ErrNotExist) {
		return
	}
	if err != nil {
		a.problem("read %s: %v", path, err)
		return
	}
	values, err := godotenv.UnmarshalBytes(text)
	if err != nil {
		// The parser's own message quotes the file, which holds secrets.
		a.problem("%s:%d: want NAME=value", path, brokenLine(string(text)))
		return
	}
	a.sources.file = map[string]string{}
	for name, value := range values {
		short, ok := strings.CutPrefix(name, a.sources.prefix)
		if !ok {
			a.problem("%s: %s is not read: names begin with %s", path, name, a.sources.prefix)
			continue
		}
		a.sources.file[short] = value
	}
	if env := a.sources.file["ENV"]; env != "" && env != string(Development) {
		a.problem("%s: %sENV cannot be %q here: the file is read in development only", path, a.sources.prefix, env)
		delete(a.sources.file, "ENV")
	}
}

// brokenLine is the last line that the text cannot be parsed with.
func brokenLine(text string) int {
	lines := strings.SplitAfter(text, "\n")
	for n := range lines {
		if _, err := godotenv.Unmarshal(strings.Join(lines[n+1:], "")); err == nil {
			return n + 1
		}
	}
	return len(lines)
}

// secretSuffix ends the name of a variable that holds no secret but the path of
// the file with it. Platforms mount secrets as files, where neither a list of
// processes nor a description of the container shows them.
const secretSuffix = "_FILE"

// readSecret takes the secret name from the file that the environment names.
func (a *App) readSecret(name string) {
	path := a.sources.env[name+secretSuffix]
	if path == "" {
		return
	}
	if a.sources.env[name] != "" {
		variable := a.sources.prefix + name
		a.problem("%s and %s%s are both set: keep one of them", variable, variable, secretSuffix)
		return
	}
	text, err := os.ReadFile(path) //nolint:gosec // the environment names the file
	if err != nil {
		a.problem("%s%s%s: %v", a.sources.prefix, name, secretSuffix, err)
		return
	}
	a.sources.secrets[name] = strings.TrimRight(string(text), "\r\n")
}

// findUnknown reports what is set and read by nobody: a misspelt name would
// otherwise change nothing and say nothing.
func (a *App) findUnknown(o Options) {
	known := map[string]bool{}
	for _, v := range a.variables {
		known[strings.TrimPrefix(v.Name, a.sources.prefix)] = true
	}
	names := slices.Sorted(maps.Keys(known))
	for _, v := range a.variables {
		if v.Secret {
			known[strings.TrimPrefix(v.Name, a.sources.prefix)+secretSuffix] = true
		}
	}
	for _, from := range []struct {
		values map[string]string
		place  string
		unused bool // is possible
	}{{a.sources.env, "", false}, {a.sources.file, o.EnvFile + ": ", false}, {o.Defaults, "default ", true}} {
		for name, value := range from.values {
			if known[name] || fromKubernetes(name, value) || from.unused && a.oneOfSeveral(name) {
				continue
			}
			hint := fmt.Sprintf("see %s config", o.Name)
			if near := nearest(name, names); near != "" {
				hint = fmt.Sprintf("did you mean %s%s?", a.sources.prefix, near)
			}
			a.problem("%s%s%s is not a variable of %s: %s", from.place, a.sources.prefix, name, o.Name, hint)
		}
	}
}

// oneOfSeveral says whether the name is like those of ConfigOf. A default may be
// for one that the environment has left out.
func (a *App) oneOfSeveral(name string) bool {
	return slices.ContainsFunc(a.kinds, func(kind string) bool { return strings.HasSuffix(name, kind) })
}

// Kubernetes sets these in every container for each service, and a service may
// be named like the application or begin with its name.
var (
	kubernetesName = regexp.MustCompile(`^(.+_)?(SERVICE_HOST|SERVICE_PORT(_.+)?|PORT_\d+_(TCP|UDP|SCTP)(_(PROTO|PORT|ADDR))?)$`)
	// A PORT of Kubernetes is an address; a number would be somebody's mistake.
	kubernetesPort = regexp.MustCompile(`^(.+_)?PORT=(tcp|udp|sctp)://`)
)

func fromKubernetes(name, value string) bool {
	return kubernetesName.MatchString(name) || kubernetesPort.MatchString(name+"="+value)
}
