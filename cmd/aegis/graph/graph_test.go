package graph

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/assemble"
)

var dotCommand = flag.String("dot", "", "the dot command of Graphviz, to read what is drawn for it")

// largest is a manifest with everything that makes a picture large.
const largest = `name: "shop"
components: {
	database: engine: "postgres"
	cache: {}
	worker: tasks: send_email: payload: to: string
	scheduler: jobs: {cleanup: every: "1h", report: {cron: "0 7 * * 1", task: "send_email", payload: to: "a@example.com"}}
}
deploy: web: replicas: 3
deploy: compose: services: mail: {image: "axllent/mailpit:latest", ports: ["127.0.0.1:8025:8025"], depends_on: ["redis"]}
`

func graphOf(t *testing.T, manifest string) *assemble.Graph {
	t.Helper()
	s, err := all.Schema()
	if err != nil {
		t.Fatal(err)
	}
	project, err := s.LoadBytes(map[string][]byte{"aegis.cue": []byte(manifest)})
	if err != nil {
		t.Fatal(err)
	}
	entries, err := s.Catalog()
	if err != nil {
		t.Fatal(err)
	}
	g, err := assemble.NewGraph(project, entries, all.Generators())
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func written(t *testing.T, format string, g *assemble.Graph) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, format, g); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// All formats tell of the same: every component, every container, every arrow,
// and the reasons.
func TestEveryFormatShowsEverything(t *testing.T) {
	g := graphOf(t, largest)
	needs, boxes := len(g.Needs), len(g.Components)
	for _, s := range g.Shapes {
		boxes += len(s.Containers)
		for _, c := range s.Containers {
			needs += len(c.Waits)
		}
	}
	if boxes < 20 || needs < 20 {
		t.Fatalf("there are %d boxes and %d arrows", boxes, needs)
	}
	for format, count := range map[string]struct{ box, arrow string }{
		"mermaid": {`(?m)^    [a-z_0-9]+\["<b>`, ` -->\|"`},
		"dot":     {`(?m)^\t\t[a-z_0-9]+ \[label=`, ` -> `},
		"svg":     {`<rect class="box `, `<path class="arrow" `},
	} {
		text := written(t, format, g)
		if n := len(regexp.MustCompile(count.box).FindAllString(text, -1)); n != boxes {
			t.Errorf("%s has %d boxes, want %d", format, n, boxes)
		}
		if n := len(regexp.MustCompile(count.arrow).FindAllString(text, -1)); n != needs {
			t.Errorf("%s has %d arrows, want %d", format, n, needs)
		}
		for _, want := range []string{
			"schedulersql", "carries its queues", "port 127.0.0.1:8080:8080", "port 127.0.0.1:8025:8025", "3 of them", "postgres:17",
			"Containers in production (compose.prod.yaml)", "waits until it has ended well", "networks inside, outside",
		} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not show %q", format, want)
			}
		}
		if again := written(t, format, graphOf(t, largest)); again != text {
			t.Errorf("%s differs from one time to the next", format)
		}
	}
	var back assemble.Graph
	if err := json.Unmarshal([]byte(written(t, "json", g)), &back); err != nil || fmt.Sprint(back) != fmt.Sprint(*g) {
		t.Errorf("JSON reads back as %v: %v", back, err)
	}
	if err := Write(io.Discard, "png", g); err == nil {
		t.Error("an unknown format is written")
	}
}

// What the manifest says of services is in the pictures, with its dependencies.
func TestContainersAreThoseOfTheComposeFiles(t *testing.T) {
	g := graphOf(t, largest)
	for _, s := range g.Shapes {
		var names []string
		for _, c := range s.Containers {
			names = append(names, c.Name)
			if c.Name == "mail" && (c.Own || len(c.Waits) != 1 || c.Waits[0] != (assemble.Wait{For: "redis", Until: "started"})) {
				t.Errorf("mail is %+v", c)
			}
		}
		want := map[string]string{"development": "app mail postgres redis", "production": "mail migrate postgres proxy redis scheduler web worker"}[s.Name]
		if got := strings.Join(names, " "); got != want {
			t.Errorf("in %s there are %q, want %q", s.Name, got, want)
		}
	}
}

func TestSVGIsXML(t *testing.T) {
	g := graphOf(t, largest)
	g.Components[0].Reasons[0].Because = `a < b & "c"`
	d := xml.NewDecoder(strings.NewReader(written(t, "svg", g)))
	var shown strings.Builder
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		if text, ok := token.(xml.CharData); ok {
			shown.Write(text)
		}
	}
	if !strings.Contains(shown.String(), `a < b & "c"`) {
		t.Error("a text has lost characters")
	}
}

// Mermaid and Graphviz read quotes, tags and separators in a text as their own.
func TestTextsAreEscaped(t *testing.T) {
	g := &assemble.Graph{Name: `a"b`, Shapes: []assemble.Shape{{Name: "development", Containers: []assemble.Container{
		{Name: "a-b", Image: `x"y#z<b>\`, Waits: []assemble.Wait{{For: "a_b", Until: "healthy"}}}, {Name: "a_b"},
	}}}}
	text := written(t, "mermaid", g)
	if !strings.Contains(text, `development_a_2db["<b>a-b</b><br>x#quot;y#35;z#lt;b#gt;\`) || !strings.Contains(text, "development_a_2db -->|") {
		t.Error(text)
	}
	text = written(t, "dot", g)
	if !strings.Contains(text, `development_a_2db [label="a-b\nx\"y#z<b>\\`) || !strings.Contains(text, `digraph "a\"b"`) {
		t.Error(text)
	}
}

// TestDotReads has the real dot command read what is drawn for it.
func TestDotReads(t *testing.T) {
	if *dotCommand == "" {
		t.Skip("needs Graphviz: go test ./cmd/aegis/graph -dot $(which dot)")
	}
	g := graphOf(t, largest)
	cmd := exec.Command(*dotCommand, "-Tplain")
	cmd.Stdin = strings.NewReader(written(t, "dot", g))
	out, err := cmd.CombinedOutput()
	if err != nil || bytes.Contains(out, []byte("Warning")) || !bytes.Contains(out, []byte("\nnode production_web ")) {
		t.Errorf("%v: %.2000s", err, out)
	}
}

// Boxes do not overlap, and what needs something is above it.
func TestLayout(t *testing.T) {
	for _, d := range append(diagrams(graphOf(t, largest)), diagrams(graphOf(t, "name: \"shop\"\n"))...) {
		l := layout(d, size)
		var boxes []*box
		for _, layer := range l.layers {
			boxes = append(boxes, layer...)
		}
		for i, a := range boxes {
			if a.x < 0 || a.y < 0 || a.x+a.width > l.width || a.y+a.height > l.height {
				t.Errorf("%s: %+v is outside", d.title, a)
			}
			for _, b := range boxes[:i] {
				if a.x < b.x+b.width && b.x < a.x+a.width && a.y < b.y+b.height && b.y < a.y+a.height {
					t.Errorf("%s: %v and %v overlap", d.title, a, b)
				}
			}
			for _, b := range a.below {
				if b.y <= a.y {
					t.Errorf("%s: an arrow leads upwards", d.title)
				}
			}
		}
		if l.width > 1600 {
			t.Errorf("%s is %v wide", d.title, l.width)
		}
	}
}

// A ring, which a compose file of the user may have, is drawn all the same; so
// are arrows to what is not there, and a diagram without any box.
func TestLayoutOfOddDiagrams(t *testing.T) {
	ring := diagram{nodes: []node{{name: "a"}, {name: "b"}, {name: "c"}}, edges: []edge{{from: "a", to: "b"}, {from: "b", to: "c"}, {from: "c", to: "a"}, {from: "a", to: "a"}, {from: "a", to: "nobody"}}}
	if l := layout(ring, size); len(l.routes) != 3 || len(l.layers) < 2 {
		t.Errorf("the ring has %d arrows in %d layers", len(l.routes), len(l.layers))
	}
	for _, d := range []diagram{ring, {}, {nodes: []node{{name: "alone"}}}} {
		if text := svg("x", []diagram{d}); strings.Contains(text, "Inf") || strings.Contains(text, "NaN") {
			t.Error(text)
		}
	}
}
