package worktree

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"slices"

	"github.com/aegis-stack/aegis/generators"
	"github.com/aegis-stack/aegis/generators/internal/plan"
)

// stateName is where the project keeps what was last generated. It belongs
// into version control, beside the files that it speaks of.
const stateName = plan.StateDir + "/state.json"

// stateFormat changes when an older Aegis could not read the file any more.
const stateFormat = 1

// state is what was last generated.
type state struct {
	version string // of the Aegis that wrote it
	files   map[string]entry
	text    []byte // of the file; nil if there is none
}

// entry is one file of the state. Its checksum is that of the text which Aegis
// generated, whatever the user made of it since.
type entry struct {
	Path   string            `json:"path"`
	Owner  string            `json:"owner"`
	Policy generators.Policy `json:"policy"`
	SHA256 string            `json:"sha256"`
	// Retired means that the file is no longer generated, but was edited and so
	// could not be deleted.
	Retired bool `json:"retired,omitempty"`
}

func checksum(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:])
}

// readState returns the state that lies below root; it is empty if there is
// none. A nil root is a folder that does not exist.
func readState(root *os.Root) (state, error) {
	s := state{files: map[string]entry{}}
	if root == nil {
		return s, nil
	}
	text, err := root.ReadFile(stateName)
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, fmt.Errorf("read %s: %w", stateName, err)
	}
	var stored struct {
		Format int     `json:"format"`
		Aegis  string  `json:"aegis"`
		Files  []entry `json:"files"`
	}
	if err := json.Unmarshal(text, &stored); err != nil {
		return s, fmt.Errorf("read %s: %w", stateName, err)
	}
	if stored.Format != stateFormat {
		return s, fmt.Errorf("read %s: it has format %d, this Aegis knows %d; it was written by Aegis %s", stateName, stored.Format, stateFormat, stored.Aegis)
	}
	s.version, s.text = stored.Aegis, text
	for _, e := range stored.Files {
		// The file may come from anybody, and what it names may be deleted.
		if err := plan.CheckPath(e.Path); err != nil {
			return s, fmt.Errorf("read %s: %w", stateName, err)
		}
		s.files[e.Path] = e
	}
	return s, nil
}

// encode returns the text of the state: sorted, and one line for each file, so
// that version control shows what changed and merges the rest.
func (s state) encode() ([]byte, error) {
	var out bytes.Buffer
	version, err := json.Marshal(s.version)
	if err != nil {
		return nil, err
	}
	fmt.Fprintf(&out, "{\n  \"format\": %d,\n  \"aegis\": %s,\n  \"files\": [", stateFormat, version)
	for i, path := range slices.Sorted(maps.Keys(s.files)) {
		if i > 0 {
			out.WriteByte(',')
		}
		line, err := json.Marshal(s.files[path])
		if err != nil {
			return nil, err
		}
		out.WriteString("\n    ")
		out.Write(line)
	}
	out.WriteString("\n  ]\n}\n")
	return out.Bytes(), nil
}
