package database

import (
	"context"
	"database/sql"
	"fmt"
	"io/fs"
	"regexp"
	"slices"
	"strings"

	"github.com/aegis-stack/aegis/generators/database/src/engine"
)

// structure are the migrations of all owners, for engines whose copies are
// restored into tables that migrations have made.
type structure struct{ c *Component }

var _ engine.Migrations = structure{}

func (s structure) Tables() map[string]string {
	tables := map[string]string{}
	for _, o := range s.c.allOwners() {
		tables[o.name] = o.table()
	}
	return tables
}

func (s structure) Mention(name string) (bool, error) {
	word, err := regexp.Compile(`(?i)(^|\W)` + regexp.QuoteMeta(name) + `(\W|$)`)
	if err != nil {
		return false, err
	}
	for _, o := range s.c.allOwners() {
		list, err := o.sources()
		if err != nil {
			return false, err
		}
		for _, m := range list {
			text, err := fs.ReadFile(o.files, m.Name)
			if err != nil || word.Match(text) {
				return err == nil, err
			}
		}
	}
	return false, nil
}

func (s structure) Apply(ctx context.Context, db *sql.DB, versions map[string][]int64) error {
	if err := s.know(versions); err != nil {
		return err
	}
	// The order of the owners, and of their versions, is that of a new database.
	for _, o := range s.c.allOwners() {
		wanted, ok := versions[o.name]
		if !ok {
			continue
		}
		p, err := s.c.provider(o, db)
		if err != nil {
			return err
		}
		if p == nil {
			continue // it had migrations once, and none was left
		}
		// It makes the table for the versions, also if there are none.
		if _, err := p.GetDBVersion(ctx); err != nil {
			return fmt.Errorf("migrations of %s: %w", o.name, err)
		}
		for _, v := range slices.Sorted(slices.Values(wanted)) {
			if _, err := p.ApplyVersion(ctx, v, true); err != nil {
				return fmt.Errorf("migrations of %s: %w", o.name, failed(err))
			}
		}
	}
	return nil
}

// know returns an error if there are versions without a migration.
func (s structure) know(versions map[string][]int64) error {
	var strange []string
	known := map[string][]Migration{}
	for _, o := range s.c.allOwners() {
		list, err := o.sources()
		if err != nil {
			return err
		}
		known[o.name] = list
	}
	for owner, list := range versions {
		for _, v := range list {
			if !slices.ContainsFunc(known[owner], func(m Migration) bool { return m.Version == v }) {
				strange = append(strange, fmt.Sprintf("%s/%05d", owner, v))
			}
		}
	}
	if len(strange) == 0 {
		return nil
	}
	slices.Sort(strange)
	return fmt.Errorf("this program does not have the migrations %s", strings.Join(strange, ", "))
}
