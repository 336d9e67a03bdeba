package render

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// composeStyle is how people write the files of Compose.
var composeStyle = yamlStyle{
	keys: []string{
		"name", "services",
		"image", "build", "context", "dockerfile", "args", "init", "user", "entrypoint", "command",
		"environment", "env_file", "secrets", "ports", "depends_on", "healthcheck",
		"test", "interval", "timeout", "start_period", "retries",
		"restart", "stop_grace_period", "deploy", "replicas", "resources", "limits", "cpus", "memory",
		"volumes", "tmpfs", "read_only", "cap_drop", "cap_add", "security_opt", "networks", "logging", "driver", "options", "develop",
		"action", "path", "ignore",
	},
	names: []string{"services", "environment", "args", "depends_on", "networks", "volumes", "secrets", "options"},
	flow:  []string{"command", "test", "cap_drop", "cap_add", "security_opt", "networks", "secrets", "tmpfs"},
	apart: []string{"services"},
}

// Compose returns compose.yaml and compose.prod.yaml, and the script that makes
// the secrets which the latter mounts; nil if there are none.
func Compose(compose *Document) (dev, prod, secrets []byte, err error) {
	tree := func(key string) map[string]any {
		t, _ := compose.Tree[key].(map[string]any)
		return t
	}
	dev, err = composeStyle.write(listed(tree("dev")), `For development: the whole application in one container, and the servers that
it needs. "make dev" starts it and rebuilds it when the code changes.

Generated from aegis.cue. What you add or change belongs in compose.override.yaml,
which Compose reads as well.`)
	if err != nil {
		return nil, nil, nil, err
	}
	production := listed(tree("prod"))
	if names := slices.Sorted(maps.Keys(tree("secrets"))); len(names) > 0 {
		files := map[string]any{}
		for _, name := range names {
			files[name] = map[string]any{"file": "./secrets/" + name}
		}
		production["secrets"] = files
		production["#secrets"] = "Files that deploy/secrets.sh makes. The application reads them where they are\nmounted, so that no description of a container shows them."
		secrets = secretsScript(tree("secrets"))
	}
	prod, err = composeStyle.write(production, `For production: every role of the application in containers of its own, of one
image, and the servers that it needs. "make up" starts it on this machine.

Generated from aegis.cue. What you add or change belongs in
compose.prod.override.yaml, which "make up" reads as well.`)
	return dev, prod, secrets, err
}

// ComposeLists are what a service has lists of that several owners add to.
var ComposeLists = []string{"volumes", "secrets", "ports", "tmpfs", "env_file", "extra_hosts"}

// listed returns the tree of a file with the lists that Compose wants in its
// services.
func listed(tree map[string]any) map[string]any {
	out := maps.Clone(tree)
	if out == nil {
		return map[string]any{}
	}
	services, _ := tree["services"].(map[string]any)
	if services == nil {
		return out
	}
	changed := make(map[string]any, len(services))
	for name, service := range services {
		s, ok := service.(map[string]any)
		if !ok {
			changed[name] = service
			continue
		}
		s = maps.Clone(s)
		for _, key := range ComposeLists {
			if entries, ok := s[key].(map[string]any); ok {
				s[key] = list(entries)
			}
		}
		changed[name] = s
	}
	out["services"] = changed
	return out
}

// list returns the entries in the order of their keys.
func list(entries map[string]any) []any {
	items := make([]any, 0, len(entries))
	for _, key := range slices.Sorted(maps.Keys(entries)) {
		if entries[key] == true {
			items = append(items, key)
		} else {
			items = append(items, entries[key])
		}
	}
	return items
}

// secretsScript returns a shell script that makes the secrets. A value may hold
// ${random} and the names of secrets that hold no other.
func secretsScript(secrets map[string]any) []byte {
	var out bytes.Buffer
	out.WriteString(`#!/bin/sh
# Makes the secrets that compose.prod.yaml mounts, each in a file below secrets/.
# What is there already stays as it is.
#
# Generated from aegis.cue. A value of your own belongs in its file.
set -eu
cd "$(dirname "$0")/.."

# The folder is closed to others; the files are not, because the containers run
# as users that this machine does not know.
mkdir -p secrets
chmod 700 secrets
umask 022

random() { head -c 32 /dev/urandom | od -An -vtx1 | tr -d ' \n'; }
secret() { [ -s "secrets/$1" ] || printf '%s\n' "$2" >"secrets/$1"; }
`)
	field := func(name, key string) string {
		s, _ := secrets[name].(map[string]any)
		value, _ := s[key].(string)
		return value
	}
	// Those that others are made of come first.
	references := func(name string) int {
		return strings.Count(strings.ReplaceAll(field(name, "value"), "${random}", ""), "${")
	}
	names := slices.Sorted(maps.Keys(secrets))
	slices.SortStableFunc(names, func(a, b string) int { return references(a) - references(b) })
	for _, name := range names {
		fmt.Fprintf(&out, "\n%s\nsecret %s \"%s\"\n", commented(field(name, "doc")), name,
			strings.ReplaceAll(field(name, "value"), "${random}", "$(random)"))
		reference := "${" + name + "}"
		if slices.ContainsFunc(names, func(other string) bool { return strings.Contains(field(other, "value"), reference) }) {
			fmt.Fprintf(&out, "%s=$(cat secrets/%[1]s)\n", name)
		}
	}
	return out.Bytes()
}
