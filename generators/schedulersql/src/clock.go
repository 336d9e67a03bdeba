package schedulersql

import "fmt"

// Clock tells how an engine says what time it is.
type Clock interface {
	// Engine is the name of the engine.
	Engine() string
	// Now is an SQL expression for the milliseconds since 1970.
	Now() string
}

// sqliteClock is the clock of SQLite, and so that of the machine.
type sqliteClock struct{}

func (sqliteClock) Engine() string { return "sqlite" }
func (sqliteClock) Now() string    { return "CAST(round(unixepoch('subsec') * 1000) AS BIGINT)" }

// clockOf returns the clock of the engine.
func clockOf(engine string, others []Clock) (Clock, error) {
	for _, c := range append(others, sqliteClock{}) {
		if c.Engine() == engine {
			return c, nil
		}
	}
	return nil, fmt.Errorf("there is no clock for %q", engine)
}
