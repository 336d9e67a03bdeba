package database

import (
	"fmt"

	"github.com/uptrace/bun"
)

// dialect is what engines say each in its own way.
type dialect struct {
	// now is the clock of the database: the milliseconds since 1970.
	now bun.Safe
	// skipLocked makes a query leave out the rows that others are about to change.
	skipLocked bun.Safe
}

var dialects = map[string]dialect{
	"sqlite": {
		now: "CAST(round(unixepoch('subsec') * 1000) AS BIGINT)",
	},
	"postgres": {
		now:        "CAST(round(extract(epoch FROM clock_timestamp()) * 1000) AS BIGINT)",
		skipLocked: "FOR UPDATE SKIP LOCKED",
	},
}

func dialectOf(engine string) (dialect, error) {
	d, ok := dialects[engine]
	if !ok {
		return dialect{}, fmt.Errorf("tasks cannot be kept in a database of the kind %q", engine)
	}
	return d, nil
}
