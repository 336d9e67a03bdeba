//go:build unix

package main

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

const manifest = `package shop

name:        "shop"
module:      "example.com/shop"
description: "Everything a shop needs"
log: level: "debug"
components: {
	backend: {
		port: 8081
		rateLimit: {requests: 200, burst: 400}
	}
	frontend: {
		title: "Shop"
		theme: "dark"
	}
	cli: {}
}
`

// eleven has eleven mistakes of different kinds.
const eleven = `package shop

name:   "My Shop"
module: "not a module"
log: level: "loud"
components: {
	bakcend: {}
	backend: {
		port:        70000
		readTimeout: "soon"
		bodyLimit:   "large"
		rateLimit: {requests: -1, brust: 3}
	}
	frontend: {theme: "purple", titel: "Shop"}
}
`

func (b *bench) validate() error {
	dir, err := b.workspace("validate", manifest)
	if err != nil {
		return err
	}
	ours := &subject{dir: dir, args: []string{b.aegis, "validate"}}
	ref := &subject{dir: dir, args: []string{b.cue, "vet", "-c", "./check"}}
	if err := b.compare(ours, ref); err != nil {
		return err
	}
	ratio("validate / cue vet", ours, ref, "<= 0.85")
	return nil
}

func (b *bench) mistakes() error {
	dir, err := b.workspace("mistakes", eleven)
	if err != nil {
		return err
	}
	ours := &subject{dir: dir, args: []string{b.aegis, "validate"}, code: 1}
	ref := &subject{dir: dir, args: []string{b.cue, "vet", "-c", "./check"}, code: 1}
	if err := b.compare(ours, ref); err != nil {
		return err
	}
	ratio("validate / cue vet, eleven mistakes", ours, ref, "<= 1.50")
	return nil
}

// entries measures manifests that hold three maps of many entries each, in
// hidden fields: those are the user's own to shape.
func (b *bench) entries() error {
	var times []float64
	sizes := []int{500, 1000, 2000}
	for _, n := range sizes {
		var text strings.Builder
		text.WriteString(manifest)
		for _, m := range []string{"_jobs", "_queues", "_routes"} {
			fmt.Fprintf(&text, "%s: [string]: {every: string, retries: *3 | int, port: int & >0 & <65536}\n%s: {\n", m, m)
			for i := range n {
				fmt.Fprintf(&text, "\tentry%d: {every: \"%ds\", port: %d}\n", i, i+1, i+1)
			}
			text.WriteString("}\n")
		}
		dir, err := b.workspace(fmt.Sprint("entries", n), text.String())
		if err != nil {
			return err
		}
		ours := &subject{dir: dir, args: []string{b.aegis, "validate"}}
		ref := &subject{dir: dir, args: []string{b.cue, "vet", "-c", "./check"}}
		few := *b
		few.rounds = max(5, b.rounds/4)
		if err := few.compare(ours, ref); err != nil {
			return err
		}
		times = append(times, median(ours.wall))
		ratio(fmt.Sprintf("validate / cue vet, 3 x %d entries", n), ours, ref, "<= 1.10")
	}
	fmt.Printf("%-44s %7.2f   for %.1f times the entries\n", "growth from the smallest to the largest",
		times[len(times)-1]/times[0], float64(sizes[len(sizes)-1])/float64(sizes[0]))
	return nil
}

// generate compares the first generate with unpacking a tar of the same files.
func (b *bench) generate() error {
	dir, err := b.workspace("generate", manifest)
	if err != nil {
		return err
	}
	project := filepath.Join(b.dir, "project")
	if out, err := exec.Command(b.aegis, "-C", dir, "generate", "--output-dir", project).CombinedOutput(); err != nil {
		return fmt.Errorf("generate: %w\n%s", err, out)
	}
	archive := filepath.Join(b.dir, "project.tar")
	if out, err := exec.Command("tar", "-C", project, "-cf", archive, ".").CombinedOutput(); err != nil {
		return fmt.Errorf("tar: %w\n%s", err, out)
	}
	fresh := filepath.Join(b.dir, "fresh")
	empty := func() error {
		if err := os.RemoveAll(fresh); err != nil {
			return err
		}
		return os.Mkdir(fresh, 0o755)
	}
	ours := &subject{dir: dir, args: []string{b.aegis, "generate", "--output-dir", fresh}, before: empty}
	check := &subject{dir: dir, args: []string{b.aegis, "validate"}}
	ref := &subject{dir: b.dir, args: []string{"tar", "-C", fresh, "-xf", archive}, before: empty}
	if err := b.compare(ours, check, ref); err != nil {
		return err
	}
	ratio("generate / tar of the same files", ours, ref, "")
	fmt.Printf("%-44s %7.2f %7.2f %7s   %s\n", "  beyond validate",
		(median(ours.wall)-median(check.wall))/median(ref.wall),
		(median(ours.cpu)-median(check.cpu))/median(ref.cpu), "", "<= 5.00")
	return nil
}

// again measures a generate that finds nothing to do, and checks that it
// touches nothing.
func (b *bench) again() error {
	dir := filepath.Join(b.dir, "generate")
	project := filepath.Join(b.dir, "project")
	before, err := times(project)
	if err != nil {
		return err
	}
	ours := &subject{dir: dir, args: []string{b.aegis, "generate", "--output-dir", project}}
	ref := &subject{dir: dir, args: []string{b.aegis, "validate"}}
	if err := b.compare(ours, ref); err != nil {
		return err
	}
	ratio("generate with nothing to do / validate", ours, ref, "<= 1.10")
	after, err := times(project)
	if err != nil {
		return err
	}
	changed := 0
	for path, t := range after {
		if !before[path].Equal(t) {
			changed++
		}
	}
	fmt.Printf("  of %d files and folders, %d changed their mtime\n", len(after), changed)
	return nil
}

// times gives the modification time of everything below dir.
func times(dir string) (map[string]time.Time, error) {
	out := map[string]time.Time{}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		out[path] = info.ModTime()
		return nil
	})
	return out, err
}
