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

// workflowKeys is the order in which people write the keys of a workflow, of
// its jobs and of their steps. Other keys follow, sorted.
var workflowKeys = []string{
	"name", "on", "push", "pull_request", "schedule", "workflow_dispatch",
	"id", "if", "needs", "runs-on", "timeout-minutes",
	"permissions", "concurrency", "group", "cancel-in-progress", "defaults", "strategy", "services",
	"uses", "with", "env", "working-directory", "run", "steps", "jobs",
}

// namedByUsers are the objects of a workflow whose keys are names.
var namedByUsers = []string{"jobs", "env", "with", "permissions", "matrix", "services"}

// Workflow returns the workflow document as YAML below a comment of one line.
func Workflow(workflow *Document, comment string) ([]byte, error) {
	var out bytes.Buffer
	fmt.Fprintf(&out, "# %s\n", comment)
	root := yamlNode(workflow.Tree, "")
	for i := 0; i < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if key.Value != "jobs" || value.Kind != yaml.MappingNode || len(value.Content) == 0 {
			if err := section(&out, key, value); err != nil {
				return nil, err
			}
			continue
		}
		for j := 0; j < len(value.Content); j += 2 {
			var job bytes.Buffer
			if err := section(&job, key, &yaml.Node{Kind: yaml.MappingNode, Content: value.Content[j : j+2]}); err != nil {
				return nil, err
			}
			text := job.Bytes()
			if j > 0 {
				text = bytes.Replace(text, []byte("jobs:\n"), nil, 1)
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
		return fmt.Errorf("encode workflow: %w", err)
	}
	if err := encoder.Close(); err != nil {
		return fmt.Errorf("encode workflow: %w", err)
	}
	return nil
}

// yamlNode returns value, which is what the key named key holds, as YAML.
func yamlNode(value any, key string) *yaml.Node {
	switch v := value.(type) {
	case map[string]any:
		n := &yaml.Node{Kind: yaml.MappingNode, Tag: "!!map"}
		keys := slices.Sorted(maps.Keys(v))
		if !slices.Contains(namedByUsers, key) {
			slices.SortStableFunc(keys, func(a, b string) int { return rank(a) - rank(b) })
		}
		for _, k := range keys {
			name := text(k)
			if k == "on" {
				// Everybody writes it so, and the readers of workflows know.
				name.Style = 0
			}
			n.Content = append(n.Content, name, yamlNode(v[k], k))
		}
		return n
	case []any:
		n := &yaml.Node{Kind: yaml.SequenceNode, Tag: "!!seq"}
		for _, item := range v {
			n.Content = append(n.Content, yamlNode(item, ""))
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

func rank(key string) int {
	if i := slices.Index(workflowKeys, key); i >= 0 {
		return i
	}
	return len(workflowKeys)
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
