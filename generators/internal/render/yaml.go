package render

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// yamlStyle is how people write the YAML of one kind of document.
type yamlStyle struct {
	// keys are in the order in which they are written. Others follow, sorted.
	keys []string
	// names are the objects whose keys are names, which are sorted.
	names []string
	// flow are the lists that are written on one line.
	flow []string
	// apart are the objects at the top with an empty line between their entries.
	apart []string
}

// commentKey begins the keys that hold comments: "#" is about the object that
// it is in, "#image" about the key image beside it.
const commentKey = "#"

// write returns tree as YAML below a comment.
func (s yamlStyle) write(tree map[string]any, comment string) ([]byte, error) {
	var out bytes.Buffer
	out.WriteString(commented(comment) + "\n")
	root := s.node(tree, "")
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if !slices.Contains(s.apart, key.Value) || value.Kind != yaml.MappingNode || len(value.Content) == 0 {
			if err := section(&out, key, value); err != nil {
				return nil, err
			}
			continue
		}
		for j := 0; j < len(value.Content); j += 2 {
			var entry bytes.Buffer
			if err := section(&entry, key, &yaml.Node{Kind: yaml.MappingNode, Content: value.Content[j : j+2]}); err != nil {
				return nil, err
			}
			text := entry.Bytes()
			if j > 0 {
				_, below, _ := bytes.Cut(text, []byte(key.Value+":\n"))
				text = append([]byte("\n"), below...)
			}
			out.Write(text)
		}
	}
	return out.Bytes(), nil
}

// section writes one entry of an object, below the empty line that people leave
// between the parts of a file.
func section(out *bytes.Buffer, key, value *yaml.Node) error {
	out.WriteByte('\n')
	encoder := yaml.NewEncoder(out)
	encoder.SetIndent(2)
	if err := encoder.Encode(&yaml.Node{Kind: yaml.MappingNode, Content: []*yaml.Node{key, value}}); err != nil {
		return fmt.Errorf("encode YAML: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return fmt.Errorf("encode YAML: %w", err)
	}
	return nil
}

// node returns value, which is what the key named key holds, as YAML.
func (s yamlStyle) node(value any, key string) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		keys := slices.DeleteFunc(slices.Sorted(maps.Keys(v)), func(k string) bool { return strings.HasPrefix(k, commentKey) })
		if !slices.Contains(s.names, key) {
			slices.SortStableFunc(keys, func(a, b string) int { return s.rank(a) - s.rank(b) })
		}
		for _, k := range keys {
			name := text(k)
			if k == "on" {
				// Everybody writes it so, and the readers of workflows know.
				name.Style = 0
			}
			if comment := commentOn(v, k); comment != "" {
				name.HeadComment = commented(comment)
			}
			n.Content = append(n.Content, name, s.node(v[k], k))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		if slices.Contains(s.flow, key) {
			n.Style = yaml.FlowStyle
		}
		for _, item := range v {
			n.Content = append(n.Content, s.node(item, ""))
		}
		return n
	case string:
		return text(v)
	case float64: // every number of a JSON document
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatFloat(v, 'f', -1, 64)}
	case bool:
		return &yaml.Node{Kind: yaml.ScalarNode, Value: strconv.FormatBool(v)}
	case nil:
		return &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!null"}
	}
	panic(fmt.Sprintf("render: %T in a document", value))
}

func (s yamlStyle) rank(key string) int {
	if i := slices.Index(s.keys, key); i >= 0 {
		return i
	}
	return len(s.keys)
}

// commentOn returns what is said of the entry key of object.
func commentOn(object map[string]any, key string) string {
	if comment, ok := object[commentKey+key].(string); ok {
		return comment
	}
	value, _ := object[key].(map[string]any)
	comment, _ := value[commentKey].(string)
	return comment
}

// commented returns the lines of text as a comment.
func commented(text string) string {
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimSuffix("# "+line, " ")
	}
	return strings.Join(lines, "\n")
}

var (
	plainYAML = regexp.MustCompile(`^[A-Za-z_/$][A-Za-z0-9_./@$ (){}=&|<>+*!'",;-]*(:[A-Za-z0-9_./@${}-]+)*$`)
	// Words that some reader of YAML 1.1 takes for something else than text.
	oldYAML = []string{"y", "n", "yes", "no", "on", "off", "true", "false", "null"}
)

// text returns s as a scalar that every reader takes for text. The style is
// all that keeps "on" from being a bool: the encoder does not add quotes to
// nodes for the sake of YAML 1.1.
func text(s string) *yaml.Node {
	n := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: s}
	switch {
	case strings.Contains(s, "\n") && !strings.HasPrefix(s, " ") && !strings.HasPrefix(s, "\n"):
		n.Style = yaml.LiteralStyle // the encoder quotes what cannot be literal
	case !plainYAML.MatchString(s) || strings.HasSuffix(s, " ") || slices.Contains(oldYAML, strings.ToLower(s)):
		n.Style = yaml.DoubleQuotedStyle
	}
	return n
}
