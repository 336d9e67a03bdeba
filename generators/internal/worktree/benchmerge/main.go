// Command benchmerge generates many Go files into a folder, for make bench: with
// -prepare the first version, whose files a user then edits or not, and without
// it the second.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
	"github.com/aegis-stack/aegis/generators/internal/worktree"
)

func main() {
	log.SetFlags(0)
	n := flag.Int("files", 1000, "number of files")
	prepare := flag.String("prepare", "", "write the first version and leave it untouched, or edited")
	flag.Parse()
	if err := run(flag.Arg(0), *n, *prepare); err != nil {
		log.Fatal(err)
	}
}

func run(dir string, n int, prepare string) error {
	version := 2
	if prepare != "" {
		version = 1
	}
	var files []plan.File
	for i := range n {
		files = append(files, plan.File{Owner: "bench", File: generators.File{
			Path: name(i), Policy: generators.Merge, Mode: 0o644, Content: []byte(source(i, version)),
		}})
	}
	session, err := worktree.Open(dir, func() {})
	if err != nil {
		return err
	}
	set, err := worktree.Compare(dir, files, worktree.Options{})
	if err == nil {
		err = set.Apply(session)
	}
	if err := errors.Join(err, session.Close()); err != nil || prepare != "edited" {
		return err
	}
	for i := range n {
		text := strings.Replace(source(i, 1), "// F1 ", "// As Ada says, F1 ", 1)
		if err := os.WriteFile(filepath.Join(dir, name(i)), []byte(text), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func name(i int) string { return fmt.Sprintf("p%03d/f%04d.go", i/50, i) }

// source is a file of a hundred lines, of which one depends on the version.
func source(i, version int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "package p%03d\n\nimport \"fmt\"\n", i/50)
	for f := range 14 {
		value := 1
		if f == 9 {
			value = version
		}
		fmt.Fprintf(&b, "\n// F%d prints what it is given.\nfunc F%d_%d(x int) {\n\tif x > %d {\n\t\tfmt.Println(x)\n\t}\n}\n", f, f, i, value)
	}
	return b.String()
}
