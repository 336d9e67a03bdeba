package database

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/aegis-stack/aegis/blueprints/service/health"
	"github.com/aegis-stack/aegis/generators/database/src/engine"
	"github.com/aegis-stack/aegis/generators/database/src/files"
)

// Backup is a copy of the whole database in a file.
type Backup struct {
	Name    string    `json:"name"` // of the file
	Path    string    `json:"path"`
	Created time.Time `json:"created"`
	Size    int64     `json:"size"`
}

const (
	backupTime  = "20060102T150405.000Z" // in the names of the files
	checksumExt = ".sha256"              // beside each file, as sha256sum writes it
	partialExt  = ".partial"             // while it is written
	// abandoned is the age from which on nobody can still be writing a file.
	abandoned = 24 * time.Hour
)

// Backup copies the database while it is used, opens the copy to verify it,
// and then deletes the oldest backups beyond those to keep.
func (c *Component) Backup(ctx context.Context) (Backup, error) {
	b, err := c.backup(ctx)
	if err != nil {
		return Backup{}, fmt.Errorf("backup: %w", c.explained(err))
	}
	if err := c.rotate(b); err != nil {
		return b, fmt.Errorf("delete old backups: %w", err)
	}
	return b, nil
}

func (c *Component) backup(ctx context.Context) (_ Backup, err error) {
	c.copying.Lock()
	defer c.copying.Unlock()
	began := time.Now()
	dir := c.config.BackupDir
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return Backup{}, err
	}
	b := Backup{Created: began.UTC().Truncate(time.Millisecond)}
	b.Name = c.backupPrefix() + b.Created.Format(backupTime) + c.engine.Suffix()
	b.Path = filepath.Join(dir, b.Name)
	partial := b.Path + partialExt
	defer func() {
		if err != nil {
			_ = os.Remove(partial) // it may never have come to be
		}
	}()
	if err := c.opened.Copy(ctx, partial, structure{c}); err != nil {
		return Backup{}, err
	}
	if err := c.engine.Verify(ctx, partial); err != nil {
		return Backup{}, fmt.Errorf("verify: %w", err)
	}
	sum, err := files.Checksum(partial)
	if err != nil {
		return Backup{}, err
	}
	if err := files.Write(b.Path+checksumExt, []byte(sum+"  "+b.Name+"\n")); err != nil {
		return Backup{}, err
	}
	if err := files.Replace(b.Path, partial); err != nil {
		return Backup{}, err
	}
	info, err := os.Stat(b.Path)
	if err != nil {
		return Backup{}, err
	}
	b.Size = info.Size()
	c.log.InfoContext(ctx, "backup", "file", b.Path, "bytes", b.Size, "took_ms", health.Milliseconds(time.Since(began)))
	return b, nil
}

func (c *Component) backupPrefix() string { return c.app.Name + "-" }

// Backups lists the backups of the engine in use, the newest first.
func (c *Component) Backups() ([]Backup, error) {
	entries, err := os.ReadDir(c.config.BackupDir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	list := []Backup{}
	for _, entry := range entries {
		middle, ours := strings.CutPrefix(entry.Name(), c.backupPrefix())
		middle, current := strings.CutSuffix(middle, c.engine.Suffix())
		created, err := time.Parse(backupTime, middle)
		if !ours || !current || err != nil {
			continue
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			continue // deleted since
		}
		if err != nil {
			return nil, err
		}
		list = append(list, Backup{entry.Name(), filepath.Join(c.config.BackupDir, entry.Name()), created, info.Size()})
	}
	slices.SortFunc(list, func(a, b Backup) int { return b.Created.Compare(a.Created) })
	return list, nil
}

// rotate deletes the backups beyond those to keep, and what others left half
// written. The one that was just made is kept, even if the clock makes it an old one.
func (c *Component) rotate(made Backup) error {
	list, err := c.Backups()
	if err != nil {
		return err
	}
	list = slices.DeleteFunc(list, func(b Backup) bool { return b.Name == made.Name })
	var errs []error
	for _, b := range list[min(len(list), c.config.BackupKeep-1):] {
		errs = append(errs, remove(b.Path), remove(b.Path+checksumExt))
	}
	partials, err := filepath.Glob(filepath.Join(c.config.BackupDir, c.backupPrefix()+"*"+partialExt))
	if err != nil {
		return err
	}
	for _, path := range partials {
		if info, err := os.Stat(path); err == nil && time.Since(info.ModTime()) > abandoned {
			errs = append(errs, remove(path))
		}
	}
	return errors.Join(errs...)
}

// remove deletes a file that another process may have deleted already.
func remove(path string) error {
	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// Find returns the backup of that name; "latest" is the newest one.
func (c *Component) Find(name string) (Backup, error) {
	list, err := c.Backups()
	if err != nil {
		return Backup{}, err
	}
	if name == "latest" && len(list) > 0 {
		return list[0], nil
	}
	i := slices.IndexFunc(list, func(b Backup) bool { return b.Name == name })
	if i < 0 {
		return Backup{}, fmt.Errorf("there is no backup %q of %s in %s", name, c.Engine(), c.config.BackupDir)
	}
	return list[i], nil
}

// Verify compares a backup with its checksum and opens it.
func (c *Component) Verify(ctx context.Context, b Backup) error {
	line, err := os.ReadFile(b.Path + checksumExt)
	if err != nil {
		return fmt.Errorf("verify %s: %w", b.Name, err)
	}
	sum, err := files.Checksum(b.Path)
	if err != nil {
		return fmt.Errorf("verify %s: %w", b.Name, err)
	}
	if recorded, _, _ := strings.Cut(string(line), " "); recorded != sum {
		return fmt.Errorf("verify %s: it has another checksum than when it was written", b.Name)
	}
	if err := c.engine.Verify(ctx, b.Path); err != nil {
		return fmt.Errorf("verify %s: %w", b.Name, c.explained(err))
	}
	return nil
}

// Restore replaces the database by a backup, after verifying it: wholly or not
// at all. It refuses while the application uses the database, and unless forced
// if that holds what the backup does not. Then it makes a backup of that first.
// The component must not be started.
func (c *Component) Restore(ctx context.Context, b Backup, force bool) error {
	if err := c.Verify(ctx, b); err != nil {
		return err
	}
	err := c.engine.Restore(ctx, c.url, b.Path, structure{c}, false)
	if errors.Is(err, engine.ErrNewer) && force {
		if err := c.rescue(ctx); err != nil {
			c.log.WarnContext(ctx, "what is in the database could not be saved before", "error", err)
		}
		err = c.engine.Restore(ctx, c.url, b.Path, structure{c}, true)
	}
	if err != nil {
		return fmt.Errorf("restore %s: %w", b.Name, c.explained(err))
	}
	c.log.InfoContext(ctx, "restored", "file", b.Path)
	return nil
}

// rescue makes a backup without deleting others, which may be the one that is
// about to be restored.
func (c *Component) rescue(ctx context.Context) error {
	if err := c.open(ctx); err != nil {
		return err
	}
	_, err := c.backup(ctx)
	return errors.Join(err, c.close())
}
