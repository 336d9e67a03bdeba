package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/joho/godotenv"

	"github.com/aegis-stack/aegis/schema"
)

// settings are the application's own, read as it reads them: from the
// environment, then from the file that a secret's variable names, then from
// .env in development, and the default last.
type settings struct {
	prefix  string
	environ []string
	dir     string
	file    map[string]string
}

// settings reads those of the project, and reports what is wrong with .env.
func (p Patient) settings() (*settings, []Finding) {
	s := &settings{environ: p.Environ, dir: p.dir()}
	s.prefix = strings.ToUpper(strings.ReplaceAll(p.Project.Name, "-", "_")) + "_"
	if lookup(p.Environ, s.prefix+"ENV") == "production" {
		return s, nil
	}
	text, err := os.ReadFile(filepath.Join(s.dir, ".env"))
	if errors.Is(err, fs.ErrNotExist) {
		return s, nil
	}
	if err != nil {
		return s, []Finding{{".env", Problem, "it cannot be read: " + err.Error(), "make it readable, or delete it"}}
	}
	if s.file, err = godotenv.UnmarshalBytes(text); err != nil {
		// The parser's own message quotes the file, which holds secrets.
		return s, []Finding{{".env", Problem, "it cannot be read", "each line has to be NAME=value; the application names the line when it starts"}}
	}
	var out []Finding
	for _, name := range slices.Sorted(maps.Keys(s.file)) {
		if !strings.HasPrefix(name, s.prefix) {
			out = append(out, Finding{".env", Problem, name + " is not read, and keeps the application from starting", "names begin with " + s.prefix + "; delete the line or rename it"})
		}
	}
	if out == nil {
		out = []Finding{{".env", Fine, fmt.Sprintf("%d settings", len(s.file)), ""}}
	}
	return s, out
}

// value returns the value of a variable.
func (s *settings) value(v schema.Env) string {
	name := s.prefix + v.Name
	if value := lookup(s.environ, name); value != "" {
		return value
	}
	if path := lookup(s.environ, name+"_FILE"); path != "" && v.Secret {
		if text, err := os.ReadFile(path); err == nil {
			return strings.TrimSpace(string(text))
		}
	}
	if value := s.file[name]; value != "" {
		return value
	}
	return v.Default
}

// lookup returns a variable of an environment, "" if it is not set.
func lookup(environ []string, name string) string {
	for _, entry := range slices.Backward(environ) {
		if value, ok := strings.CutPrefix(entry, name+"="); ok {
			return value
		}
	}
	return ""
}
