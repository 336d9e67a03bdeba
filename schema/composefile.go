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

// CheckCompose reads the compose file name in dir, which is the user's own and
// changes another file, and returns what is certainly wrong with it as
// diagnostics. It is no error that there is no such file. The other file is what
// ours returns; if that is nil, it is not asked whether both fit together.
func CheckCompose(dir, name string, ours func() (map[string]map[string]any, error)) error {
	shown := shownIn(dir, name)
	content, err := os.ReadFile(filepath.Join(dir, name))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", shown, err)
	}
	c := composeCheck{file: file{name: shown, text: content}}
	if c.ours, err = ours(); err != nil {
		return err
	}
	c.check()
	return gather(quote(c.diags, []file{c.file}))
}

type composeCheck struct {
	file  file
	ours  map[string]map[string]any // by section and name
	own   map[string][]string       // the names in each section of the user's file
	diags []*Diagnostic
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
	var services []composeEntry
	c.own = map[string][]string{}
	for _, e := range c.entries(document.Content[0], "", "a compose file", ComposeKeys) {
		switch e.name {
		case "services":
			services = c.entries(e.value, e.name, "the services", nil)
			for _, service := range services {
				c.own[e.name] = append(c.own[e.name], service.name)
			}
		case "networks", "volumes", "secrets", "configs":
			for _, one := range c.entries(e.value, e.name, "these", nil) {
				c.entries(one.value, e.name+"."+one.name, "one of them", nil)
				c.own[e.name] = append(c.own[e.name], one.name)
			}
		}
	}
	for _, service := range services {
		c.service(service)
	}
}

func (c *composeCheck) service(e composeEntry) {
	path := "services." + e.name
	if e.value.ShortTag() == "!!null" {
		c.add(e.key, path, "is empty", "write below it what is different about the service, or delete this line")
		return
	}
	keys := map[string]any{}
	entries := c.entries(e.value, path, "a service", ServiceKeys)
	for _, own := range entries {
		keys[own.name] = own
	}
	if !Runs(keys) && c.ours != nil && c.ours["services"][e.name] == nil && e.value.Kind == yaml.MappingNode {
		names := c.names("services")
		c.add(e.key, path, "is no service of this project, and has neither image nor build",
			DidYouMean(e.name, names, "the services are "+strings.Join(names, ", ")))
	}
	ours, _ := c.ours["services"][e.name].(map[string]any)
	for _, own := range entries {
		within := path + "." + own.name
		if !c.form(own, within) {
			continue
		}
		switch own.name {
		case "depends_on":
			c.refer(own.value, within, "services", func(n *yaml.Node) string { return n.Value })
		case "networks":
			c.refer(own.value, within, "networks", func(n *yaml.Node) string { return n.Value })
		case "volumes":
			c.refer(own.value, within, "volumes", mounted)
		case "secrets", "configs":
			c.refer(own.value, within, own.name, func(n *yaml.Node) string { return text(n, "source") })
		case "network_mode":
			if ours["networks"] != nil && keys["networks"] == nil {
				c.add(own.key, within, "goes with no networks, and the service is in some", "write networks: !reset [] beside it")
			}
		case "scale":
			if ours["deploy"] != nil && keys["deploy"] == nil {
				c.add(own.key, within, "is what deploy: replicas says already", "write deploy: replicas instead")
			}
		}
	}
}

// form reports a value that is not written as its key wants it.
func (c *composeCheck) form(e composeEntry, path string) bool {
	wanted, n := formOf(e.name), resolved(e.value)
	is := map[yaml.Kind]form{yaml.ScalarNode: oneValue, yaml.SequenceNode: aList, yaml.MappingNode: named}[n.Kind]
	// Compose's own tags take something away, whatever is below them.
	if wanted == 0 || wanted&is != 0 || n.ShortTag() == "!!null" || !strings.HasPrefix(n.ShortTag(), "!!") {
		return wanted&is != 0
	}
	c.add(e.value, path, fmt.Sprintf("must be written as %s, not as %s", wanted, is), "")
	return false
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
	if n = resolved(n); n.Kind != yaml.MappingNode {
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

// wrongKeys returns what is wrong with the services of compose files that the
// manifest holds: keys that Compose does not know, and values that are not
// written as their keys want them.
func (p *Project) wrongKeys() []*Diagnostic {
	var diags []*Diagnostic
	for _, c := range p.Compose {
		for _, name := range slices.Sorted(maps.Keys(c.Services)) {
			service, _ := c.Services[name].(map[string]any)
			for _, key := range slices.Sorted(maps.Keys(service)) {
				at := slices.Concat(c.Path, []string{name, key})
				if !slices.Contains(ServiceKeys, key) && !strings.HasPrefix(key, "x-") {
					diags = append(diags, p.Diagnostic(at, CodeUnknown, fmt.Sprintf("a service has no key %q", key), DidYouMean(key, ServiceKeys, "")))
				} else if wanted, is := formOf(key), formOfValue(service[key]); wanted != 0 && wanted&is == 0 {
					diags = append(diags, p.Diagnostic(at, CodeCompose, fmt.Sprintf("must be written as %s, not as %s", wanted, is), ""))
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
