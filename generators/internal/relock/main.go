// Relock writes the modules.json of each component and of the blueprint: what
// its packages require of other modules, at the versions of Aegis's own go.mod,
// and all that go.mod and go.sum of a project follow from.
//
// It asks the go command, which may use the network. Run it with go generate
// whenever the imports of generated code or the versions in go.mod change; with
// -check it says whether that is necessary.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/all"
	"github.com/aegis-stack/aegis/generators/internal/render"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("relock: ")
	check := flag.Bool("check", false, "fail if a modules.json is not current, and write nothing")
	flag.Parse()
	if flag.NArg() != 1 {
		log.Fatal("usage: relock [-check] <root of Aegis>")
	}
	if err := run(flag.Arg(0), *check); err != nil {
		log.Fatal(err)
	}
}

func run(aegis string, check bool) error {
	pins, err := readPins(aegis)
	if err != nil {
		return err
	}
	units, err := split(all.Generators())
	if err != nil {
		return err
	}
	work, err := os.MkdirTemp("", "relock")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(work) }() // only a leftover

	var parts []render.Part
	locks := make([]*lock, len(units))
	for i, u := range units {
		dir := filepath.Join(work, strconv.Itoa(i))
		if locks[i], err = tidy(dir, u.files, pins); err != nil {
			return fmt.Errorf("%s: %w", u.owner, err)
		}
	}
	if err := crossCheck(locks); err != nil {
		return err
	}
	for i, u := range units {
		part := render.Part{Owner: u.owner, Fragment: generators.Fragment{Document: generators.Modules, Data: locks[i].data()}}
		if err := verify([]render.Part{part}, locks[i].tidied); err != nil {
			return fmt.Errorf("%s: %w", u.owner, err)
		}
		parts = append(parts, part)
		if err := write(filepath.Join(aegis, u.target), locks[i], check); err != nil {
			return err
		}
	}
	whole, err := tidy(filepath.Join(work, "whole"), everything(units), pins)
	if err != nil {
		return fmt.Errorf("all together: %w", err)
	}
	if err := verify(parts, whole.tidied); err != nil {
		return fmt.Errorf("all together: %w", err)
	}
	return nil
}

// verify compares what a project would get with what go mod tidy says.
func verify(parts []render.Part, want tidied) error {
	documents, err := render.Merge(parts)
	if err != nil {
		return err
	}
	mod, sum, err := render.GoMod(modulePath, documents[generators.Modules])
	if err != nil {
		return err
	}
	if !bytes.Equal(mod, want.mod) {
		return fmt.Errorf("go.mod would be\n%s\nbut go mod tidy wants\n%s", mod, want.mod)
	}
	if !bytes.Equal(sum, want.sum) {
		return fmt.Errorf("go.sum would be\n%s\nbut go mod tidy wants\n%s", sum, want.sum)
	}
	return nil
}

// write makes l the content of the file name, or fails if it is not and may only
// check.
func write(name string, l *lock, check bool) error {
	text, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	old, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	if bytes.Equal(old, text) {
		return nil
	}
	if check {
		return fmt.Errorf("%s is not current: run go generate ./generators/all", name)
	}
	return os.WriteFile(name, text, 0o644)
}
