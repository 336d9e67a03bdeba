package redis

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"strings"
)

// note is a file that says where the embedded server of the application in this
// folder listens. Commands run in processes of their own and find it there. It
// is a convenience: where it cannot be written, they do not find the server.
type note string

// newNote returns the note of the application of that name, which lies in the
// cache of the user. It is empty if there is no such place.
func newNote(name string) note {
	cache, err := os.UserCacheDir()
	if err != nil {
		return ""
	}
	folder, err := os.Getwd()
	if err != nil {
		return ""
	}
	sum := sha256.Sum256([]byte(folder))
	return note(filepath.Join(cache, name, "redis-"+hex.EncodeToString(sum[:8])))
}

func (n note) read() string {
	text, err := os.ReadFile(string(n))
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}

func (n note) write(addr string) error {
	if n == "" {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(string(n)), 0o700); err != nil {
		return err
	}
	return os.WriteFile(string(n), []byte(addr+"\n"), 0o600)
}

// remove deletes the note if it still says addr.
func (n note) remove(addr string) {
	if n.read() == addr {
		_ = os.Remove(string(n)) // the next start overwrites it
	}
}
