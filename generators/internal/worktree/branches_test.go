package worktree

import (
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// git runs git in the project, which only tests do.
func (p project) git(args ...string) string {
	p.t.Helper()
	cmd := exec.Command("git", args...)
	cmd.Dir = p.dir
	cmd.Env = append(os.Environ(), "GIT_CONFIG_NOSYSTEM=1", "GIT_CONFIG_GLOBAL="+os.DevNull,
		"GIT_AUTHOR_NAME=a", "GIT_AUTHOR_EMAIL=a@example.com", "GIT_COMMITTER_NAME=a", "GIT_COMMITTER_EMAIL=a@example.com")
	out, err := cmd.CombinedOutput()
	if err != nil {
		p.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// shared is the files of a project with some components: their own ones and
// those that all of them change.
func shared(components ...string) []plan.File {
	lines, sums := "", ""
	files := []plan.File{file("kernel", generators.Merge, poem)}
	for _, c := range components {
		lines += "start " + c + "\n"
		sums += "example.com/" + c + " v1.0.0 h1:" + c + "=\n"
		files = append(files, file("internal/"+c+"/a.go", generators.Merge, "package "+c+"\n"), file("internal/"+c+"/b.go", generators.Merge, "package "+c+"\n\nvar x int\n"))
	}
	return append(files, file("go.sum", generators.Merge, sums), file("wiring", generators.Regenerate, "begin\n"+lines+"end\n"))
}

// Two branches that each add a component merge, and the next generate makes of
// it what one branch would have made.
func TestBranchesMerge(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Logf("there is no git")
		return
	}
	p := newProject(t)
	p.git("init", "-q", "-b", "main")
	// What Aegis writes alone is for the next generate to put in order.
	p.write(".gitattributes", "/wiring merge=union\n/go.sum merge=union\n")
	commit := func(message string, components ...string) {
		if _, err := p.generate(shared(components...)...); err != nil {
			t.Fatal(err)
		}
		p.git("add", "-A")
		p.git("commit", "-q", "-m", message)
	}
	commit("start", "backend")
	p.write("kernel", replaced(poem, "one", "mine"))
	p.git("commit", "-q", "-a", "-m", "edit")
	p.git("checkout", "-q", "-b", "cache")
	commit("cache", "backend", "cache")
	p.git("checkout", "-q", "main")
	commit("worker", "backend", "worker")
	p.git("merge", "-q", "-m", "merge", "cache")
	if status := p.git("status", "--porcelain"); status != "" {
		t.Errorf("git is not done:\n%s", status)
	}
	all := shared("backend", "cache", "worker")
	if _, err := p.generate(all...); err != nil {
		t.Errorf("generating after the merge: %v", err)
	}
	tree := p.all()
	for _, f := range all {
		if want := string(f.Content); f.Path != "kernel" && p.read(f.Path) != want {
			t.Errorf("%s is\n%s\nwant\n%s", f.Path, p.read(f.Path), want)
		}
	}
	if p.read("kernel") != replaced(poem, "one", "mine") {
		t.Errorf("the edit is lost:\n%s", p.read("kernel"))
	}
	// The notes are those of a project that had both from the beginning.
	q := newProject(t)
	q.write(".gitattributes", p.read(".gitattributes"))
	if _, err := q.generate(all...); err != nil {
		t.Fatal(err)
	}
	q.write("kernel", p.read("kernel"))
	if want := strings.ReplaceAll(q.all(), q.dir, p.dir); tree != want {
		t.Errorf("it is\n%s\nwant\n%s", tree, want)
	}
}
