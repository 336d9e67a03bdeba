package merge

import (
	"bytes"
	"fmt"
	"go/scanner"
	"go/token"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// sources are the Go files of this package, for want of better ones.
func sources(t testing.TB) [][]byte {
	t.Helper()
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) < 10 {
		t.Fatalf("found only %d files: %v", len(names), err)
	}
	var texts [][]byte
	for _, name := range names {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, toLF(text))
	}
	return texts
}

// meaning is what a Go file says, however it is formatted.
func meaning(text []byte) string {
	src, _ := read(text)
	var words []string
	for _, l := range src.flow {
		words = append(words, l.text)
	}
	return strings.Join(words, " ")
}

// reformatted breaks lines, adds blank ones, indents otherwise, and leaves
// space at the ends of lines, as often as one in n places.
func reformatted(r *rand.Rand, text []byte, n int) []byte {
	files := token.NewFileSet()
	file := files.AddFile("", -1, len(text))
	var s scanner.Scanner
	s.Init(file, text, nil, scanner.ScanComments)
	var out bytes.Buffer
	done := 0
	for {
		pos, tok, lit := s.Scan()
		if tok == token.EOF {
			out.Write(text[done:])
			return out.Bytes()
		}
		at := file.Offset(pos)
		space := string(text[done:at])
		if strings.Contains(space, "\n") && r.IntN(n) == 0 {
			space = strings.ReplaceAll(space, "\t", "    ")
		}
		out.WriteString(space)
		if tok == token.SEMICOLON && lit == "\n" {
			done = at
			if r.IntN(n) == 0 {
				out.WriteString([]string{"  ", "\t", "\r"}[r.IntN(3)])
			}
			continue
		}
		done = at + max(len(lit), len(tok.String()))
		if lit != "" {
			done = at + len(lit)
		}
		out.Write(text[at:done])
		if (tok == token.COMMA || tok == token.LPAREN || tok == token.LBRACE) && r.IntN(n) == 0 {
			out.WriteString([]string{"\n", "\n\t\t", " \n\n"}[r.IntN(3)])
		}
	}
}

// changed makes n changes of meaning to a Go file that leave it one.
func changed(r *rand.Rand, text []byte, n int, name string) []byte {
	lines := strings.SplitAfter(string(text), "\n")
	for i := 0; i < n; {
		at := r.IntN(len(lines))
		was := slices.Clone(lines)
		switch r.IntN(4) {
		case 0:
			lines = slices.Insert(lines, at, fmt.Sprintf("func %s%d(a, b int) int {\n\treturn a + b\n}\n\n", name, i))
		case 1:
			lines = slices.Insert(lines, at, fmt.Sprintf("\t%s(%d, %q)\n", name, i, name))
		case 2:
			lines[at] = strings.ReplaceAll(lines[at], "i", "i"+name)
		case 3:
			lines = slices.Delete(lines, at, min(len(lines), at+1+r.IntN(2)))
		}
		if parse([]byte(strings.Join(lines, ""))) != nil {
			lines = was
			continue
		}
		i++
	}
	return []byte(strings.Join(lines, ""))
}

// A view stands for the whole file and nothing else.
func TestViewIsTheFile(t *testing.T) {
	for i, text := range sources(t) {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			base, _ := read(text)
			side, _ := read(reformatted(r, changed(r, text, 1+r.IntN(6), "more"), 3))
			ids := alphabet{}
			v := viewOf(base, side, ids.all(base.lines), ids.all(side.lines))
			all := append(v.lines(span{0, len(v.ids)}), v.added(len(v.ids))...)
			if got, want := bytes.Join(all, nil), bytes.Join(side.lines, nil); !bytes.Equal(got, want) {
				t.Errorf("file %d, seed %d: the view differs:\n%s", i, seed, Diff(want, got, "file", "view"))
			}
		}
	}
}

// A user who only formats never meets a conflict, and keeps the format.
func TestFormattingIsNoConflict(t *testing.T) {
	kept, lines := 0, 0
	for i, base := range sources(t) {
		for seed := range uint64(4) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			ours := reformatted(r, base, 1+r.IntN(20))
			if meaning(ours) != meaning(base) {
				t.Fatalf("formatting changed the meaning of\n%s\nto\n%s", base, ours)
			}
			theirs := changed(r, base, 1+r.IntN(4), "theirs")
			result := Go(base, ours, theirs, Options{})
			if !result.Clean() || meaning(result.Text) != meaning(theirs) {
				t.Errorf("file %d, seed %d: %d conflicts, merged to\n%s\nwith\n%s", i, seed, len(result.Conflicts), result.Text, Diff(base, theirs, "base", "theirs"))
			}
			for _, line := range splitLines(ours) {
				lines++
				if bytes.Contains(result.Text, line) {
					kept++
				}
			}
		}
	}
	if share := float64(kept) / float64(lines); share < 0.97 {
		t.Errorf("%.3f of the lines are as the user formatted them", share)
	}
}

// Whatever both sides do, a clean result is Go and holds what both added.
func TestGoLosesNothing(t *testing.T) {
	clean := 0
	for i, base := range sources(t) {
		for seed := range uint64(6) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			ours := changed(r, base, 1+r.IntN(3), "Mine"+"5")
			if r.IntN(2) == 0 {
				ours = reformatted(r, ours, 10)
			}
			theirs := changed(r, base, 1+r.IntN(3), "New"+"5")
			style := []Style{Merge, Diff3}[r.IntN(2)]
			result := Go(base, ours, theirs, Options{Style: style})
			if result.Clean() {
				clean++
				if err := parse(result.Text); err != nil {
					t.Errorf("file %d, seed %d: the clean result is not Go: %v", i, seed, err)
				}
			}
			for _, side := range [][]byte{ours, theirs} {
				for _, name := range []string{"Mine" + "5", "New" + "5"} { // this file must not have them
					want, got := bytes.Count(side, []byte(name)), bytes.Count(result.Text, []byte(name))
					if got < want {
						t.Errorf("file %d, seed %d: %d of %d marks of %s are left", i, seed, got, want, name)
					}
				}
			}
			if again := Go(base, ours, theirs, Options{Style: style}); !bytes.Equal(again.Text, result.Text) {
				t.Errorf("file %d, seed %d: two merges differ", i, seed)
			}
		}
	}
	if clean == 0 {
		t.Error("no merge was clean")
	}
}

func FuzzGo(f *testing.F) {
	f.Add("package a\n\nimport \"os\"\n\nfunc F() {\n\tos.Exit(1)\n}\n", "package a\n\nimport (\n\t\"os\"\n\t\"fmt\"\n)\n\nfunc F() {\n\n\tfmt.Println()\n\tos.Exit(\n\t\t1,\n\t)\n}\n", "package a\n\nfunc F() {\n\tpanic(1)\n}\n")
	f.Add("package a\nvar x = `\n a`\n", "package a\nvar x = `\n  a`\n", "package a\n\nvar x = `\n\ta`\n")
	f.Add("package a; import \"os\"\nvar _ = os.Args", "package a\r\nimport \"os\"\r\nvar _ = os.Args\r\n", "package a\n/* b\n c */\nvar _ = 1\n")
	f.Add("package a\n\nfunc F() {}\n\n//go:embed x\nvar x int\n", "package a\n\nfunc F() {}\n\n// go:embed x\nvar x int\n", "package a\n\nfunc G() {}\n\n//go:embed x\nvar x, y int\n")
	f.Add("package a\nfunc A()", "package a\nfunc B()", "package a")
	f.Fuzz(func(t *testing.T, base, ours, theirs string) {
		b, o, n := []byte(base), []byte(ours), []byte(theirs)
		if got := Go(b, o, b, Options{}); string(got.Text) != ours {
			t.Errorf("Go(base, ours, base) = %q, want %q", got.Text, ours)
		}
		if got := Go(b, b, n, Options{}); string(got.Text) != theirs {
			t.Errorf("Go(base, base, theirs) = %q, want %q", got.Text, theirs)
		}
		if parse(o) != nil || parse(n) != nil {
			return
		}
		result := Go(b, o, n, Options{Ours: "ours"})
		if err := parse(result.Text); result.Clean() && err != nil {
			t.Errorf("Go(%q, %q, %q) = %q: %v", base, ours, theirs, result.Text, err)
		}
		for _, c := range result.Conflicts {
			if lines := splitLines(result.Text); !bytes.HasPrefix(lines[c.Line-1], []byte("<<<<<<< ours")) {
				t.Errorf("Go(%q, %q, %q): line %d does not begin a conflict: %q", base, ours, theirs, c.Line, result.Text)
			}
		}
	})
}

func BenchmarkGo(b *testing.B) {
	var files []triple
	texts := sources(b)
	for seed := range uint64(1000) {
		r := rand.New(rand.NewPCG(seed, 9))
		base := texts[r.IntN(len(texts))]
		files = append(files, triple{base, changed(r, base, 3, "ours"), changed(r, base, 3, "theirs")})
	}
	for b.Loop() {
		for _, c := range files {
			Go(c.base, c.ours, c.theirs, Options{})
		}
	}
}
