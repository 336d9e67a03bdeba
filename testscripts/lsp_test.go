package testscripts

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// edited is a manifest in an editor: complete at the marks, with what is typed
// so far before them.
const edited = `import "github.com/aegis-stack/aegis/schema"

schema.#Manifest

name: "shop"

components: {
	worker: concurrency: 3
	sch|component|
	database: {
		eng|option|
	}
}
`

// TestEditorsKnowTheManifest talks to the language server of the real cue
// command, as an editor does, about a manifest in a project with the schema.
func TestEditorsKnowTheManifest(t *testing.T) {
	if *cueCommand == "" {
		t.Skip("needs the cue command: go test ./testscripts -cue $(which cue)")
	}
	dir := t.TempDir()
	manifest := filepath.Join(dir, "aegis.cue")
	if err := os.WriteFile(manifest, []byte("import \"github.com/aegis-stack/aegis/schema\"\n\nschema.#Manifest\n\nname: \"shop\"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("aegis", "schema", "--install", "-C", dir).CombinedOutput(); err != nil || len(out) > 0 {
		t.Fatalf("%v: %s", err, out)
	}
	// The cue command finds the schema, too, and the manifest is one for aegis.
	for _, args := range [][]string{{*cueCommand, "vet", "-c", "aegis.cue"}, {"aegis", "validate"}} {
		if accepts, said := verdict(t, dir, args[0], args[1:]...); !accepts {
			t.Errorf("%v: %s", args, said)
		}
	}
	places := map[string]position{}
	text := ""
	for number, line := range strings.Split(edited, "\n") {
		if before, rest, ok := strings.Cut(line, "|"); ok {
			places[strings.TrimSuffix(rest, "|")] = position{number, len(before)}
			line = before
		}
		if i := strings.Index(line, "concurrency"); i >= 0 {
			places["hover"] = position{number, i + 2}
		}
		text += line + "\n"
	}
	server := startLanguageServer(t, dir)
	document := map[string]any{"uri": "file://" + filepath.ToSlash(manifest)}
	server.notify("textDocument/didOpen", map[string]any{"textDocument": map[string]any{
		"uri": document["uri"], "languageId": "cue", "version": 1, "text": text,
	}})
	about := func(place string) map[string]any {
		return map[string]any{"textDocument": document, "position": places[place]}
	}
	for place, wants := range map[string][]string{
		"component": {"scheduler", "worker", "database", "redis"},
		"option":    {"engine", "backup", "sqlite"},
	} {
		var list struct{ Items []struct{ Label string } }
		server.call("textDocument/completion", about(place), &list)
		var labels []string
		for _, item := range list.Items {
			labels = append(labels, item.Label)
		}
		for _, want := range wants {
			if !slices.Contains(labels, want) {
				t.Errorf("for the %s %q is proposed, without %q", place, labels, want)
			}
		}
	}
	var hover struct{ Contents struct{ Value string } }
	server.call("textDocument/hover", about("hover"), &hover)
	if !strings.Contains(hover.Contents.Value, "How many tasks of all queues a process works on at once") {
		t.Errorf("concurrency is explained with %q", hover.Contents.Value)
	}
}

type position struct {
	Line      int `json:"line"`
	Character int `json:"character"`
}

// languageServer is a client of one: requests one at a time over its standard
// input and output.
type languageServer struct {
	t    *testing.T
	in   io.Writer
	out  *bufio.Reader
	last int
}

func startLanguageServer(t *testing.T, dir string) *languageServer {
	t.Helper()
	cmd := exec.Command(*cueCommand, "lsp")
	cmd.Dir = dir
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	// One that hangs ends, and with it the reading.
	timer := time.AfterFunc(2*time.Minute, func() { _ = cmd.Process.Kill() })
	t.Cleanup(func() {
		timer.Stop()
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	s := &languageServer{t: t, in: in, out: bufio.NewReader(out)}
	root := "file://" + filepath.ToSlash(dir)
	s.call("initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": root, "workspaceFolders": []any{map[string]any{"uri": root, "name": "shop"}},
		"capabilities": map[string]any{},
	}, new(any))
	s.notify("initialized", map[string]any{})
	return s
}

// call sends a request and decodes the answer into result. What the server asks
// meanwhile gets the answer of an editor without settings.
func (s *languageServer) call(method string, params, result any) {
	s.t.Helper()
	s.last++
	s.send(map[string]any{"id": s.last, "method": method, "params": params})
	for {
		m := s.receive()
		switch {
		case m.Method != "" && m.ID != nil:
			var asked struct{ Items []any }
			_ = json.Unmarshal(m.Params, &asked) // other requests have no items
			s.send(map[string]any{"id": m.ID, "result": make([]any, len(asked.Items))})
		case m.Method == "" && fmt.Sprint(m.ID) == fmt.Sprint(s.last):
			if m.Error != nil {
				s.t.Fatalf("%s: %s", method, m.Error)
			}
			if err := json.Unmarshal(m.Result, result); err != nil {
				s.t.Fatalf("%s: %v: %s", method, err, m.Result)
			}
			return
		}
	}
}

func (s *languageServer) notify(method string, params any) {
	s.send(map[string]any{"method": method, "params": params})
}

func (s *languageServer) send(message map[string]any) {
	s.t.Helper()
	message["jsonrpc"] = "2.0"
	body, err := json.Marshal(message)
	if err != nil {
		s.t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(body), body); err != nil {
		s.t.Fatal(err)
	}
}

type message struct {
	ID                    any
	Method                string
	Params, Result, Error json.RawMessage
}

func (s *languageServer) receive() (m message) {
	s.t.Helper()
	size := 0
	for {
		line, err := s.out.ReadString('\n')
		if err != nil {
			s.t.Fatalf("the language server ended: %v", err)
		}
		if line = strings.TrimSpace(line); line == "" {
			break
		}
		_, _ = fmt.Sscanf(line, "Content-Length: %d", &size) // or another header
	}
	body := make([]byte, size)
	if _, err := io.ReadFull(s.out, body); err != nil {
		s.t.Fatal(err)
	}
	if err := json.Unmarshal(body, &m); err != nil {
		s.t.Fatalf("%v: %s", err, body)
	}
	return m
}
