package database

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/app"
)

// Config is what the component reads from the environment. The engines read
// what is theirs.
type Config struct {
	URL        string        `env:"DATABASE_URL" secret:"true" doc:"Database that holds the data; in development, none is a SQLite file in data"`
	SlowQuery  time.Duration `env:"DATABASE_SLOW_QUERY" envDefault:"200ms" min:"1ms" max:"1h" doc:"Queries that take longer are counted and logged"`
	BackupDir  string        `env:"DATABASE_BACKUP_DIR" envDefault:"data/backups" doc:"Folder that backups are written to"`
	BackupKeep int           `env:"DATABASE_BACKUP_KEEP" envDefault:"7" min:"1" max:"1000" doc:"Backups that are kept; older ones are deleted"`
}

// choose finds the engine for the configured URL. Without one there is a file to
// develop with.
func (c *Component) choose(a *app.App, engines []Engine) {
	const variable = "DATABASE_URL"
	c.engine = engines[len(engines)-1] // of a program that does not start
	c.url = c.config.URL
	if c.url == "" {
		switch {
		case a.Env == app.Production:
			a.Problem(variable, "needed in production, such as "+examples(engines))
			return
		case opening(engines, "sqlite") == nil:
			a.Problem(variable, "needed by a program that is built without SQLite, such as "+examples(engines))
			return
		}
		c.file = filepath.Join("data", a.Name+".db")
		c.url = "sqlite:" + filepath.ToSlash(c.file)
	}
	scheme, _, _ := strings.Cut(c.url, ":")
	if e := opening(engines, scheme); e != nil {
		c.engine = e
		return
	}
	a.Problem(variable, "want a URL such as "+examples(engines))
}

// opening returns the engine that opens URLs of the scheme, or nil.
func opening(engines []Engine, scheme string) Engine {
	for _, e := range engines {
		if slices.Contains(e.Schemes(), scheme) {
			return e
		}
	}
	return nil
}

// ignoreFolder makes the folder that the data is in while developing. Git finds
// nothing in it.
func ignoreFolder(path string) error {
	if err := os.MkdirAll(path, 0o750); err != nil {
		return err
	}
	name := filepath.Join(path, ".gitignore")
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	return os.WriteFile(name, []byte("*\n"), 0o600)
}

// examples has the engine last that was added on purpose, which is the one to
// be recommended.
func examples(engines []Engine) string {
	var urls []string
	for _, e := range slices.Backward(engines) {
		urls = append(urls, e.Example())
	}
	return strings.Join(urls, " or ")
}
