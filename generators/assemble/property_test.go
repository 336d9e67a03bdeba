package assemble

import (
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var lives = flag.Int("lives", 15, "number of random lives of projects")

// life is a project that is edited, changed and generated at random.
type life struct {
	t *testing.T
	r *rand.Rand
	o Options

	lines []string // of the user's, each unlike any other
	log   []string
}

func (l *life) fail(format string, args ...any) {
	l.t.Helper()
	l.t.Fatalf("%s\nafter %s", fmt.Sprintf(format, args...), strings.Join(l.log, "; "))
}

func (l *life) note(format string, args ...any) { l.log = append(l.log, fmt.Sprintf(format, args...)) }

// files returns the files that a user might edit.
func (l *life) files() []string {
	var out []string
	for name := range contents(l.t, l.o.Dir) {
		if !strings.HasPrefix(name, ".aegis/") && !strings.HasSuffix(name, ".cue") && !strings.HasSuffix(name, "_gen.go") &&
			!strings.HasPrefix(name, "go.") && name != ".env.example" {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	return out
}

// some returns one of the files that a user might edit.
func (l *life) some() string {
	files := l.files()
	if len(files) == 0 { // the user has deleted everything
		l.write("own.txt", "")
		return "own.txt"
	}
	return files[l.r.IntN(len(files))]
}

func (l *life) read(name string) string {
	text, err := os.ReadFile(filepath.Join(l.o.Dir, name))
	if err != nil {
		l.fail("%v", err)
	}
	return string(text)
}

func (l *life) write(name, text string) {
	file := filepath.Join(l.o.Dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		l.fail("%v", err)
	}
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		l.fail("%v", err)
	}
}

// edit adds a line to a file, or replaces one.
func (l *life) edit() {
	name := l.some()
	lines := strings.SplitAfter(l.read(name), "\n")
	mine := fmt.Sprintf("// user %d", len(l.lines))
	at := l.r.IntN(len(lines))
	to := at
	if l.r.IntN(3) == 0 && at < len(lines) && !strings.Contains(lines[at], "// user") {
		to++
	}
	lines = slices.Replace(lines, at, to, mine+"\n")
	l.lines = append(l.lines, mine)
	l.write(name, strings.Join(lines, ""))
	l.note("edited %s:%d", name, at+1)
}

func (l *life) move() {
	name := l.some()
	to := path.Join(path.Dir(name), "moved", path.Base(name))
	text := l.read(name)
	l.write(to, text)
	l.remove(name)
	l.note("moved %s", name)
}

func (l *life) remove(name string) {
	if err := os.Remove(filepath.Join(l.o.Dir, name)); err != nil {
		l.fail("%v", err)
	}
}

// drop deletes a file together with the lines of the user's in it.
func (l *life) drop() {
	name := l.some()
	text := strings.ReplaceAll(l.read(name), "\r\n", "\n")
	l.lines = slices.DeleteFunc(l.lines, func(line string) bool { return strings.Contains(text, line+"\n") })
	l.remove(name)
	l.note("deleted %s", name)
}

func (l *life) reformat() {
	name := l.some()
	l.write(name, strings.ReplaceAll(strings.ReplaceAll(l.read(name), "\r\n", "\n"), "\n", "\r\n"))
	l.note("ended the lines of %s in CRLF", name)
}

var optional = []string{"auth", "cache", "database", "redis", "worker"}

func (l *life) choose() (Options, bool) {
	name := optional[l.r.IntN(len(optional))]
	if l.r.IntN(2) == 0 {
		o, err := Add(l.o, []string{name})
		l.note("add %s (%v)", name, err)
		return o, err == nil
	}
	o, _, err := Remove(l.o, []string{name}, true)
	l.note("remove %s (%v)", name, err)
	return o, err == nil
}

// generate brings the project in step, and checks what must always hold.
func (l *life) generate(o Options) {
	before := contents(l.t, o.Dir)
	_, err := Generate(o)
	var conflict *ConflictError
	switch {
	case errors.As(err, &conflict) && conflict.Written:
		l.survives()
		l.note("conflicts in %d files", len(conflict.Changes))
		// Running again changes nothing until they are resolved.
		marked := contents(l.t, o.Dir)
		if _, err := Generate(l.o); !errors.As(err, &conflict) || conflict.Written {
			l.fail("with unresolved conflicts: %v", err)
		}
		if diff := differing(contents(l.t, o.Dir), marked); diff != nil {
			l.fail("with unresolved conflicts, %q changed", diff)
		}
		for _, c := range conflict.Changes {
			var kept []string
			for line := range strings.SplitAfterSeq(l.read(c.Place()), "\n") {
				if !strings.HasPrefix(line, "<<<<<<<") && !strings.HasPrefix(line, "=======") && !strings.HasPrefix(line, ">>>>>>>") {
					kept = append(kept, line)
				}
			}
			l.write(c.Place(), strings.Join(kept, ""))
		}
		if _, err := Generate(l.o); err != nil {
			l.fail("after resolving: %v", err)
		}
	case errors.As(err, &conflict):
		// A hand in the way of a new file, which is told before anything is done.
		if diff := differing(contents(l.t, o.Dir), before); diff != nil {
			l.fail("%v: but %q changed", err, diff)
		}
		l.note("refused: %v", err)
		return
	case err != nil:
		l.fail("%v", err)
	}
	l.survives()
	stable := contents(l.t, o.Dir)
	set, err := Generate(l.o)
	if err != nil || !set.Idle() {
		l.fail("the second run has something to do: %v, %v", err, set)
	}
	if diff := differing(contents(l.t, o.Dir), stable); diff != nil {
		l.fail("the second run changed %q", diff)
	}
}

// survives checks that no line of the user's is lost.
func (l *life) survives() {
	all := ""
	for name, text := range contents(l.t, l.o.Dir) {
		if !strings.HasPrefix(name, ".aegis/") {
			all += strings.ReplaceAll(text, "\r\n", "\n")
		}
	}
	for _, line := range l.lines {
		if !strings.Contains(all, line+"\n") {
			l.fail("%q is lost", line)
		}
	}
}

// No line of a user's is ever lost, and generating is idempotent, whatever the
// user does to the project, the manifest and Aegis's version.
func TestLives(t *testing.T) {
	conflicts, refused := 0, 0
	for seed := range uint64(*lives) {
		r := rand.New(rand.NewPCG(seed, 2))
		manifest := "name: \"shop\"\ncomponents: {\n\tredis: {}\n"
		if r.IntN(2) == 0 {
			manifest += "\tdatabase: {}\n"
		}
		l := &life{t: t, r: r, o: newSynthetic(t, manifest+"}\n")}
		l.note("seed %d", seed)
		for range 12 {
			o := l.o
			switch r.IntN(10) {
			case 0, 1, 2, 3:
				l.edit()
			case 4:
				l.move()
			case 5:
				l.drop()
			case 6:
				l.reformat()
			case 7, 8:
				var ok bool
				if o, ok = l.choose(); !ok {
					continue
				}
			case 9:
				version := 1 + r.IntN(3)
				l.o.Version, l.o.Generators = fmt.Sprint("v", version), synthetic(version)
				o = l.o
				l.note("Aegis %s", o.Version)
			}
			l.generate(o)
		}
		for _, line := range l.log {
			if strings.HasPrefix(line, "conflicts") {
				conflicts++
			}
			if strings.HasPrefix(line, "refused") {
				refused++
			}
		}
	}
	t.Logf("%d lives with %d conflicts, %d refusals", *lives, conflicts, refused)
}
