package assemble

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/schema"
)

// Graph is what a project consists of, and what needs what: its components, and
// the containers that run them in each shape.
type Graph struct {
	Name       string      `json:"name"`
	Components []GraphNode `json:"components"` // sorted by name
	Needs      []GraphEdge `json:"needs"`      // sorted by from, then to
	Shapes     []Shape     `json:"shapes"`
}

// GraphNode is an active component, service or part.
type GraphNode struct {
	Name    string          `json:"name"`
	Kind    schema.Kind     `json:"kind"`
	Summary string          `json:"summary"`
	Reasons []schema.Reason `json:"reasons"` // why it is there
	Ports   map[string]int  `json:"ports"`   // purpose to TCP port
}

// GraphEdge leads from what needs something to what it needs, or from a part to
// a component that it belongs to.
type GraphEdge struct {
	From    string `json:"from"`
	To      string `json:"to"`
	Because string `json:"because"`
}

// Shape is one of the ways in which the project runs, as its compose file says.
type Shape struct {
	Name       string      `json:"name"` // "development" or "production"
	File       string      `json:"file"`
	Containers []Container `json:"containers"` // sorted by name
}

// Container is one service of a compose file. What depends on variables is shown
// with their defaults.
type Container struct {
	Name     string   `json:"name"`
	Image    string   `json:"image"`
	Own      bool     `json:"own"`      // whether it runs the project's code
	Replicas int      `json:"replicas"` // how many there are
	Ports    []string `json:"ports"`    // as "127.0.0.1:8080:8080"
	Volumes  []string `json:"volumes"`
	Networks []string `json:"networks"`
	Waits    []Wait   `json:"waits"` // sorted by for
}

// Wait is what a container waits for before it starts.
type Wait struct {
	For   string `json:"for"`
	Until string `json:"until"` // "started", "healthy" or "completed"
}

// partOf is the reason of an edge from a part to a component.
const partOf = "belongs to it"

// NewGraph returns the graph of a project. entries describe all components that
// there are, gens make them.
func NewGraph(project *schema.Project, entries []schema.Entry, gens []generators.Generator) (*Graph, error) {
	g := &Graph{Name: project.Name}
	for _, c := range project.Components {
		g.Components = append(g.Components, GraphNode{c.Name, c.Kind, c.Summary, c.Reasons, c.Ports})
		for _, r := range c.Reasons {
			if project.Component(r.By) != nil {
				g.Needs = append(g.Needs, GraphEdge{r.By, c.Name, r.Because})
			}
		}
		i := slices.IndexFunc(entries, func(e schema.Entry) bool { return e.Name == c.Name })
		if i < 0 {
			continue
		}
		for _, to := range entries[i].Joins {
			if project.Component(to) != nil {
				g.Needs = append(g.Needs, GraphEdge{c.Name, to, partOf})
			}
		}
	}
	slices.SortFunc(g.Needs, func(a, b GraphEdge) int { return slices.Compare([]string{a.From, a.To}, []string{b.From, b.To}) })

	_, parts, err := generate(project, gens)
	if err != nil {
		return nil, err
	}
	files, err := documents(project, parts)
	if err != nil {
		return nil, err
	}
	for _, s := range []Shape{{Name: "development", File: "compose.yaml"}, {Name: "production", File: "compose.prod.yaml"}} {
		for _, f := range files {
			if f.Path != s.File {
				continue
			}
			if s.Containers, err = containersOf(f.Content); err != nil {
				return nil, fmt.Errorf("%s: %w", s.File, err)
			}
			g.Shapes = append(g.Shapes, s)
		}
	}
	return g, nil
}

// containersOf reads the services of a compose file.
func containersOf(text []byte) ([]Container, error) {
	var file struct {
		Services map[string]struct {
			Image   string `yaml:"image"`
			Build   any    `yaml:"build"`
			Ports   []any  `yaml:"ports"`
			Volumes []any  `yaml:"volumes"`
			Deploy  struct {
				Replicas *int `yaml:"replicas"`
			} `yaml:"deploy"`
			Networks  any `yaml:"networks"`
			DependsOn any `yaml:"depends_on"`
		} `yaml:"services"`
	}
	if err := yaml.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	var out []Container
	for _, name := range slices.Sorted(maps.Keys(file.Services)) {
		s := file.Services[name]
		c := Container{
			Name: name, Image: withDefaults(s.Image), Own: s.Build != nil || ownImage.MatchString(s.Image), Replicas: 1,
			Ports: composeItems(s.Ports), Volumes: composeItems(s.Volumes), Networks: composeNames(s.Networks), Waits: composeWaits(s.DependsOn),
		}
		if s.Deploy.Replicas != nil {
			c.Replicas = *s.Deploy.Replicas
		}
		out = append(out, c)
	}
	return out, nil
}

var (
	// ownImage matches the image that is built of the project.
	ownImage = regexp.MustCompile(`^\$\{IMAGE:-`)
	variable = regexp.MustCompile(`\$\{[A-Za-z_][A-Za-z0-9_]*:?-([^}]*)\}`)
)

// withDefaults replaces variables by what they are when nobody sets them.
func withDefaults(text string) string { return variable.ReplaceAllString(text, "$1") }

// composeItems returns the ports or volumes of a service. The user may write them as
// objects.
func composeItems(list []any) []string {
	out := []string{}
	for _, item := range list {
		object, ok := item.(map[string]any)
		if !ok {
			out = append(out, withDefaults(fmt.Sprint(item)))
			continue
		}
		text := fmt.Sprint(object["target"])
		for _, key := range []string{"published", "source"} {
			if object[key] != nil {
				text = fmt.Sprint(object[key]) + ":" + text
			}
		}
		out = append(out, withDefaults(text))
	}
	return out
}

// composeNames returns the names in a list or an object, sorted.
func composeNames(tree any) []string {
	out := []string{}
	switch tree := tree.(type) {
	case []any:
		for _, item := range tree {
			out = append(out, fmt.Sprint(item))
		}
	case map[string]any:
		out = slices.AppendSeq(out, maps.Keys(tree))
	}
	slices.Sort(out)
	return out
}

// conditions are the words for what Compose waits for.
var conditions = map[string]string{
	"service_healthy":                "healthy",
	"service_completed_successfully": "completed",
}

// composeWaits returns what a service waits for, sorted.
func composeWaits(tree any) []Wait {
	out := []Wait{}
	for _, name := range composeNames(tree) {
		w := Wait{For: name, Until: "started"}
		if objects, ok := tree.(map[string]any); ok {
			object, _ := objects[name].(map[string]any)
			if until, ok := conditions[fmt.Sprint(object["condition"])]; ok {
				w.Until = until
			}
		}
		out = append(out, w)
	}
	return out
}
