//go:build unix

package testscripts

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"github.com/aegis-stack/aegis/blueprints/service/app/apptest"
)

var walkthrough = flag.Bool("walkthrough", false, "do all that the documentation says, with the projects and the component that it makes; it takes minutes")

// block is a fenced block of a Markdown file, with the comment above it.
type block struct {
	language, text string
	// How the test takes it, from a comment: "file NAME" writes the text to a
	// file, "append NAME" adds it to one, "in the copy" and "run by FILE" say
	// where commands run instead.
	verb, name string
	line       int
}

var fence = regexp.MustCompile("(?ms)^(?:<!-- ((?:file|append): \\S+|in the copy|run by \\S+) -->\n)?```([a-z]*)\n(.*?)^```$")

// blocks returns the fenced blocks of a Markdown file.
func blocks(t *testing.T, file string) []block {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", file))
	if err != nil {
		t.Fatal(err)
	}
	var out []block
	for _, m := range fence.FindAllSubmatchIndex(text, -1) {
		b := block{language: string(text[m[4]:m[5]]), text: string(text[m[6]:m[7]]), line: 1 + bytes.Count(text[:m[4]], []byte("\n"))}
		if m[2] >= 0 {
			b.verb, b.name, _ = strings.Cut(string(text[m[2]:m[3]]), ": ")
			if by, ok := strings.CutPrefix(b.verb, "run by "); ok {
				b.verb, b.name = "run by", by
			}
		}
		out = append(out, b)
	}
	if len(out) == 0 {
		t.Fatalf("%s has no blocks", file)
	}
	return out
}

// TestDocumentedCommandsRun runs every command that the documentation shows, in
// the order of the text, in a folder where the files lie that it shows.
func TestDocumentedCommandsRun(t *testing.T) {
	for _, file := range []string{"README.md", "cmd/aegis/README.md", "schema/README.md", "blueprints/README.md"} {
		t.Run(file, func(t *testing.T) {
			if builds := file == "README.md" || file == "blueprints/README.md"; builds && !*walkthrough {
				t.Skip("takes minutes: go test ./testscripts -run TestDocumentedCommandsRun -walkthrough")
			}
			t.Parallel()
			s := newShell(t, t.TempDir())
			for _, b := range blocks(t, file) {
				s.do(file, b)
			}
		})
	}
}

// TestComponentOfTheGuide makes the component that generators/README.md walks
// through, in a copy of this repository.
func TestComponentOfTheGuide(t *testing.T) {
	if !*walkthrough {
		t.Skip("takes minutes: go test ./testscripts -run TestComponentOfTheGuide -walkthrough -timeout 30m")
	}
	s := newShell(t, copyOfRepository(t))
	for _, b := range blocks(t, "generators/README.md") {
		s.do("generators/README.md", b)
	}
	if !strings.Contains(s.said.String(), "greeter (component): greets whoever asks") {
		t.Errorf("aegis explain does not know the component:\n%s", s.said.String())
	}
}

// largest is a project with every component and service, and jobs and tasks.
const largest = `name: "shop"
module: "example.com/shop"
components: {
	cache: {}
	database: {}
	scheduler: jobs: {cleanup: every: "1h", report: cron: "0 7 * * 1"}
	worker: tasks: send_email: payload: {to: string, subject: string}
}
services: auth: {
	level: "org"
	permissions: notes: {read: "read notes", write: "write notes"}
	roles: {member: ["notes.read"], editor: ["notes.*"]}
}
`

// TestCommandsOfComponentPages runs the commands that the pages of components
// show: those of the database while nothing else uses it, the others beside the
// running application. ID is what the last task was given.
func TestCommandsOfComponentPages(t *testing.T) {
	t.Parallel()
	s := newShell(t, t.TempDir())
	s.write(block{name: "aegis.cue", text: largest})
	s.run("here", "aegis generate")
	s.run("here", "go build -trimpath -o shop ./cmd/shop") // what is compiled already is found again
	s.env = append(s.env, "PATH="+s.dir+string(os.PathListSeparator)+os.Getenv("PATH"))
	pages, err := filepath.Glob("../generators/*/README.md")
	if err != nil {
		t.Fatal(err)
	}
	database := filepath.Join("..", "generators", "database", "README.md")
	pages = slices.DeleteFunc(pages, func(page string) bool { return page == database })
	count := s.runShown(database)
	s.env = append(s.env, "SHOP_MAIL_FROM=shop@example.com", "SHOP_MAIL_URL=smtp://"+postOffice(t)+"?tls=off")
	s.serve("shop serve")
	for _, page := range pages {
		count += s.runShown(page)
	}
	if count < 25 {
		t.Errorf("the pages show %d commands", count)
	}
}

// postOffice is the address of a server that takes any mail.
func postOffice(t *testing.T) string {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return takesAll{}, nil }))
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

type takesAll struct{}

func (takesAll) Mail(string, *smtp.MailOptions) error { return nil }
func (takesAll) Rcpt(string, *smtp.RcptOptions) error { return nil }
func (takesAll) Reset()                               {}
func (takesAll) Logout() error                        { return nil }

func (takesAll) Data(r io.Reader) error {
	_, err := io.Copy(io.Discard, r)
	return err
}

var (
	shown    = regexp.MustCompile(`(?m)^    (shop .+)$`)
	enqueued = regexp.MustCompile(`\b[0-9a-f]{32}\b`)
)

// runShown runs the commands that a page shows, and returns how many there are.
func (s *shell) runShown(page string) int {
	s.t.Helper()
	commands := shown.FindAllStringSubmatch(prose(s.t, page), -1)
	id := ""
	for _, m := range commands {
		s.said.Reset()
		s.run(page, strings.ReplaceAll(m[1], "ID", id))
		if strings.Contains(m[1], " enqueue ") {
			id = enqueued.FindString(s.said.String())
		}
	}
	return len(commands)
}

// shell runs the blocks of one text. The folder that commands change to stays
// from one block to the next.
type shell struct {
	t          *testing.T
	start, dir string
	env        []string
	said       bytes.Buffer
}

func newShell(t *testing.T, dir string) *shell {
	env := append(os.Environ(), "NO_COLOR=1", "SHOP_ADDR=127.0.0.1:0")
	return &shell{t: t, start: dir, dir: dir, env: env}
}

func (s *shell) do(file string, b block) {
	s.t.Helper()
	place := fmt.Sprintf("%s:%d", file, b.line)
	switch {
	case b.verb == "file" || b.verb == "append":
		s.write(b)
	case b.verb == "run by":
		s.runBy(place, b)
	case b.language == "sh":
		for line := range strings.Lines(b.text) {
			if line = strings.TrimSpace(line); line != "" {
				s.run(place, line)
			}
		}
	case strings.HasPrefix(b.text, "$ aegis"):
		s.output(place, b.text)
	case b.language == "sh" || b.language == "go" || b.language == "cue":
		s.t.Errorf("%s: no test reads this block", place)
	}
}

// write makes a file of the text, below the folder that everything began in.
func (s *shell) write(b block) {
	s.t.Helper()
	name := filepath.Join(s.start, filepath.FromSlash(b.name))
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		s.t.Fatal(err)
	}
	mode := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if b.verb == "append" {
		mode = os.O_WRONLY | os.O_APPEND
	}
	f, err := os.OpenFile(name, mode, 0o644)
	if err == nil {
		_, err = f.WriteString(b.text)
	}
	if err != nil {
		s.t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		s.t.Fatal(err)
	}
}

// runBy expects each command in a file that runs it.
func (s *shell) runBy(place string, b block) {
	s.t.Helper()
	text, err := os.ReadFile(filepath.Join("..", b.name))
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(b.text) {
		if !slices.Contains(strings.Split(string(text), "\n"), strings.TrimSpace(line)) {
			s.t.Errorf("%s: %s does not run %q", place, b.name, strings.TrimSpace(line))
		}
	}
}

// output expects what a command prints in a script, which compares it.
func (s *shell) output(place, text string) {
	s.t.Helper()
	_, want, _ := strings.Cut(text, "\n")
	scripts, err := filepath.Glob("*/*.txtar")
	if err != nil {
		s.t.Fatal(err)
	}
	for _, name := range scripts {
		script, err := os.ReadFile(name)
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.Contains(string(script), want) {
			return
		}
	}
	s.t.Errorf("%s: no script compares this output", place)
}

var (
	serving = regexp.MustCompile(` serve( |$)|aegis run( |$)`)
	comment = regexp.MustCompile(` +# .*$`)
)

// run runs one line. One that serves is stopped when it has printed its address.
func (s *shell) run(place, line string) {
	s.t.Helper()
	line = comment.ReplaceAllString(line, "")
	if strings.HasPrefix(line, "go run ./cmd/aegis run ") {
		// The start of the README, in this repository; the project goes elsewhere.
		root, err := filepath.Abs("..")
		if err != nil {
			s.t.Fatal(err)
		}
		line = "cd " + root + " && " + strings.ReplaceAll(line, "bin/shop", s.start+"/first")
		defer func(dir string) { s.dir = dir }(s.dir)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), 10*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "sh", "-c", line+"\ncode=$?; pwd >\"$PWD_FILE\"; exit $code")
	where := filepath.Join(s.t.TempDir(), "pwd")
	cmd.Dir, cmd.Env = s.dir, append(s.env, "PWD_FILE="+where)
	var said apptest.Log
	cmd.Stdout, cmd.Stderr = &said, &said
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // to stop what the go command has started
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = time.Minute
	if err := cmd.Start(); err != nil {
		s.t.Fatalf("%s: %v", place, err)
	}
	done := make(chan error, 1)
	go func() { done <- cmd.Wait() }()
	isServer := serving.MatchString(line)
	for {
		select {
		case err := <-done:
			if err != nil || isServer {
				s.t.Fatalf("%s: %s ended: %v\n%s", place, line, err, said.String())
			}
			if text, err := os.ReadFile(where); err == nil {
				s.dir = strings.TrimSpace(string(text))
			}
			s.said.WriteString(said.String())
			return
		case <-time.After(20 * time.Millisecond):
		}
		if isServer && address.MatchString(said.String()) {
			if err := syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM); err != nil {
				s.t.Error(err)
			}
			s.t.Logf("%s was asked to end: %v", line, <-done)
			return
		}
	}
}

// serve starts a program that serves until the test ends.
func (s *shell) serve(line string) {
	s.t.Helper()
	cmd := exec.Command("sh", "-c", "exec "+line)
	cmd.Dir, cmd.Env = s.dir, s.env
	program := new(service)
	s.t.Cleanup(func() { _ = program.end(syscall.SIGTERM) })
	if _, err := program.launch(cmd); err != nil {
		s.t.Fatal(err)
	}
}

// copyOfRepository returns a copy of the files of this repository.
func copyOfRepository(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	for _, name := range []string{"go.mod", "go.sum", "aegis.cue", "cmd", "schema", "generators", "blueprints"} {
		source := filepath.Join("..", name)
		info, err := os.Stat(source)
		if err != nil {
			t.Fatal(err)
		}
		if info.IsDir() {
			err = os.CopyFS(filepath.Join(dir, name), os.DirFS(source))
		} else {
			var text []byte
			if text, err = os.ReadFile(source); err == nil {
				err = os.WriteFile(filepath.Join(dir, name), text, 0o644)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	notSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	code    = regexp.MustCompile("(?ms)^```.*?^```$")
	listing = regexp.MustCompile(`(?m)^    .*$`)
)

// TestLinksLeadSomewhere checks every relative link of every page, and every
// anchor.
func TestLinksLeadSomewhere(t *testing.T) {
	var pages []string
	err := filepath.WalkDir("..", func(name string, entry fs.DirEntry, err error) error {
		if err == nil && entry.IsDir() && (entry.Name() == ".git" || entry.Name() == "bin" || entry.Name() == "testdata") {
			return fs.SkipDir
		}
		if strings.HasSuffix(name, ".md") {
			pages = append(pages, name)
		}
		return err
	})
	if err != nil || len(pages) < 10 {
		t.Fatalf("found %d pages: %v", len(pages), err)
	}
	links := 0
	for _, page := range pages {
		text := listing.ReplaceAllString(prose(t, page), "")
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			u, err := url.Parse(m[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if u.Scheme != "" {
				continue // the rest of the world is not here
			}
			links++
			target := page
			if u.Path != "" {
				target = filepath.Join(filepath.Dir(page), filepath.FromSlash(u.Path))
			}
			if _, err := os.Stat(target); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			} else if u.Fragment != "" && !slices.Contains(anchors(t, target), u.Fragment) {
				t.Errorf("%s links to %s, and there is no such heading among %q", page, m[1], anchors(t, target))
			}
		}
	}
	if links < 20 {
		t.Errorf("found %d links", links)
	}
}

// prose returns a page without its code.
func prose(t *testing.T, page string) string {
	t.Helper()
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	return code.ReplaceAllString(string(text), "")
}

// anchors returns what the headings of a page are called in links.
func anchors(t *testing.T, page string) []string {
	t.Helper()
	var out []string
	for _, m := range heading.FindAllStringSubmatch(prose(t, page), -1) {
		slug := notSlug.ReplaceAllString(strings.ToLower(m[1]), "")
		out = append(out, strings.ReplaceAll(slug, " ", "-"))
	}
	return out
}
