package database

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// migrationFolder is where the application's own migrations are in its sources.
const migrationFolder = "internal/database/migrations"

var migrationName = regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)

const emptyMigration = `-- +goose Up

-- +goose Down
`

// createMigration writes an empty migration and returns its path. The time in
// its name keeps those of two branches apart.
func createMigration(folder, name string, now time.Time) (string, error) {
	name = strings.NewReplacer("-", "_", " ", "_").Replace(strings.ToLower(name))
	if !migrationName.MatchString(name) {
		return "", fmt.Errorf("migration %q: want a name such as add_orders", name)
	}
	if _, err := os.Stat(folder); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("there is no folder %s here: run this in the root of the sources", folder)
	}
	path := filepath.Join(filepath.FromSlash(folder), now.UTC().Format("20060102150405")+"_"+name+".sql")
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644) //nolint:gosec // sources are for all to read
	if err != nil {
		return "", err
	}
	_, err = f.WriteString(emptyMigration)
	return path, errors.Join(err, f.Close())
}
