package schema

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// ComposeKeys and ServiceKeys are what a compose file and each of its services
// may hold.
var (
	ComposeKeys = strings.Fields(`configs include jobs models name networks secrets services version volumes`)
	ServiceKeys = strings.Fields(`annotations attach blkio_config build cap_add cap_drop cgroup cgroup_parent command
		configs container_name cpu_count cpu_percent cpu_period cpu_quota cpu_rt_period cpu_rt_runtime cpu_shares cpus
		cpuset credential_spec depends_on deploy develop device_cgroup_rules devices dns dns_opt dns_search domainname
		entrypoint env_file environment expose extends external_links extra_hosts gpus group_add healthcheck hostname
		image init ipc isolation label_file labels links logging mac_address mem_limit mem_reservation mem_swappiness
		memswap_limit models network_mode networks oom_kill_disable oom_score_adj pid pids_limit platform ports
		post_start pre_start pre_stop privileged profiles provider pull_policy pull_refresh_after read_only restart
		runtime scale secrets security_opt shm_size stdin_open stop_grace_period stop_signal storage_opt sysctls tmpfs
		tty ulimits umask use_api_socket user userns_mode uts volumes volumes_from working_dir`)
)

// CheckCompose reads the compose file name in dir, which is the user's own and
// changes services of another file, and returns what is certainly wrong with it
// as diagnostics. It is no error that there is no such file. If services
// returns none, it is not asked whether each of the user's is complete.
func CheckCompose(dir, name string, services func() ([]string, error)) error {
	content, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", name, err)
	}
	c := composeCheck{file: file{name: name, text: content}}
	if c.services, err = services(); err != nil {
		return err
	}
	c.check()
	return gather(quote(c.diags, []file{c.file}))
}

type composeCheck struct {
	file     file
	services []string
	diags    []*Diagnostic
}

var yamlLine = regexp.MustCompile(`^(?:line (\d+): )?(.*)$`)

func (c *composeCheck) check() {
	if d := invalidUTF8(c.file); d != nil {
		d.Code = CodeCompose
		c.diags = append(c.diags, d)
		return
	}
	var document yaml.Node
	if err := yaml.Unmarshal(c.file.text, &document); err != nil {
		// The parser counts lines only from the second on, and may point behind the end.
		m := yamlLine.FindStringSubmatch(strings.TrimPrefix(err.Error(), "yaml: "))
		line, _ := strconv.Atoi(m[1])
		line = min(max(line, 1), bytes.Count(bytes.TrimSuffix(c.file.text, []byte("\n")), []byte("\n"))+1)
		text := lineOf(c.file.text, line)
		c.add(&yaml.Node{Line: line, Column: len(text) - len(strings.TrimLeft(text, " \t")) + 1}, "", "the text is not YAML: "+m[2], "")
		return
	}
	if len(document.Content) == 0 {
		return // nothing but comments
	}
	for _, e := range c.entries(document.Content[0], "", "a compose file", ComposeKeys) {
		switch e.name {
		case "services":
			for _, service := range c.entries(e.value, e.name, "the services", nil) {
				c.service(service)
			}
		case "networks", "volumes", "secrets", "configs":
			for _, one := range c.entries(e.value, e.name, "these", nil) {
				c.entries(one.value, e.name+"."+one.name, "one of them", nil)
			}
		}
	}
}

func (c *composeCheck) service(e composeEntry) {
	path := "services." + e.name
	if e.value.ShortTag() == "!!null" {
		c.add(e.key, path, "is empty", "write below it what is different about the service, or delete this line")
		return
	}
	keys := map[string]any{}
	for _, own := range c.entries(e.value, path, "a service", ServiceKeys) {
		keys[own.name] = own
	}
	if !Runs(keys) && c.services != nil && !slices.Contains(c.services, e.name) && e.value.Kind == yaml.MappingNode {
		c.add(e.key, path, "is no service of this project, and has neither image nor build",
			DidYouMean(e.name, c.services, "the services are "+strings.Join(c.services, ", ")))
	}
}

// Runs says whether a service is complete: it has something to run.
func Runs(service map[string]any) bool {
	for _, key := range []string{"image", "build", "extends", "provider", "<<"} {
		if service[key] != nil {
			return true
		}
	}
	return false
}

// composeEntry is one entry of a mapping.
type composeEntry struct {
	name       string
	key, value *yaml.Node
}

// entries returns what the mapping n at path holds, and reports what it may
// not. known are the keys that there are; nil means any.
func (c *composeCheck) entries(n *yaml.Node, path, what string, known []string) []composeEntry {
	if n.ShortTag() == "!!null" {
		return nil
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if n.Kind != yaml.MappingNode {
		// Compose's own tags take something away.
		if strings.HasPrefix(n.Tag, "!!") {
			c.add(n, path, what+" must be written as names with values", "")
		}
		return nil
	}
	var out []composeEntry
	seen := map[string]*yaml.Node{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		e := composeEntry{n.Content[i].Value, n.Content[i], n.Content[i+1]}
		within := strings.TrimPrefix(path+"."+e.name, ".")
		switch {
		case seen[e.name] != nil:
			c.add(e.key, within, fmt.Sprintf("is there already, in line %d", seen[e.name].Line), "delete one of the two")
		case known != nil && !slices.Contains(known, e.name) && !strings.HasPrefix(e.name, "x-") && e.name != "<<":
			c.add(e.key, within, fmt.Sprintf("%s has no key %q", what, e.name), DidYouMean(e.name, known, ""))
		}
		seen[e.name] = e.key
		out = append(out, e)
	}
	return out
}

// unknownKeys returns what is wrong with the services of compose files that the
// manifest holds: keys that Compose does not know.
func (p *Project) unknownKeys() []*Diagnostic {
	var diags []*Diagnostic
	for _, c := range p.Compose {
		for _, name := range slices.Sorted(maps.Keys(c.Services)) {
			service, _ := c.Services[name].(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(service)) {
				if !slices.Contains(ServiceKeys, key) && !strings.HasPrefix(key, "x-") {
					diags = append(diags, p.Diagnostic(slices.Concat(c.Path, []string{name, key}), CodeUnknown,
						fmt.Sprintf("a service has no key %q", key), DidYouMean(key, ServiceKeys, "")))
				}
			}
		}
	}
	return diags
}

// DidYouMean suggests one of names for a misspelt one, or says otherwise.
func DidYouMean(name string, names []string, otherwise string) string {
	if near := closest(name, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	return otherwise
}

func (c *composeCheck) add(at *yaml.Node, path, message, hint string) {
	c.diags = append(c.diags, &Diagnostic{
		File: c.file.name, Line: at.Line, Column: at.Column, Path: path,
		Code: CodeCompose, Severity: Error, Message: message, Hint: hint,
	})
}
