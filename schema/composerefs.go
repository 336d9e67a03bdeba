package schema

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// refer reports names of what is in neither file. A list has them in its items,
// as nameOf finds them there, or "" if an item has none; a mapping in its keys.
func (c *composeCheck) refer(n *yaml.Node, path, section string, nameOf func(*yaml.Node) string) {
	n = resolved(n)
	if c.ours == nil || !strings.HasPrefix(n.ShortTag(), "!!") {
		return
	}
	known := c.names(section)
	for i, item := range n.Content {
		name := ""
		switch {
		case n.Kind == yaml.SequenceNode:
			name = nameOf(resolved(item))
		case i%2 == 0:
			name = item.Value
		}
		if name == "" || name == "<<" || strings.Contains(name, "$") || slices.Contains(known, name) || section == "networks" && name == "default" {
			continue
		}
		hint := fmt.Sprintf("declare it below %s in this file", section)
		if section == "services" {
			hint = "the services are " + strings.Join(known, ", ")
		}
		c.add(item, path, fmt.Sprintf("there is no %s %q", strings.TrimSuffix(section, "s"), name), DidYouMean(name, known, hint))
	}
}

// mounted returns the name of the volume that an item mounts, if it has one: other
// sources are folders.
func mounted(n *yaml.Node) string {
	if kind := text(n, "type"); n.Kind == yaml.MappingNode && kind != "volume" {
		return ""
	}
	source, _, more := strings.Cut(text(n, "source"), ":")
	if n.Kind == yaml.ScalarNode && (!more || strings.ContainsAny(source[:min(len(source), 1)], "./~")) {
		return ""
	}
	return source
}

// text returns a text, or what a mapping has for key.
func text(n *yaml.Node, key string) string {
	if n.Kind == yaml.ScalarNode {
		return n.Value
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i+1].Value
		}
	}
	return ""
}

func resolved(n *yaml.Node) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		return n.Alias
	}
	return n
}

// names are those of a section in both files.
func (c *composeCheck) names(section string) []string {
	names := append(slices.Collect(maps.Keys(c.ours[section])), c.own[section]...)
	slices.Sort(names)
	return slices.Compact(names)
}
