package assemble

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/aegis-stack/aegis/generators/internal/worktree"
	"github.com/aegis-stack/aegis/schema"
)

// memory knows, for one project on this machine, from which input it was last
// generated. While that input stays the same, nothing has to be evaluated to
// find that there is nothing to do. It lies in the user's cache folder, for it
// names this very program, and a project must not depend on who generated it.
//
// It only ever saves time: whatever goes wrong with it means that the manifest
// is evaluated.
type memory struct {
	name  string // of the file; empty: there is no memory
	input string
}

// recall returns the memory for o, and the changeset if nothing has changed
// since that was remembered.
func recall(o Options) (memory, *Changeset) {
	m := newMemory(o)
	if m.name == "" {
		return m, nil
	}
	text, err := os.ReadFile(m.name)
	if err != nil {
		return m, nil
	}
	set, err := worktree.Again(o.outputDir())
	if err != nil || set == nil || string(text) != m.input+" "+set.Fingerprint()+"\n" {
		return m, nil
	}
	return m, set
}

// remember notes that set, which was applied, came of the input of m.
func (m memory) remember(o Options, set *Changeset) {
	// The manifest may have been saved while it was evaluated.
	if m.name == "" || set.Fingerprint() == "" || newMemory(o) != m {
		return
	}
	if err := os.MkdirAll(filepath.Dir(m.name), 0o755); err != nil {
		return
	}
	beside, err := os.CreateTemp(filepath.Dir(m.name), "new")
	if err != nil {
		return
	}
	_, err = fmt.Fprintf(beside, "%s %s\n", m.input, set.Fingerprint())
	if closeErr := beside.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.Rename(beside.Name(), m.name)
	}
	if err != nil {
		_ = os.Remove(beside.Name()) // nobody misses it
	}
}

// newMemory looks at the input: this program, its version, and every file that
// could be part of the manifest.
func newMemory(o Options) memory {
	// Asked for something to be done, or not this program's own generators.
	if o.Project != nil || len(o.Keep)+len(o.Replace)+len(o.Manifest) > 0 || o.Adopt || o.Generators != nil {
		return memory{}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return memory{}
	}
	dir, err := filepath.Abs(o.outputDir())
	if err != nil {
		return memory{}
	}
	program, err := os.Executable()
	if err != nil {
		return memory{}
	}
	build, err := os.Stat(program)
	if err != nil {
		return memory{}
	}
	input := sha256.New()
	_, _ = fmt.Fprintf(input, "%q %q %d %d\n", o.Version, program, build.Size(), build.ModTime().UnixNano())
	if !hashManifest(input, o.Dir) {
		return memory{}
	}
	name := sha256.Sum256([]byte(dir))
	return memory{
		name:  filepath.Join(cache, "aegis", hex.EncodeToString(name[:])),
		input: hex.EncodeToString(input.Sum(nil)),
	}
}

// hashManifest adds every CUE file of dir to hash. It is false if one of them
// is nothing that a manifest consists of, which is for the loader to say.
func hashManifest(hash io.Writer, dir string) bool {
	entries, err := os.ReadDir(dir) // sorted
	if err != nil {
		return false
	}
	total := 0
	for _, entry := range entries {
		if !strings.HasSuffix(entry.Name(), ".cue") {
			continue
		}
		// A link may lead to something that changes elsewhere.
		if !entry.Type().IsRegular() {
			return false
		}
		info, err := entry.Info()
		if err != nil || info.Size() > schema.MaxFileBytes {
			return false
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if total += len(text); err != nil || total > schema.MaxTotalBytes {
			return false
		}
		_, _ = fmt.Fprintf(hash, "%q %d\n%s", entry.Name(), len(text), text)
	}
	return true
}
